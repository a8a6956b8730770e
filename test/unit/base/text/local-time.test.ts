/** Days are those of the person who types them (reports of filters in UTC), and odd dates are refused, not guessed. */
import { afterEach, describe, expect, it } from "vitest";
import { localDay, localMinute, parseTime } from "../../../../src/base/text/local-time.ts";

const zone = process.env.TZ;

afterEach(() => {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

function iso(text: string, edge: "start" | "end" = "start", now = 0): string {
  const found = parseTime(text, edge, now);
  return "ms" in found ? new Date(found.ms).toISOString() : `refused: ${found.refused}`;
}

describe("parseTime", () => {
  it("takes a bare day and a time of day for those of the own zone", () => {
    for (const [tz, day, nine] of [
      ["Asia/Tokyo", "2026-11-27T15:00:00.000Z", "2026-11-28T00:00:00.000Z"],
      ["America/New_York", "2026-11-28T05:00:00.000Z", "2026-11-28T14:00:00.000Z"],
      ["UTC", "2026-11-28T00:00:00.000Z", "2026-11-28T09:00:00.000Z"],
    ] as const) {
      process.env.TZ = tz;
      expect(iso("2026-11-28")).toBe(day);
      expect(iso("2026-11-28 09:00")).toBe(nine);
      expect(iso("2026-11-28T09:00:00")).toBe(nine);
      expect(localDay(day)).toBe("2026-11-28");
      expect(localMinute(nine)).toBe("2026-11-28 09:00");
    }
  });

  it("takes an instant as it is said", () => {
    process.env.TZ = "Asia/Tokyo";
    for (const [text, instant] of [
      ["2026-11-21T09:30:00Z", "2026-11-21T09:30:00.000Z"],
      ["2026-11-21T09:30Z", "2026-11-21T09:30:00.000Z"],
      ["2026-11-21T09:30:00.123456+00:00", "2026-11-21T09:30:00.123Z"],
      ["2026-11-21 09:30+02:00", "2026-11-21T07:30:00.000Z"],
      ["2026-11-21T09:30:00-0530", "2026-11-21T15:00:00.000Z"],
    ] as const) {
      expect(iso(text)).toBe(instant);
    }
  });

  it("means by the end of a day its last moment, of today now", () => {
    process.env.TZ = "Europe/Berlin";
    expect(iso("2026-11-28", "end")).toBe("2026-11-28T22:59:59.999Z");
    const now = Date.parse("2026-11-28T12:00:00Z");
    expect(iso("2026-11-28", "end", now)).toBe("2026-11-28T12:00:00.000Z");
    expect(iso("2026-11-28 10:00", "end", now)).toBe("2026-11-28T09:00:00.000Z");
  });

  it("knows days of 23 and 25 hours, and those that begin late or were left out", () => {
    process.env.TZ = "Europe/Berlin";
    expect(iso("2026-03-29", "end")).toBe("2026-03-29T21:59:59.999Z");
    expect(iso("2026-10-25", "end")).toBe("2026-10-25T22:59:59.999Z");
    expect(iso("2026-03-29 02:30")).toMatch(/^refused: clocks/);
    // Shown twice: the first.
    expect(iso("2026-10-25 02:30")).toBe("2026-10-25T00:30:00.000Z");
    process.env.TZ = "Africa/Cairo";
    expect(iso("2026-04-24")).toBe("2026-04-23T22:00:00.000Z");
    process.env.TZ = "Pacific/Apia";
    expect(iso("2011-12-30")).toMatch(/^refused: that day/);
  });

  it("refuses what is no time, or one that is not in the calendar", () => {
    for (const text of [
      "2026-02-30",
      "2026-13-01",
      "2026-00-10",
      "2026-04-31",
      "2025-02-29",
      "13/04/2026",
      "04.13.2026",
      "20261121",
      "2026-11",
      "2026",
      "26-11-21",
      "12026-11-21",
      "+012026-11-21",
      "0026-11-21",
      "yesterday",
      "tomorrow",
      "last week",
      "Nov 21 2026",
      "2026-11-21T25:00",
      "2026-11-21T10:60",
      "2026-11-21T10:00:61Z",
      "2026-11-21T10:00:00+25:00",
      "2026-11-21T10",
      "1700000000",
      "",
      " ",
      "2026-11-21; drop",
    ]) {
      expect(iso(text), text).toMatch(/^refused: /);
    }
    expect(iso("2024-02-29")).not.toMatch(/refused/);
  });
});
