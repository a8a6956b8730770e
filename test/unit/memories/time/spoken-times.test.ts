/* What times of a question and of a text mean: said from a day in the zone of this machine. */
import { afterEach, describe, expect, it } from "vitest";
import { spokenTimes } from "../../../../src/memories/time/spoken-times.ts";

/** Saturday, 28 November 2026, in the evening. */
const now = (): number => new Date(2026, 10, 28, 20, 15).getTime();
const day = (year: number, month: number, date: number): number =>
  new Date(year, month - 1, date).getTime();

function spansOf(text: string, speech: "question" | "text" = "question"): [number, number][] {
  return spokenTimes(text, now(), speech).map(({ from, to }) => [from, to]);
}

type Three = [number, number, number];
const table: [text: string, from: Three, to: Three][] = [
  ["what did I do today", [2026, 11, 28], [2026, 11, 29]],
  ["who called yesterday", [2026, 11, 27], [2026, 11, 28]],
  ["the day before yesterday", [2026, 11, 26], [2026, 11, 27]],
  ["what did we decide last week", [2026, 11, 16], [2026, 11, 23]],
  ["notes of this week", [2026, 11, 23], [2026, 11, 30]],
  ["last weekend", [2026, 11, 21], [2026, 11, 23]],
  ["the outage last month", [2026, 10, 1], [2026, 11, 1]],
  ["last quarter", [2026, 7, 1], [2026, 10, 1]],
  ["what changed last year", [2025, 1, 1], [2026, 1, 1]],
  ["two days ago", [2026, 11, 26], [2026, 11, 27]],
  ["3 days ago", [2026, 11, 25], [2026, 11, 26]],
  ["two weeks ago", [2026, 11, 11], [2026, 11, 18]],
  ["on Monday", [2026, 11, 23], [2026, 11, 24]],
  ["what happened on saturday", [2026, 11, 21], [2026, 11, 22]],
  ["last Friday", [2026, 11, 27], [2026, 11, 28]],
  ["next Friday", [2026, 12, 4], [2026, 12, 5]],
  ["what did Anna say in March", [2026, 3, 1], [2026, 4, 1]],
  ["what did we say in december", [2025, 12, 1], [2026, 1, 1]],
  ["last October", [2026, 10, 1], [2026, 11, 1]],
  ["in May", [2026, 5, 1], [2026, 6, 1]],
  ["in March 2024", [2024, 3, 1], [2024, 4, 1]],
  ["on 2026-03-01", [2026, 3, 1], [2026, 3, 2]],
  ["invoices of 2026-03", [2026, 3, 1], [2026, 4, 1]],
  ["on 3 May", [2026, 5, 3], [2026, 5, 4]],
  ["on May 3rd, 2024", [2024, 5, 3], [2024, 5, 4]],
  ["Sept 14", [2026, 9, 14], [2026, 9, 15]],
  ["last spring", [2026, 3, 1], [2026, 6, 1]],
  ["in the summer of 2024", [2024, 6, 1], [2024, 9, 1]],
  ["last winter", [2025, 12, 1], [2026, 3, 1]],
  ["Q2 2025", [2025, 4, 1], [2025, 7, 1]],
  ["in 2024", [2024, 1, 1], [2025, 1, 1]],
  ["between March and June 2025", [2025, 3, 1], [2025, 7, 1]],
  ["between 2025-01-01 and 2024-01-01", [2024, 1, 1], [2025, 1, 2]],
  ["between May 2025 and March 2024", [2024, 3, 1], [2025, 6, 1]],
  ["on 29 February", [2024, 2, 29], [2024, 3, 1]],
  ["half a year ago", [2026, 5, 13], [2026, 6, 13]],
  ["what happened march 3", [2026, 3, 3], [2026, 3, 4]],
];

describe("times of a question", () => {
  for (const [text, from, to] of table) {
    it(`reads "${text}"`, () => expect(spansOf(text)).toEqual([[day(...from), day(...to)]]));
  }

  it("goes on until now after since, and comes from ever before", () => {
    expect(spansOf("since March 2025")).toEqual([[day(2025, 3, 1), now() + 1]]);
    expect(spansOf("before 3 May 2025")).toEqual([[Number.NEGATIVE_INFINITY, day(2025, 5, 3)]]);
    expect(spansOf("after 2024")).toEqual([[day(2025, 1, 1), Number.POSITIVE_INFINITY]]);
    expect(spansOf("the last 3 months")).toEqual([[day(2026, 8, 28), now() + 1]]);
  });

  it("takes no other word for a time", () => {
    for (const text of [
      "may I deploy",
      "march on",
      "never deploy on Fridays",
      "Friday deploy",
      "port 2024",
      "v2026-03-01x",
      "the fall of Rome",
      "on 2026-02-30",
      "error 1999 in module 7",
    ]) {
      expect(spansOf(text), text).toEqual([]);
    }
  });

  it("says where they stand, and which are said from today", () => {
    const text = "what did we decide last week about 3 May";
    const said = spokenTimes(text, now(), "question");
    expect(said.map(({ start, end }) => text.slice(start, end))).toEqual(["last week", "3 May"]);
    expect(said.map(({ isRelative }) => isRelative)).toEqual([true, false]);
  });
});

describe("times of a text", () => {
  it("without a year are the nearest to its own day", () => {
    expect(spansOf("we ship on 15 January", "text")).toEqual([
      [day(2027, 1, 15), day(2027, 1, 16)],
    ]);
    expect(spansOf("we shipped in October", "text")).toEqual([
      [day(2026, 10, 1), day(2026, 11, 1)],
    ]);
    expect(spansOf("I was there yesterday", "text")).toEqual([
      [day(2026, 11, 27), day(2026, 11, 28)],
    ]);
  });
});

describe("the zone", () => {
  const before = process.env.TZ;
  afterEach(() => {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  });

  it("is that of the user: the same moment has another yesterday elsewhere", () => {
    const moment = Date.parse("2026-11-28T11:30:00Z");
    const yesterday = (zone: string): string => {
      process.env.TZ = zone;
      const [span] = spokenTimes("yesterday", moment, "question");
      return new Date(span?.from ?? 0).toISOString();
    };
    expect(yesterday("Europe/Berlin")).toBe("2026-11-26T23:00:00.000Z");
    expect(yesterday("Pacific/Auckland")).toBe("2026-11-27T11:00:00.000Z");
    expect(yesterday("America/New_York")).toBe("2026-11-27T05:00:00.000Z");
  });

  it("has days of 23 and 25 hours", () => {
    process.env.TZ = "Europe/Berlin";
    const hours = (text: string): number => {
      const [span] = spokenTimes(text, Date.parse("2026-11-28T11:30:00Z"), "question");
      return span === undefined ? 0 : (span.to - span.from) / 3_600_000;
    };
    expect(hours("on 2026-03-29")).toBe(23);
    expect(hours("on 2026-10-25")).toBe(25);
  });
});

describe("what looks like a time", () => {
  const none = [
    "what does time out in 2000 ms",
    "a buffer of 2048 bytes",
    "may 10 connections be open",
    "convert dec 10 to hex",
    "march 3 steps to the left",
  ];
  it.each(none)("is none: %s", (question) => {
    expect(spansOf(question)).toEqual([]);
  });

  it("ends now where the past week or month is asked for", () => {
    for (const [question, days] of [
      ["what did we do in the past week", 7],
      ["what did we do in the last 7 days", 7],
    ] as const) {
      expect(spansOf(question)).toEqual([[day(2026, 11, 28 - days), now() + 1]]);
    }
    expect(spansOf("the past month")).toEqual([[day(2026, 10, 28), now() + 1]]);
  });
});
