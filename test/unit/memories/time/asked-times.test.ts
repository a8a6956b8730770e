import { describe, expect, it } from "vitest";
import { askedTimes, asksForLatest, meeting } from "../../../../src/memories/time/asked-times.ts";

const at = (year: number, month: number, day: number): number =>
  new Date(year, month - 1, day, 12).getTime();
const now = at(2026, 11, 28);

function met(query: string, told: number, text: string): number {
  const asked = askedTimes(query, now);
  return asked === undefined ? Number.NaN : meeting(asked, told, text);
}

describe("a question that names a time", () => {
  it("says how much it asks beside a time: nothing, where it asks for whatever there was", () => {
    const telling = (query: string): number | undefined => askedTimes(query, now)?.telling;
    const nothing = ["yesterday", "what did we do yesterday", "What happened on Friday?"];
    for (const query of [...nothing, "anything new on 2026-11-27"]) expect(telling(query)).toBe(0);
    expect(telling("what did we decide last week")).toBe(1);
    expect(telling("which tyres did Anna buy in March")).toBe(3);
    expect(telling("which tyres did Anna buy")).toBeUndefined();
  });
});

describe("a memory and the time that is asked for", () => {
  it("meet by the day it was told", () => {
    expect(met("what did we say last week", at(2026, 11, 18), "We stay with REST.")).toBe(1);
    expect(met("what did we say last week", at(2026, 5, 18), "We stay with REST.")).toBe(0);
  });

  it("meet by a day that stands in the text, whenever it was told", () => {
    const text = "Incident 2026-09-14: checkout was down for 22 minutes.";
    expect(met("the outage in September", at(2026, 11, 2), text)).toBe(1);
    expect(met("the outage on 14 Sept", at(2026, 11, 2), text)).toBe(1);
    expect(met("the outage in August", at(2026, 11, 2), text)).toBe(0);
  });

  it("meet less by the day it was told when the text has another", () => {
    const text = "The invoice of 2025-01-10 is paid.";
    const byTold = met("in March", at(2026, 3, 5), text);
    expect(byTold).toBeGreaterThan(0);
    expect(byTold).toBeLessThan(1);
  });

  it("meet in part near by, and where the text names a longer time", () => {
    const near = met("yesterday", at(2026, 11, 28), "We stay with REST.");
    expect(near).toBeGreaterThan(0);
    expect(near).toBeLessThan(0.5);
    const month = met("on 3 March", at(2026, 11, 2), "In March 2026 we moved house.");
    expect(month).toBeGreaterThan(0);
    expect(month).toBeLessThan(1);
  });

  it("reads yesterday from the day of the text", () => {
    expect(met("on 2026-03-04", at(2026, 3, 5), "Yesterday Anna came.")).toBe(1);
  });
});

describe("a question", () => {
  it("without a time has none", () => {
    expect(askedTimes("which port does staging have", now)).toBeUndefined();
  });

  it("has the rest of its words, and all of them when there is no rest", () => {
    expect(askedTimes("what did we decide last week", now)?.rest.trim()).toBe("what did we decide");
    expect(askedTimes("last week", now)?.rest).toBe("last week");
  });

  it("may ask for the newest", () => {
    expect(asksForLatest("when was the last time the boiler was serviced")).toBe(true);
    expect(asksForLatest("the current port of staging")).toBe(true);
    expect(asksForLatest("how long does the paint last")).toBe(false);
  });
});
