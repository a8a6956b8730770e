import { describe, expect, it } from "vitest";
import { HaypileError } from "../../../../src/base/errors.ts";
import { noStages, type StageTimes } from "../../../../src/base/stages.ts";
import { mostTextLength, mostTraces, QueryLog } from "../../../../src/daemon/queries/query-log.ts";
import { Hub } from "../../../../src/haypile/hub.ts";
import type { EndedCall } from "../../../../src/haypile/watched-call.ts";
import type { QueryTrace } from "../../../../src/ports/answers/daemon/queries.ts";
import { codeCalls, memoryCalls } from "../../../../src/ports/calls.ts";
import { seededRandom } from "../../../helpers/temp-tree.ts";

function times(of: Partial<StageTimes>): StageTimes {
  const found = { ...noStages(), ...of };
  const { total, ...rest } = found;
  return { ...found, total: total || Object.values(rest).reduce((sum, ms) => sum + ms, 0) };
}

function search(
  question: string,
  of: Partial<StageTimes>,
  more: Partial<EndedCall> = {},
): EndedCall {
  return {
    ...{ name: "search", call: codeCalls.search, folder: "/home/me/work/tree" },
    ...{ args: [question], answer: { hits: [1, 2] }, error: undefined },
    ...{ times: times(of), facts: {} },
    ...more,
  };
}

/** A log whose time is told. */
function logAt(start = Date.UTC(2026, 10, 29, 12), keepsTexts = true) {
  const now = { ms: start };
  const hub = new Hub();
  return { now, hub, log: new QueryLog({ hub, keepsTexts, clock: () => now.ms }) };
}

describe("the log of queries", () => {
  it("has the last ones, the newest first, and what each took", () => {
    const { log, now } = logAt();
    log.of("mcp 1", "claude")(search("first", { words: 3, meaning: 5, other: 1 }));
    now.ms += 1_000;
    const kept = { answer: { hits: [], fromCache: "same" } };
    log.of("rpc 2", "cli")(search("second", { show: 2 }, kept));
    const { recent, total } = log.report();
    expect(total).toBe(2);
    expect(recent.map(({ text }) => text)).toEqual(["second", "first"]);
    expect(recent[0]).toMatchObject({ hits: 0, fromCache: "same", client: "cli", face: "rpc" });
    expect(recent[1]).toMatchObject({
      ...{ id: 1, at: "2026-11-29T12:00:00.000Z", client: "claude", face: "mcp", call: "search" },
      ...{ folder: "tree", hits: 2, totalMs: 9, failed: undefined },
      stages: [
        { stage: "words", ms: 3 },
        { stage: "meaning", ms: 5 },
        { stage: "other", ms: 1 },
      ],
    });
  });

  it("keeps 512 of them below half a megabyte, whatever comes", () => {
    const { log } = logAt();
    const long = "ö".repeat(20_000);
    for (let at = 0; at < mostTraces * 2 + 7; at += 1) {
      const said = `${at} ${long}`;
      log.of("mcp 1", said)(search(said, { words: at + 1 }, { folder: `/x/${long}` }));
    }
    const { recent, clients } = log.report({ limit: mostTraces });
    expect(recent).toHaveLength(mostTraces);
    expect(recent[0]?.id).toBe(mostTraces * 2 + 7);
    expect(recent.at(-1)?.id).toBe(mostTraces + 8);
    for (const { text, client, folder } of recent) {
      expect(text?.length).toBeLessThanOrEqual(mostTextLength);
      expect(client.length).toBeLessThanOrEqual(40);
      expect(folder?.length).toBeLessThanOrEqual(40);
    }
    expect(log.bytes).toBeLessThanOrEqual(512 * 1024);
    expect(clients.length).toBeLessThanOrEqual(33);
    expect(clients.find(({ client }) => client === "others")?.calls).toBeGreaterThan(900);
    expect(clients.reduce((sum, { calls }) => sum + calls, 0)).toBe(mostTraces * 2 + 7);
  });

  it("leaves texts out where they are not to be kept, and what is remembered always", () => {
    const { log } = logAt(undefined, false);
    log.of("rpc 1", "cli")(search("a secret", { words: 1 }));
    const kept = log.report();
    expect(kept.keepsTexts).toBe(false);
    expect(JSON.stringify(kept)).not.toContain("secret");
    const other = logAt();
    const remember = { name: "remember", call: memoryCalls.remember, folder: undefined };
    other.log.of("rpc 1", "cli")(search("a secret", { work: 1 }, remember));
    expect(other.log.report().recent[0]).toMatchObject({ call: "remember", text: undefined });
  });

  it("picks by client, call and number, and refuses what is no number", () => {
    const { log } = logAt();
    log.of("mcp 1", "a")(search("one", { words: 1 }));
    log.of("mcp 1", "b")(search("two", { words: 2 }));
    const recall = { name: "recall", call: memoryCalls.recall, folder: undefined };
    log.of("mcp 1", "a")(search("three", { words: 3 }, recall));
    const texts = (said: object) => log.report(said).recent.map(({ text }) => text);
    expect(texts({ client: "a" })).toEqual(["three", "one"]);
    expect(texts({ call: "recall" })).toEqual(["three"]);
    expect(texts({ since: 2 })).toEqual(["three"]);
    expect(texts({ limit: 1 })).toEqual(["three"]);
    expect(log.report({ limit: 0 }).recent).toEqual([]);
    for (const said of [{ limit: -1 }, { limit: "9" }, { slowest: 99 }, { since: Number.NaN }]) {
      expect(() => log.report(said as object)).toThrow(HaypileError);
    }
  });

  it("has the slowest of an hour, also those that have gone from the ring", () => {
    const { log, now } = logAt();
    log.of("rpc 1", "cli")(search("slow", { meaning: 900 }));
    for (let at = 0; at < mostTraces + 5; at += 1)
      log.of("rpc 1", "cli")(search("quick", { words: 2 }));
    const slowest = () => log.report({ slowest: 2 }).slowest.map(({ text }) => text);
    expect(slowest()).toEqual(["slow", "quick"]);
    now.ms += 3_600_001;
    expect(slowest()).toEqual([]);
    log.of("rpc 1", "cli")(search("later", { words: 1 }));
    expect(slowest()).toEqual(["later"]);
  });

  it("says the cause in a sentence", () => {
    const { log } = logAt();
    const cause = (of: Partial<StageTimes>, facts: EndedCall["facts"] = {}): string => {
      log.of("rpc 1", "cli")(search("x", of, { facts }));
      return log.report({ limit: 1 }).recent[0]?.cause ?? "";
    };
    expect(cause({ open: 312, words: 8 }, { model: "minilm" })).toBe(
      "the model minilm was loaded (312 ms of 320 ms, 98 %)",
    );
    expect(cause({ turn: 40 }, { ahead: 3 })).toMatch(/^it waited for its turn behind 3 calls/);
    expect(cause({ queue: 40 }, { behind: "passages" })).toMatch(
      /^the model was at work on passages/,
    );
    expect(cause({ meaning: 40 }, { vectorsRead: 8_000 })).toMatch(
      /^bits of 8,000 vectors were read/,
    );
    expect(cause({ room: 40 })).toMatch(/^there was no room/);
  });

  it("tells who listens, and makes nothing where nobody does", () => {
    const { log, hub } = logAt();
    const heard: QueryTrace[] = [];
    const end = hub.listen((kind, value) => {
      if (kind === "query") heard.push(value as QueryTrace);
    });
    log.of("rpc 1", "cli")(search("heard", { words: 1 }));
    end();
    log.of("rpc 1", "cli")(search("not heard", { words: 1 }));
    expect(heard).toEqual(log.report().recent.slice(1));
  });
});

describe("percentiles over time", () => {
  it("are those of each minute and of the last hour, near the exact ones", () => {
    const { log, now } = logAt();
    const random = seededRandom(11);
    const all: number[] = [];
    const ofMinutes: number[][] = [];
    for (let minute = 0; minute < 5; minute += 1) {
      const own: number[] = [];
      for (let at = 0; at < 200; at += 1) {
        const ms = 2 * 10 ** (random() * 3);
        own.push(ms);
        log.of("rpc 1", "cli")(search("x", { meaning: ms * 0.75, words: ms * 0.25 }));
      }
      all.push(...own);
      ofMinutes.push(own);
      now.ms += 60_000;
    }
    const exact = (values: number[], share: number): number =>
      [...values].sort((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? 0;
    const { minutes, stages } = log.report();
    const found = minutes.find(({ call }) => call === "search")?.minutes ?? [];
    expect(found.map(({ count }) => count)).toEqual([200, 200, 200, 200, 200]);
    for (const [at, { p50, p95, p99 }] of found.entries()) {
      const own = ofMinutes[at] ?? [];
      expect(Math.abs(p50 / exact(own, 0.5) - 1)).toBeLessThan(0.0394);
      expect(Math.abs(p95 / exact(own, 0.95) - 1)).toBeLessThan(0.0394);
      expect(Math.abs(p99 / exact(own, 0.99) - 1)).toBeLessThan(0.0394);
    }
    const whole = stages[0]?.stages ?? [];
    expect(whole.map(({ stage }) => stage)).toEqual(["words", "meaning", "total"]);
    const total = whole.find(({ stage }) => stage === "total");
    expect(total?.count).toBe(1_000);
    expect(Math.abs((total?.p95 ?? 0) / exact(all, 0.95) - 1)).toBeLessThan(0.0394);
    const meaning = whole.find(({ stage }) => stage === "meaning");
    expect((meaning?.sumMs ?? 0) / (total?.sumMs ?? 1)).toBeCloseTo(0.75, 6);
  });

  it("forget what is older than six hours, and stages what is older than one", () => {
    const { log, now } = logAt();
    for (let minute = 0; minute < 400; minute += 1) {
      log.of("rpc 1", "cli")(search("x", { words: 4 }));
      now.ms += 60_000;
    }
    const { minutes, stages } = log.report();
    expect(minutes[0]?.minutes).toHaveLength(360);
    const count = stages[0]?.stages[0]?.count ?? 0;
    expect(count).toBeGreaterThanOrEqual(40);
    expect(count).toBeLessThanOrEqual(60);
  });
});

describe("the metrics of queries", () => {
  it("have a histogram by call and stage, and hostile names of clients as labels", () => {
    const { log } = logAt();
    const name = 'a"b\\c\nhaypile_evil 1\u0000';
    log.of("mcp 1", name)(search("x", { words: 2, meaning: 20 }));
    const text = log.metricsText();
    const lines = text.split("\n");
    expect(lines).toContain(
      'haypile_query_stage_seconds_bucket{call="search",stage="words",le="0.003"} 1',
    );
    expect(lines).toContain('haypile_query_stage_seconds_count{call="search",stage="total"} 1');
    expect(lines).toContain(
      'haypile_query_client_calls_total{client="a\\"b\\\\c haypile_evil 1",face="mcp"} 1',
    );
    const line = /^(?:#.*|[a-z_]+(?:\{(?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)*\})? [\d.e+-]+|)$/;
    for (const one of lines) expect(one).toMatch(line);
  });
});
