import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { worthOfWords } from "../../../src/models/late-worth.ts";
import { readTokenizer } from "../../../src/models/tokenizer-json.ts";

const packaged = join(import.meta.dirname, "../../../models/all-minilm-l6-v2/tokenizer.json");

describe("what words count by", () => {
  it("grows with how rare they are, and is nothing for special tokens", async () => {
    const tokenizer = await readTokenizer(packaged);
    if (tokenizer.kind !== "wordpiece") throw new Error("the packaged model has another tokenizer");
    const worth = worthOfWords(tokenizer);
    if (worth === undefined) throw new Error("the packaged vocabulary has no order");
    const words = new TextDecoder().decode(tokenizer.spec.vocabulary).split("\n").slice(0, -1);
    const of = (word: string): number => worth[words.indexOf(word)] as number;
    expect(worth).toHaveLength(words.length);
    expect([of("[CLS]"), of("[SEP]"), of("[PAD]")]).toEqual([0, 0, 0]);
    expect(of("the")).toBeGreaterThan(of("."));
    expect(of("user")).toBeGreaterThan(2 * of("the"));
    expect(of("grammar")).toBeGreaterThan(of("user"));
    expect(Math.max(...worth)).toBeLessThanOrEqual(255);
    // Pinned: other numbers would give other scores on another machine.
    expect([of("the"), of("user"), of("grammar")]).toEqual([25, 214, 226]);
  });

  it("is not known of a vocabulary without that order, nor of another kind of tokeniser", () => {
    const spec = {
      vocabulary: new TextEncoder().encode("[PAD]\n[CLS]\n[SEP]\nread\nfile\n"),
      classifyId: 1,
      separateId: 2,
      padId: 0,
    };
    expect(worthOfWords({ kind: "wordpiece", spec: spec as never })).toBeUndefined();
    const library = { encode: () => new Int32Array(0), count: () => 0, padId: 0 };
    expect(worthOfWords({ kind: "library", tokenizer: library })).toBeUndefined();
  });
});
