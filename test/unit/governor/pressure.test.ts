import { describe, expect, it } from "vitest";
import { PressureClock } from "../../../src/governor/pressure.ts";

describe("the clock of pressure", () => {
  it("counts each level and step from look to look", () => {
    const clock = new PressureClock();
    clock.look(1_000, "calm", []);
    clock.look(1_100, "critical", ["smaller batches"]);
    clock.look(1_400, "critical", ["smaller batches", "smaller caches"]);
    clock.look(1_500, "warning", ["smaller batches"]);
    clock.look(1_700, "calm", []);
    clock.look(1_800, "critical", ["smaller batches"]);
    expect(clock.state()).toEqual({
      levelMs: { calm: 200, warning: 200, critical: 400 },
      steps: { "smaller batches": { times: 2, ms: 600 }, "smaller caches": { times: 1, ms: 100 } },
    });
  });

  it("counts a clock that goes back as no time, and gives out copies", () => {
    const clock = new PressureClock();
    clock.look(1_000, "calm", []);
    clock.look(500, "calm", []);
    const before = clock.state();
    clock.look(600, "calm", []);
    expect(before.levelMs.calm).toBe(0);
    expect(clock.state().levelMs.calm).toBe(100);
  });
});
