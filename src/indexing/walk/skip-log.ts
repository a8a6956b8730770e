import type { SkipReason, SkipReport } from "../../ports/answers/index-run.ts";

/** Most example paths kept per reason. */
export const maxExamplesPerReason = 1000;

/** Collects skipped paths in bounded memory. */
export class SkipLog {
  readonly #reasons = new Map<SkipReason, { count: number; examples: string[] }>();
  #total = 0;

  /** @param path relative to the indexed folder; a folder ends in "/" */
  add(reason: SkipReason, path: string): void {
    this.#total += 1;
    let entry = this.#reasons.get(reason);
    if (entry === undefined) {
      entry = { count: 0, examples: [] };
      this.#reasons.set(reason, entry);
    }
    entry.count += 1;
    if (entry.examples.length < maxExamplesPerReason) entry.examples.push(path);
  }

  count(reason: SkipReason): number {
    return this.#reasons.get(reason)?.count ?? 0;
  }

  /** A copy; later additions do not change it. */
  report(): SkipReport {
    const byReason: SkipReport["byReason"] = {};
    for (const [reason, entry] of this.#reasons) {
      byReason[reason] = { count: entry.count, examples: [...entry.examples] };
    }
    return { total: this.#total, byReason };
  }
}
