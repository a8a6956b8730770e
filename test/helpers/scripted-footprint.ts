/* A gauge and a clock whose readings a test says. */
import type { Clock, FootprintGauge, FootprintReading } from "../../src/ports/footprint.ts";

export class ScriptedGauge implements FootprintGauge {
  ownBytes = 0;
  childBytes = 0;
  freeBytes = Number.MAX_SAFE_INTEGER;
  reads = 0;

  read(): FootprintReading {
    this.reads += 1;
    const { ownBytes, childBytes, freeBytes } = this;
    return { ownBytes, childBytes, freeBytes };
  }
}

/** Time passes only when somebody sleeps or the test says so. */
export class ScriptedClock implements Clock {
  ms = 0;
  /** Called before each sleep ends. */
  onSleep: (() => void) | undefined;

  now(): number {
    return this.ms;
  }

  async sleep(ms: number): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.ms += ms;
    this.onSleep?.();
  }
}
