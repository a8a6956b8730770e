import { describe, expect, it } from "vitest";
import { describeChange } from "../../../../src/memories/anchors/line-changes.ts";
import { type Imported, readRecord } from "../../../../src/memories/formats/exchange.ts";

function read(record: unknown, list?: string): { memories: Imported[]; leftOut: string[] } {
  return readRecord(JSON.stringify(record), "auto", list);
}

describe("records of other servers", () => {
  it("give a fact for each observation and relation of a knowledge graph", () => {
    const entity = { type: "entity", name: "Ada", entityType: "person", observations: ["x"] };
    expect(read(entity).memories).toEqual([
      { text: "Ada: x", options: { kind: "fact", tags: ["Ada", "person"] } },
    ]);
    const relation = { from: "Ada", to: "Bob", relationType: "knows" };
    expect(read({ type: "relation", ...relation }).memories[0]?.text).toBe("Ada knows Bob");
    expect(read(relation, "relations").memories[0]?.text).toBe("Ada knows Bob");
    const { type: _, ...inList } = entity;
    expect(read(inList, "entities").memories).toHaveLength(1);
    expect(read({ ...entity, observations: [] }).memories[0]?.text).toBe("Ada");
  });

  it("name observations that have no text, and read those that are objects", () => {
    const observations = [null, { content: "nested", timestamp: 1_700_000_000 }, "ok", 3, " "];
    const found = read({ type: "entity", name: "Y", entityType: "t", observations });
    expect(found.memories.map(({ text }) => text)).toEqual(["Y: nested", "Y: ok"]);
    expect(found.memories[0]?.createdAt).toBe("2023-11-14T22:13:20.000Z");
    expect(found.leftOut).toHaveLength(3);
  });

  it("keep tags, kind and time of texts, however they are written", () => {
    const at = "2023-11-14T22:13:20.000Z";
    for (const created of [
      { created_at: 1_700_000_000 },
      { created_at: 1_700_000_000.0 },
      { created_at: "1700000000" },
      { timestamp: 1_700_000_000_000 },
      { timestamp: 1_700_000_000_000_000 },
      { created_at_iso: "2023-11-14T22:13:20Z" },
      { createdAt: "2023-11-14T22:13:20.000000+00:00" },
      { metadata: { created_at: 1_700_000_000 } },
    ]) {
      expect(
        read({ content: "c", ...created }).memories[0]?.createdAt,
        JSON.stringify(created),
      ).toBe(at);
    }
    for (const tags of [["a", "b", "A "], "a,b", "a, b ,", { metadata: { tags: "a,b" } }]) {
      const record = Array.isArray(tags) || typeof tags === "string" ? { tags } : tags;
      expect(read({ memory: "m", ...record }).memories[0]?.options.tags).toEqual(["a", "b"]);
    }
    expect(read({ content: "c", memory_type: "Decision" }).memories[0]?.options.kind).toBe(
      "decision",
    );
    const other = read({ content: "c", memory_type: "reference", tags: "a" }).memories[0]?.options;
    expect(other).toEqual({ tags: ["a", "reference"] });
  });

  it("name tags that cannot be kept", () => {
    const tags = [...Array.from({ length: 40 }, (_, i) => `t${i}`), null];
    const { memories, leftOut } = read({ content: "c", tags: ["x".repeat(70), ...tags] });
    expect(memories[0]?.options.tags).toHaveLength(32);
    expect(leftOut).toHaveLength(3);
  });

  it("are refused with the reason", () => {
    const refused: [string, RegExp][] = [
      ["{", /no JSON/],
      ["[]", /object/],
      ['"x"', /object/],
      ['{"x":1}', /none of text/],
      ['{"content":" "}', /none of text/],
      ['{"type":"entity","name":"x","observations":"y"}', /observations/],
      ['{"type":"relation","relationType":"x"}', /from, to/],
    ];
    for (const [text, reason] of refused) {
      expect(() => readRecord(text, "auto", undefined), text).toThrow(reason);
    }
  });

  it("may be none: an export of nothing", () => {
    for (const nothing of [{ memories: [] }, { entities: [], relations: [] }]) {
      expect(read(nothing)).toEqual({ memories: [], leftOut: [] });
    }
  });
});

describe("describeChange", () => {
  it("counts lines and shows the first", () => {
    expect(describeChange("a\nb\nc", "a\nx\nc")).toBe("1 line added, 1 removed: - b + x");
    expect(describeChange("a", "a\nb\nc")).toBe("2 lines added, 0 removed: + b + c");
    expect(describeChange("a\n".repeat(500), "b")).toBe("has changed (501 lines before, 1 now)");
  });
});
