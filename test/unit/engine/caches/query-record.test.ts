import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { QueryRecord } from "../../../../src/engine/caches/query-record.ts";

const folder = mkdtempSync(join(tmpdir(), "haypile-query-record-"));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const top = (path: string) => new QueryRecord(path).top();

describe("the record of queries", () => {
  it("keeps what was asked most, by query and options, and lets it fade", () => {
    const path = join(folder, "deep", "record.json");
    const record = new QueryRecord(path);
    for (let i = 0; i < 4; i += 1) record.note("often", { k: 3, deadlineMs: 100 });
    record.note("often", { k: 5 });
    record.save();
    const often = { query: "often", options: { k: 3 }, uses: 2 };
    expect(top(path)).toEqual([often, { query: "often", options: { k: 5 }, uses: 0.5 }]);
    expect(readFileSync(path, "utf8")).not.toContain("deadline");
    const again = new QueryRecord(path);
    again.note("new", {});
    again.save();
    expect(top(path).map(({ query, uses }) => [query, uses])).toEqual([
      ["often", 1],
      ["new", 0.5],
      ["often", 0.25],
    ]);
  });

  it("is bounded, and notes nothing that is no query", () => {
    const path = join(folder, "bounded.json");
    const record = new QueryRecord(path);
    record.note("favourite", {});
    record.note("favourite", {});
    for (let i = 0; i < 1000; i += 1) record.note(`query ${i}`, {});
    record.note("x".repeat(501), {});
    record.note("  ", {});
    record.note(7 as unknown as string, {});
    record.save();
    const kept = top(path);
    expect(kept).toHaveLength(64);
    expect(kept[0]?.query).toBe("favourite");
    expect(kept.every(({ query }) => query.trim().length > 0)).toBe(true);
  });

  it.each([
    "",
    "no record",
    "[]",
    "null",
    '{"format":2,"queries":[{"query":"a","options":{},"uses":1}]}',
    '{"format":1,"queries":[{"query":7,"options":{},"uses":1},{"query":"a","options":null,"uses":1},null]}',
  ])("is begun again over %j", (text) => {
    const path = join(folder, "damaged.json");
    writeFileSync(path, text);
    expect(top(path)).toEqual([]);
  });

  it("does without a file that cannot be written", () => {
    const file = join(folder, "a-file");
    writeFileSync(file, "");
    const record = new QueryRecord(join(file, "record.json"));
    record.note("a query", {});
    record.save();
    expect(record.top()).toHaveLength(1);
  });
});
