import { describe, expect, it } from "vitest";
import { Plan } from "../../../src/indexing/plan.ts";
import type { FileRecord } from "../../../src/ports/store.ts";

function plan(files: Record<string, { size?: number; mtime?: number; read?: number }>): Plan {
  const records = Object.entries(files).map(
    ([path, { size = 1, mtime = 1000, read = 9000 }], id) => {
      const stamp = { sizeBytes: size, mtimeMs: mtime, readMs: read };
      return [path, { id, path, stamp, contentHash: "00" } satisfies FileRecord] as const;
    },
  );
  return new Plan(new Map(records));
}

describe("Plan", () => {
  it("trusts an equal size and an equal, old enough time", () => {
    const files = { same: {}, size: {}, time: {}, young: { mtime: 8000 }, edge: { mtime: 7000 } };
    const judged = plan(files);
    const verdict = (path: string, sizeBytes = 1, mtimeMs = 1000) =>
      judged.meet(path, { sizeBytes, mtimeMs }).verdict;
    expect(verdict("same")).toBe("unchanged");
    expect(verdict("size", 2)).toBe("check");
    expect(verdict("time", 1, 1000.5)).toBe("check");
    expect(verdict("young", 1, 8000)).toBe("check");
    expect(verdict("edge", 1, 7000)).toBe("check");
    expect(verdict("other")).toBe("new");
    expect(judged.gone()).toEqual([]);
  });

  it("names what the walk did not meet", () => {
    const judged = plan({ "a.ts": {}, "b/c.ts": {}, "b/d.ts": {}, "bc.ts": {} });
    judged.meet("a.ts", { sizeBytes: 1, mtimeMs: 1000 });
    expect(judged.gone()).toEqual(["b/c.ts", "b/d.ts", "bc.ts"]);
  });

  it("keeps what could not be read", () => {
    const judged = plan({ "a.ts": {}, "b/c.ts": {}, "b/d/e.ts": {}, "bc.ts": {} });
    judged.keep("a.ts");
    judged.keep("b/");
    expect(judged.gone()).toEqual(["bc.ts"]);
  });
});
