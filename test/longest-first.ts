/*
 * Files of tests that take long come first, so that no worker is left with one at the end. test/times.json has them as
 * scripts/lib/keep-times.ts wrote it; the others follow in vitest's own order.
 */
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const root = join(import.meta.dirname, "..");
    const seconds: Record<string, number> = JSON.parse(
      readFileSync(join(root, "test", "times.json"), "utf8"),
    );
    const of = ({ moduleId }: TestSpecification): number => seconds[relative(root, moduleId)] ?? 0;
    return (await super.sort(files)).sort((a, b) => of(b) - of(a));
  }
}
