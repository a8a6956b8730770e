import { describe, expect, it } from "vitest";
import { exportLine, importLine } from "../../../src/memory/exchange.ts";
import { describeChange } from "../../../src/memory/line-changes.ts";
import type { Memory } from "../../../src/ports/memories.ts";

const memory: Memory = {
  id: "0123456789abcdef",
  text: "a\nb",
  namespace: "n",
  kind: "fact",
  tags: ["t"],
  source: "agent",
  importance: 0.7,
  pinned: true,
  createdAt: "2026-01-01T00:00:00.000Z",
  updatedAt: "2026-01-02T00:00:00.000Z",
  validFrom: "2026-01-01T00:00:00.000Z",
  expires: undefined,
  anchors: [{ path: "/a.ts", symbol: "f" }],
  links: [{ id: "fedcba9876543210", relation: "next" }],
  uses: 3,
};

describe("lines", () => {
  it("gives back what export wrote", () => {
    const [imported] = importLine(exportLine(memory), "auto");
    const { id, text, createdAt, links, uses: _, updatedAt: __, expires: ___, ...options } = memory;
    expect(imported).toEqual({ id, text, createdAt, links, options });
  });

  it("reads a knowledge graph: one fact for each observation and relation", () => {
    const entity = {
      type: "entity",
      name: "Ada",
      entityType: "person",
      observations: ["x", " ", 3],
    };
    expect(importLine(JSON.stringify(entity), "auto")).toEqual([
      { text: "Ada: x", options: { kind: "fact", tags: ["Ada", "person"] } },
    ]);
    const relation = { type: "relation", from: "Ada", to: "Bob", relationType: "knows" };
    expect(importLine(JSON.stringify(relation), "auto")[0]?.text).toBe("Ada knows Bob");
  });

  it("reads texts of other servers with their tags and times", () => {
    const line = JSON.stringify({ content: "c", tags: ["a", "a", 1], created_at: 1_700_000_000 });
    expect(importLine(line, "auto")).toEqual([
      { text: "c", options: { tags: ["a"] }, createdAt: "2023-11-14T22:13:20.000Z" },
    ]);
  });

  it("says why a line is refused", () => {
    const refused: [string, RegExp][] = [
      ["{", /no JSON/],
      ["[]", /object/],
      ['"x"', /object/],
      ['{"x":1}', /none of text/],
      ['{"type":"entity","name":"x"}', /observations/],
      ['{"type":"relation","relationType":"x"}', /from, to/],
    ];
    for (const [line, reason] of refused)
      expect(() => importLine(line, "auto"), line).toThrow(reason);
  });
});

describe("describeChange", () => {
  it("counts lines and shows the first", () => {
    expect(describeChange("a\nb\nc", "a\nx\nc")).toBe("1 line added, 1 removed: - b + x");
    expect(describeChange("a", "a\nb\nc")).toBe("2 lines added, 0 removed: + b + c");
    expect(describeChange("a\n".repeat(500), "b")).toBe("has changed (501 lines before, 1 now)");
  });
});
