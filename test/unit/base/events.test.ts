import { describe, expect, it } from "vitest";
import { EventLog } from "../../../src/base/events.ts";

function logWith(most: number): {
  log: EventLog;
  set: (rss: number, peak: number, at: number) => void;
} {
  let rss = 50e6;
  let peak = 60e6;
  let at = 0;
  const log = new EventLog(most, {
    rssBytes: () => rss,
    peakRssBytes: () => peak,
    now: () => new Date(at),
  });
  return {
    log,
    set: (nextRss, nextPeak, nextAt) => {
      rss = nextRss;
      peak = nextPeak;
      at = nextAt;
    },
  };
}

describe("EventLog", () => {
  it("keeps the newest events, and the newest of each owner beyond them", () => {
    const { log } = logWith(3);
    log.note("model a", "loaded", "a text was to be embedded");
    for (const why of ["one", "two", "three", "four"]) log.note("parse process", "loaded", why);
    expect(log.list().map(({ why }) => why)).toEqual(["two", "three", "four"]);
    expect(log.newestByOwner().map(({ owner, why }) => [owner, why])).toEqual([
      ["model a", "a text was to be embedded"],
      ["parse process", "four"],
    ]);
  });

  it("stays bounded with ever new owners", () => {
    const { log } = logWith(4);
    for (let i = 0; i < 50; i += 1) log.note(`model ${i}`, "freed", "it was closed");
    expect(log.list()).toHaveLength(4);
    expect(log.newestByOwner().map(({ owner }) => owner)).toEqual([
      "model 46",
      "model 47",
      "model 48",
      "model 49",
    ]);
  });

  it("says what an event came to, and when", () => {
    const { log, set } = logWith(4);
    set(70e6, 80e6, 5000);
    log.note("database", "loaded", "to read from it");
    expect(log.list()).toEqual([
      {
        at: "1970-01-01T00:00:05.000Z",
        owner: "database",
        what: "loaded",
        why: "to read from it",
        rssBytes: 70e6,
      },
    ]);
  });

  it("notices when the peak came, and after what", () => {
    const { log, set } = logWith(4);
    expect(log.look()).toEqual({ bytes: 60e6, at: "1970-01-01T00:00:00.000Z", after: undefined });
    log.note("model a", "loaded", "a query was to be embedded");
    set(55e6, 90e6, 1000);
    expect(log.look()).toMatchObject({
      bytes: 90e6,
      at: "1970-01-01T00:00:01.000Z",
      after: { owner: "model a" },
    });
    // It only crept: the time of the rise stays.
    set(55e6, 90e6 + 1000, 2000);
    expect(log.look()).toMatchObject({ bytes: 90e6 + 1000, at: "1970-01-01T00:00:01.000Z" });
  });

  it("reads this process by default", () => {
    const log = new EventLog();
    log.note("test", "loaded", "to see");
    const [event] = log.list();
    expect(event?.rssBytes).toBeGreaterThan(20e6);
    expect(log.look().bytes).toBeGreaterThanOrEqual(event?.rssBytes ?? Number.NaN);
  });
});
