/*
 * The normal form by signs and words against the one by the leaves of a syntax tree, over the samples of
 * all languages; and the real model's vectors of texts with the same form.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Language, type Node, Parser } from "web-tree-sitter";
import type { Embedder } from "../../../src/embedder.ts";
import { lexemes, trimmedLines } from "../../../src/engine/caches/normal-form.ts";
import { languageOf } from "../../../src/indexing/read/language.ts";
import { grammarsFolder, readGrammar } from "../../../src/syntax/grammars.ts";
import { syntaxOf } from "../../../src/syntax/languages/index.ts";
import { loadEmbedder } from "../../helpers/model.ts";

const folder = join(import.meta.dirname, "..", "..", "fixtures", "syntax");
const textOf = (name: string): string => readFileSync(join(folder, name), "utf8");
const samples = readdirSync(folder).filter(
  (name) =>
    !name.endsWith(".outline") &&
    syntaxOf(languageOf(name, textOf(name)), name, textOf(name)) !== undefined,
);
let embedder: Embedder;

beforeAll(async () => {
  await Parser.init();
  embedder = await loadEmbedder();
});

afterAll(() => embedder.close());

async function leavesOf(name: string, text: string): Promise<string[]> {
  const grammar = syntaxOf(languageOf(name, text), name, text)?.grammar;
  const parser = new Parser();
  parser.setLanguage(await Language.load(await readGrammar(grammarsFolder(), `${grammar}`)));
  const tree = parser.parse(text);
  if (tree === null) throw new Error(name);
  const leaves: string[] = [];
  // Text that no leaf covers (inside of strings in some grammars) is a leaf of its own.
  let end = 0;
  const add = (start: number, stop: number): void => {
    const leaf = text.slice(start, stop);
    // "4px" in CSS is two leaves that may not be laid out apart.
    const isOne = /^\w/.test(leaf) && /\w/.test(text[start - 1] ?? "") && leaves.length > 0;
    if (isOne) leaves.push(`${leaves.pop()}${leaf.trim()}`);
    else leaves.push(leaf.trim());
    end = Math.max(end, stop);
  };
  const visit = (node: Node): void => {
    if (node.childCount > 0) {
      for (const child of node.children) if (child !== null) visit(child);
      return;
    }
    if (node.startIndex > end) add(end, node.startIndex);
    add(node.startIndex, node.endIndex);
  };
  visit(tree.rootNode);
  add(end, text.length);
  tree.delete();
  parser.delete();
  return leaves.filter((leaf) => leaf !== "");
}

/** The same leaves laid out otherwise: one space between them, or a line each. */
const layouts = [" ", "\n", "\r\n\t"];

describe("lexemes", () => {
  it.each(samples)("are a tree's leaves: %s", async (name) => {
    const text = textOf(name);
    const leaves = await leavesOf(name, text);
    expect(leaves.length).toBeGreaterThan(5);
    const form = lexemes(text);
    for (const layout of layouts) expect(lexemes(leaves.join(layout))).toBe(form);
    // Each leaf counts, but for commas that end a list.
    for (const [at, leaf] of leaves.entries()) {
      const without = leaves.toSpliced(at, 1).join(" ");
      const isTrailing = leaf === "," && /^[)\]}]/.test(leaves[at + 1] ?? "");
      if (isTrailing) expect(lexemes(without)).toBe(form);
      else expect(lexemes(without), leaf).not.toBe(form);
    }
  });

  it.each([
    ["a space", "f( a )", "f(a)"],
    ["a line's end", "f(a,\n  b)", "f(a, b)"],
    ["line ends of Windows", "a\r\nb", "a\nb"],
    ["white space at an end", "a  \nb", "a\nb"],
    ["a comma that ends a list", "f(\n  a,\n  b,\n)", "f(a, b)"],
    ["another kind of space", "a\u00a0b\u2028c", "a b c"],
    ["indentation", "if a:\n    b", "if a:\n\tb"],
  ])("do without %s", (_, one, other) => {
    expect(lexemes(one)).toBe(lexemes(other));
  });

  it.each([
    ["a name", "get_user", "get_users"],
    ["case", "getUser", "getuser"],
    ["a space inside a name", "get user", "getuser"],
    ["a number", "x = 1", "x = 2"],
    ["a sign", "a + b", "a - b"],
    ["a comment", "a // one", "a // two"],
    ["quotes", "'a'", '"a"'],
    ["a semicolon", "a;", "a"],
    ["a comma inside a list", "[a, b]", "[a b]"],
    ["joined emoji", "\u{1F600}\u{1F600}", "\u{1F600} \u{1F600}"],
    ["what a tokeniser may drop", "a\u200bb", "ab"],
    ["an accent", "e\u0301", "e"],
  ])("keep %s", (_, one, other) => {
    expect(lexemes(one)).not.toBe(lexemes(other));
  });

  it("of one form have one vector, to the bit", async () => {
    const texts = [
      ...samples.filter((_, at) => at % 4 === 0).map(textOf),
      "a\u00a0b\u2028c \u{1F98A} d",
      "\u4f60\u597d, x_y(1.5e3)",
    ];
    const laidOut = texts.map((text) => text.replace(/ +/g, "\u00a0 ").replace(/\n/g, "\r\n\r\n"));
    const spread = texts.map((text) => lexemes(text).replaceAll("\n", "\t"));
    const vectors = await embedder.embed(texts);
    expect(await embedder.embed(laidOut)).toEqual(vectors);
    const withoutCommas = texts.map((text) => text.replace(/,(\s*[)\]}])/g, "$1"));
    expect(await embedder.embed(spread)).toEqual(await embedder.embed(withoutCommas));
  });
});

describe("trimmedLines", () => {
  it("leaves out line ends and what stands before them, nothing else", () => {
    expect(trimmedLines("a  \r\n  b\t\r\n\n")).toBe(trimmedLines("a\n  b"));
    expect(trimmedLines("a b")).not.toBe(trimmedLines("a  b"));
    expect(trimmedLines("  a")).not.toBe(trimmedLines("a"));
  });
});
