/*
 * The C++ tokeniser against the library it must equal, id by id: hard texts, every code point,
 * random strings, other settings than the packaged model's, and, where they are there, the texts of
 * the evaluation sets (HAYPILE_EVAL_DATA, or ../shared/eval beside the repository).
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
import { afterAll, describe, expect, test } from "vitest";
import { readTokenizer } from "../../src/models/tokenizer-json.ts";
import type { NativeTokenizer } from "../../src/native/binding.ts";
import { binding, repository, sanitized } from "../helpers/model.ts";
import {
  evaluationTexts,
  everyCodePoint,
  randomTexts,
  tortureTexts,
} from "../helpers/tokenizer-texts.ts";

type Json = Record<string, unknown>;

const packaged = join(repository, "models", "all-minilm-l6-v2", "tokenizer.json");
const tables = join(repository, "native", "core", "unicode_tables.inc");
const evaluation = process.env.HAYPILE_EVAL_DATA ?? join(repository, "..", "shared", "eval");
const folder = mkdtempSync(join(tmpdir(), "haypile-tokenizer-"));
const share = sanitized ? 0.1 : 1;
const opened: NativeTokenizer[] = [];

afterAll(() => {
  for (const tokenizer of opened) tokenizer.close();
  rmSync(folder, { recursive: true, force: true });
});

const packagedJson = (): Json => JSON.parse(readFileSync(packaged, "utf8")) as Json;

class Pair {
  readonly #library: Tokenizer;
  readonly ours: NativeTokenizer;

  constructor(library: Tokenizer, ours: NativeTokenizer) {
    this.#library = library;
    this.ours = ours;
  }

  static async of(json: Json): Promise<Pair> {
    const path = join(folder, "tokenizer.json");
    writeFileSync(path, JSON.stringify(json));
    const model = await readTokenizer(path);
    if (model.kind !== "wordpiece") throw new Error("expected a WordPiece tokenizer");
    const ours = new (binding().Tokenizer)(model.spec);
    opened.push(ours);
    return new Pair(new Tokenizer(json as never, {} as never), ours);
  }

  expected(text: string): number[] {
    return this.#library.encode(text).ids;
  }

  /** How many texts were compared; throws at the first that differs. */
  compare(texts: Iterable<string>): number {
    let compared = 0;
    for (const text of texts) {
      const expected = this.expected(text);
      const received = this.ours.encode(text, 0);
      const equal =
        received.length === expected.length && expected.every((id, i) => id === received[i]);
      if (!equal) expect([...received], JSON.stringify(text).slice(0, 500)).toEqual(expected);
      compared++;
    }
    return compared;
  }
}

const standard = await Pair.of(packagedJson());

describe("the packaged model's tokenizer", () => {
  test("the comparison sees a difference", async () => {
    const other = packagedJson();
    Object.assign(other.normalizer as Json, { strip_accents: false });
    const wrong = new Pair(
      new Tokenizer(packagedJson() as never, {} as never),
      (await Pair.of(other)).ours,
    );
    expect(() => wrong.compare(tortureTexts)).toThrow();
    expect(standard.expected("résumé").length).toBe(3);
  });

  test("hard texts", { timeout: 60_000 }, () => {
    expect(standard.compare(tortureTexts)).toBe(tortureTexts.length);
  });

  test("every code point", { timeout: 300_000 }, ({ skip }) => {
    const version = /from Unicode (\d+\.\d+)/.exec(readFileSync(tables, "utf8"))?.[1];
    skip(
      version !== process.versions.unicode,
      `the tables hold Unicode ${version}, this Node has ${process.versions.unicode}`,
    );
    expect(standard.compare(everyCodePoint(24))).toBe(Math.ceil(0x110000 / 24) * 4);
  });

  test("random texts", { timeout: 300_000 }, () => {
    const count = 40_000 * share;
    expect(standard.compare(randomTexts(count, 20_260_101))).toBe(count);
  });

  test("tokens counted and cut", { timeout: 60_000 }, async () => {
    const texts = [...tortureTexts, ...randomTexts(300, 5)];
    const counts = await standard.ours.count(texts);
    texts.forEach((text, i) => {
      const expected = standard.expected(text);
      expect(counts[i], JSON.stringify(text).slice(0, 200)).toBe(expected.length - 2);
      const separate = expected.at(-1) as number;
      for (const limit of [2, 3, 4, 7, 16, 128, 256]) {
        const cut =
          expected.length <= limit ? expected : [...expected.slice(0, limit - 1), separate];
        expect([...standard.ours.encode(text, limit)]).toEqual(cut);
      }
    });
  });

  test("texts of the evaluation sets", { timeout: 300_000 }, ({ skip }) => {
    skip(!existsSync(evaluation), `no evaluation data in ${evaluation}`);
    const sets = evaluationTexts(evaluation);
    for (const [name, texts] of Object.entries(sets)) {
      expect(texts.length, name).toBeGreaterThan(0);
      const some = texts.filter((_, i) => i % (1 / share) === 0);
      expect(standard.compare(some), name).toBe(some.length);
    }
  });
});

const token = (id: number, content: string, flags: Json = {}): Json => ({
  id,
  content,
  special: true,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  ...flags,
});

const variants: Record<string, (json: Json) => void> = {
  cased: (json) => Object.assign(json.normalizer as Json, { lowercase: false }),
  "cased without accents": (json) =>
    Object.assign(json.normalizer as Json, { lowercase: false, strip_accents: true }),
  "accents kept": (json) => Object.assign(json.normalizer as Json, { strip_accents: false }),
  "text not cleaned": (json) => Object.assign(json.normalizer as Json, { clean_text: false }),
  "ideographs not set apart": (json) =>
    Object.assign(json.normalizer as Json, { handle_chinese_chars: false }),
  "nothing normalised": (json) =>
    Object.assign(json.normalizer as Json, {
      clean_text: false,
      handle_chinese_chars: false,
      lowercase: false,
      strip_accents: false,
    }),
  "short words": (json) => Object.assign(json.model as Json, { max_input_chars_per_word: 6 }),
  "another continuing prefix": (json) =>
    Object.assign(json.model as Json, { continuing_subword_prefix: "un" }),
  "no continuing prefix": (json) =>
    Object.assign(json.model as Json, { continuing_subword_prefix: "" }),
  "added tokens of all kinds": (json) => {
    (json.added_tokens as Json[]).push(
      token(103, "[MASK]", { lstrip: true, rstrip: true }),
      token(30_522, "<m>", { lstrip: true }),
      token(30_523, "Foo", { normalized: true, single_word: true }),
      token(30_524, "FOO bar", { normalized: true, rstrip: true }),
      token(30_525, "éTÉ", { normalized: true, lstrip: true }),
      token(30_526, "中", { normalized: true }),
      token(30_527, "the", { normalized: false }),
      token(30_528, "##ization", { normalized: true }),
      token(30_529, " spaced ", { rstrip: true }),
      token(30_530, "foot", { normalized: true }),
    );
  },
  "one stable added token, cased": (json) => {
    Object.assign(json.normalizer as Json, { lowercase: false });
    (json.added_tokens as Json[]).push(token(30_522, "<m>", { rstrip: true }));
  },
};

const addedTexts: readonly string[] = [
  "  [MASK]  a [MASK]\u00a0 \n[MASK] b <m> c  <m>d",
  "Foo foo FOO bar foo bar  x seafood footing foo",
  "Foo",
  "FOO bar",
  " Foo ",
  "été ÉTÉ \u00e9t\u00e9 e\u0301te\u0301 x ete",
  "中 文中a中",
  "the then other the",
  "tokenization ##ization a##ization",
  "a spaced b  spaced   c spaced",
  "<\u200bm> [MASK\u200b] [SE\u00adP]",
  "<\u200bm>",
  "[SE\u00adP]",
  "\u200b[CLS]",
  "[MASK] Foo [MASK] foo  [SEP] <m> Foo",
];

describe("other settings", () => {
  for (const [name, change] of Object.entries(variants)) {
    test(name, { timeout: 120_000 }, async () => {
      const json = packagedJson();
      change(json);
      const pair = await Pair.of(json);
      const random = 6_000 * share;
      expect(pair.compare([...tortureTexts, ...addedTexts])).toBeGreaterThan(50);
      expect(pair.compare(randomTexts(random, 77))).toBe(random);
    });
  }
});
