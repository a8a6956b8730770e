import { describe, expect, it } from "vitest";
import { maxExamplesPerReason, SkipLog } from "../../../../src/indexing/walk/skip-log.ts";

describe("SkipLog", () => {
  it("counts all and keeps a bounded number of examples", () => {
    const log = new SkipLog();
    for (let index = 0; index < maxExamplesPerReason + 5; index += 1)
      log.add("binary", `f${index}`);
    log.add("hidden", ".cache/");
    log.add("vendored", "env/", "it holds pyvenv.cfg");
    const report = log.report();
    expect(report.total).toBe(maxExamplesPerReason + 7);
    expect(report.byReason.binary?.count).toBe(maxExamplesPerReason + 5);
    expect(report.byReason.binary?.examples).toHaveLength(maxExamplesPerReason);
    expect(report.byReason.hidden).toEqual({ count: 1, examples: [".cache/"], because: [""] });
    expect(report.byReason.vendored?.because).toEqual(["it holds pyvenv.cfg"]);
    expect(report.byReason.binary?.because).toHaveLength(maxExamplesPerReason);
    expect(report.byReason.special).toBeUndefined();
  });

  it("gives a report that later additions do not change", () => {
    const log = new SkipLog();
    log.add("binary", "a");
    const report = log.report();
    log.add("binary", "b");
    expect(report.byReason.binary).toEqual({ count: 1, examples: ["a"], because: [""] });
  });
});
