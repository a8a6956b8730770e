import type { SkipReason, SkipReport } from "../../ports/answers/index-run.ts";

/** Most example paths kept per reason. */
export const maxExamplesPerReason = 1000;

/** Collects skipped paths in bounded memory. */
export class SkipLog {
  readonly #reasons = new Map<
    SkipReason,
    { count: number; examples: string[]; because: string[] }
  >();
  #total = 0;

  /**
   * @param path relative to the indexed folder; a folder ends in "/"
   * @param because the rule or the sign, for people
   */
  add(reason: SkipReason, path: string, because = ""): void {
    this.#total += 1;
    let entry = this.#reasons.get(reason);
    if (entry === undefined) {
      entry = { count: 0, examples: [], because: [] };
      this.#reasons.set(reason, entry);
    }
    entry.count += 1;
    if (entry.examples.length >= maxExamplesPerReason) return;
    entry.examples.push(path);
    entry.because.push(because);
  }

  count(reason: SkipReason): number {
    return this.#reasons.get(reason)?.count ?? 0;
  }

  /** A copy; later additions do not change it. */
  report(): SkipReport {
    const byReason: SkipReport["byReason"] = {};
    for (const [reason, entry] of this.#reasons) {
      const { count, examples, because } = entry;
      byReason[reason] = { count, examples: [...examples], because: [...because] };
    }
    return { total: this.#total, byReason };
  }
}
