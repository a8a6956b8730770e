import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readTokenizer } from "../../../src/models/tokenizer-json.ts";
import { cutVocabulary, idInLines } from "../../../src/models/vocabulary.ts";
import { tinyTokenizer } from "../../helpers/tiny-model.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "haypile-tokenizer-json-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function read(json: unknown) {
  const path = join(folder, "tokenizer.json");
  writeFileSync(path, typeof json === "string" ? json : JSON.stringify(json));
  return readTokenizer(path);
}

const cut = (json: unknown) =>
  cutVocabulary(Buffer.from(typeof json === "string" ? json : JSON.stringify(json)));
const withVocabulary = (vocab: unknown) => ({ model: { type: "WordPiece", vocab } });

describe("cutVocabulary", () => {
  it("gives the tokens in the order of their ids and the rest with none", () => {
    const result = cut({ ...withVocabulary({ a: 0, "##b": 1, ü: 2 }), more: [1] });
    expect(result?.lines.toString()).toBe("a\n##b\nü\n");
    expect(JSON.parse(result?.rest ?? "")).toEqual({ ...withVocabulary({}), more: [1] });
  });

  it("reads escapes, gaps between ids, white space, and a token called vocab", () => {
    const text = '{"model": {"vocab" :\n { "a\\"\\u00e9" : 0 ,\n "vocab":2, "\\\\" : 3 } } }';
    expect(cut(text)?.lines.toString()).toBe('a"é\n\nvocab\n\\\n');
  });

  it.each([
    ["ids that fall", { a: 1, b: 0 }],
    ["an id far away", { a: 10_000_000 }],
    ["a token with a line break", { "a\nb": 0 }],
    ["an id that is no number", { a: "0" }],
    ["an id that is negative", { a: -1 }],
    ["a list", ["a"]],
  ])("leaves %s to the parser", (_, vocab) => {
    expect(cut(withVocabulary(vocab))).toBeUndefined();
  });

  it("leaves a file that is cut off to the parser, at any byte", () => {
    const whole = JSON.stringify(withVocabulary({ a: 0, 'b"\\': 1, c: 2 }));
    const last = whole.indexOf("}", whole.indexOf('"c"'));
    for (let end = 0; end <= last; end += 1) {
      expect(cut(whole.slice(0, end)), whole.slice(0, end)).toBeUndefined();
    }
  });

  it("finds ids again", () => {
    const lines = cut(withVocabulary({ a: 0, ab: 2, b: 3 }))?.lines ?? Buffer.alloc(0);
    expect(["a", "ab", "b", "c"].map((token) => idInLines(lines, token))).toEqual([
      0,
      2,
      3,
      undefined,
    ]);
  });
});

describe("readTokenizer", () => {
  it("gives BERT WordPiece to the core", async () => {
    const { kind, spec } = (await read(tinyTokenizer())) as Extract<
      Awaited<ReturnType<typeof read>>,
      { kind: "wordpiece" }
    >;
    expect(kind).toBe("wordpiece");
    expect(spec).toMatchObject({
      padId: 0,
      unknownId: 1,
      classifyId: 2,
      separateId: 3,
      lowercase: true,
      stripAccents: true,
      maxCharsPerWord: 100,
    });
    expect(spec.vocabulary.toString().split("\n")[5]).toBe("the");
    expect(spec.addedTokens.map(({ content }) => content)).toContain("[MASK]");
  });

  it("reads ids that do not rise, the slow way", async () => {
    const json = tinyTokenizer() as { model: { vocab: Record<string, number> } };
    json.model.vocab = Object.fromEntries(Object.entries(json.model.vocab).reverse());
    const result = await read(json);
    expect(result.kind === "wordpiece" && result.spec.vocabulary.toString()).toMatch(
      /^\[PAD\]\n\[UNK\]\n/,
    );
  });

  it("gives any other kind to the library, cut at the longest length", async () => {
    const result = await read({
      version: "1.0",
      added_tokens: [{ id: 0, content: "<pad>", special: true }],
      normalizer: null,
      pre_tokenizer: { type: "WhitespaceSplit" },
      post_processor: null,
      decoder: null,
      model: {
        type: "BPE",
        unk_token: "<unk>",
        vocab: { "<pad>": 0, "<unk>": 1, o: 2, n: 3, e: 4, on: 5, one: 6 },
        merges: ["o n", "on e"],
      },
    });
    if (result.kind !== "library") throw new Error("expected the library");
    expect([...result.tokenizer.encode("one x no", 10)]).toEqual([6, 1, 3, 2]);
    expect([...result.tokenizer.encode("one x no", 2)]).toEqual([6, 1]);
    expect(result.tokenizer.padId).toBe(0);
  });

  it.each([
    ["no JSON", "{", "HAYPILE_MODEL_DAMAGED"],
    ["a number", "1", "HAYPILE_MODEL_INVALID"],
    ["no model", "{}", "HAYPILE_MODEL_INVALID"],
    ["a model of an unknown kind", { model: { type: "Nothing" } }, "HAYPILE_MODEL_INVALID"],
  ])("refuses %s", async (_, json, code) => {
    await expect(read(json)).rejects.toMatchObject({ code });
  });

  it("refuses a vocabulary without the tokens it needs", async () => {
    const json = tinyTokenizer() as { model: { vocab: unknown }; added_tokens: unknown[] };
    json.added_tokens = [];
    json.model.vocab = { "[PAD]": 0, "[UNK]": 1 };
    await expect(read(json)).rejects.toThrow(/has no token "\[CLS\]"/);
    json.model.vocab = {};
    await expect(read(json)).rejects.toThrow(/empty vocabulary/);
  });

  it("names a file that is not there", async () => {
    await expect(readTokenizer(join(folder, "none.json"))).rejects.toMatchObject({
      code: "HAYPILE_MODEL_MISSING",
    });
  });
});

describe("a tokenizer of pieces of sentences, as multilingual-e5-small has", () => {
  it("is read by the library: pieces of all scripts, its own ends and padding", async () => {
    const special = ["<s>", "<pad>", "</s>", "<unk>"];
    const pieces = [...special, "▁query", ":", "▁배", "▁여섯", "시", "▁Fähre", "▁ferry", "▁"];
    const end = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
    const tokenizer = await read({
      added_tokens: special.map((content, id) => ({ id, content, special: true })),
      normalizer: { type: "Precompiled", precompiled_charsmap: "" },
      pre_tokenizer: {
        type: "Sequence",
        pretokenizers: [
          { type: "WhitespaceSplit" },
          { type: "Metaspace", replacement: "▁", add_prefix_space: true },
        ],
      },
      post_processor: {
        type: "TemplateProcessing",
        single: [end("<s>"), { Sequence: { id: "A", type_id: 0 } }, end("</s>")],
        pair: [],
        special_tokens: {
          "<s>": { id: "<s>", ids: [0], tokens: ["<s>"] },
          "</s>": { id: "</s>", ids: [2], tokens: ["</s>"] },
        },
      },
      decoder: { type: "Metaspace", replacement: "▁", add_prefix_space: true },
      model: { type: "Unigram", unk_id: 3, vocab: pieces.map((piece, id) => [piece, -id]) },
    });
    if (tokenizer.kind !== "library") throw new Error("It is not WordPiece.");
    const { encode, count, padId } = tokenizer.tokenizer;
    expect([...encode("query: 배 여섯시 Fähre", 64)]).toEqual([0, 4, 5, 6, 7, 8, 9, 2]);
    expect([...encode("query: 배 여섯시 Fähre", 4)]).toEqual([0, 4, 5, 2]);
    expect(count("ferry 배")).toBe(2);
    expect(padId).toBe(1);
  });
});
