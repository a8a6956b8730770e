/*
 * Foretold against measured: for each piece of work, the peak that was predicted and the most that the gauge
 * has seen while it ran. The gauge sees what else ran at the same time as well.
 */

import type { StepRecord } from "../ports/answers/footprint-report.ts";
import type { FootprintReading, WorkStep } from "../ports/footprint.ts";

/** As near a prediction should be. */
const nearShare = 0.15;

interface Open {
  isOfChildren: boolean;
  measuredBytes: number;
}

export class StepLog {
  readonly #records = new Map<WorkStep, StepRecord>();
  readonly #open = new Set<Open>();

  /** Called with every reading of the gauge. */
  see({ ownBytes, childBytes }: FootprintReading): void {
    for (const open of this.#open) {
      const bytes = open.isOfChildren ? childBytes : ownBytes;
      open.measuredBytes = Math.max(open.measuredBytes, bytes);
    }
  }

  /**
   * A step begins. Parsing is measured in the parse processes, all else in this one.
   * @param predictedBytes the peak of that process
   * @returns call it when the step has ended
   */
  begin(step: WorkStep, predictedBytes: number): () => void {
    const open: Open = { isOfChildren: step === "parse", measuredBytes: 0 };
    this.#open.add(open);
    return () => {
      if (!this.#open.delete(open) || open.measuredBytes === 0) return;
      const { measuredBytes } = open;
      const record = this.#records.get(step) ?? { step, count: 0, within: 0 };
      const isNear = Math.abs(predictedBytes - measuredBytes) <= nearShare * measuredBytes;
      this.#records.set(step, {
        step,
        count: record.count + 1,
        within: record.within + (isNear ? 1 : 0),
        predictedBytes,
        measuredBytes,
      });
    };
  }

  /** One record a step that was done. */
  list(): StepRecord[] {
    return [...this.#records.values()];
  }
}
