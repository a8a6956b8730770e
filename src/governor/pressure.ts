/*
 * How long memory was short: time at each level, and how often and how long each step of the ladder was
 * taken. It counts from look to look; a clock that goes back counts as no time.
 */

import type { Pressure } from "../ports/answers/footprint-report.ts";
import type { FootprintLevel, LadderStepName } from "../ports/footprint.ts";

export class PressureClock {
  readonly #pressure: Pressure = { levelMs: { calm: 0, warning: 0, critical: 0 }, steps: {} };
  #last: { nowMs: number; level: FootprintLevel; taken: readonly LadderStepName[] } | undefined;

  /** What a look found: level and steps hold until the next look. */
  look(nowMs: number, level: FootprintLevel, taken: readonly LadderStepName[]): void {
    const { levelMs, steps } = this.#pressure;
    const before = this.#last;
    if (before !== undefined) {
      const ms = Math.max(0, nowMs - before.nowMs);
      levelMs[before.level] += ms;
      for (const name of before.taken) {
        const step = steps[name];
        if (step !== undefined) step.ms += ms;
      }
    }
    for (const name of taken) {
      if (before?.taken.includes(name) === true) continue;
      const step = steps[name] ?? { times: 0, ms: 0 };
      step.times += 1;
      steps[name] = step;
    }
    this.#last = { nowMs, level, taken };
  }

  /** A copy of what was counted so far. */
  state(): Pressure {
    return structuredClone(this.#pressure);
  }
}
