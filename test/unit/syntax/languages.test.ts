/*
 * Each language's query against a sample, with the packaged grammar. The expected outline stands
 * beside the sample; after a wanted change, write it anew with UPDATE_OUTLINES=1 and read the diff.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { languageOf } from "../../../src/indexing/read/language.ts";
import { grammarFile, grammarsFolder } from "../../../src/syntax/grammars.ts";
import { syntaxLanguages, syntaxOf } from "../../../src/syntax/languages/index.ts";
import type { SyntaxLanguage } from "../../../src/syntax/languages/language.ts";
import { TreeSitterParser } from "../../../src/syntax/parser.ts";
import { outlineText } from "../../helpers/outline-text.ts";

const folder = join(import.meta.dirname, "..", "..", "fixtures", "syntax");
const samples = readdirSync(folder).filter((name) => !name.endsWith(".outline"));
const parser = new TreeSitterParser({ grammars: grammarsFolder() });

afterAll(() => parser.close());

function syntaxFor(name: string): SyntaxLanguage | undefined {
  const text = readFileSync(join(folder, name), "utf8");
  return syntaxOf(languageOf(name, text), name, text);
}

describe("the languages", () => {
  it.each(samples)("%s", async (name) => {
    const text = readFileSync(join(folder, name), "utf8");
    const outcome = await parser.parse({ path: name, language: languageOf(name, text), text });
    if (!("parsed" in outcome)) throw new Error(`${name}: ${outcome.failed}`);
    const outline = outlineText(outcome.parsed);
    const expected = join(folder, `${name}.outline`);
    if (process.env.UPDATE_OUTLINES === "1") writeFileSync(expected, outline);
    expect(outline).toBe(readFileSync(expected, "utf8"));
    expect(outcome.parsed.hasErrors).toBe(false);
    const lines = text.split("\n").length;
    for (const one of outcome.parsed.definitions) {
      expect(one.startLine).toBeGreaterThan(0);
      expect(one.headLine).toBeGreaterThanOrEqual(one.startLine);
      expect(one.endLine).toBeGreaterThanOrEqual(one.headLine);
      expect(one.endLine).toBeLessThanOrEqual(lines);
    }
  });

  it("has a sample and a grammar for each", () => {
    const sampled = samples.map((name) => syntaxFor(name));
    const missing = syntaxLanguages.filter((language) => !sampled.includes(language));
    expect(missing.map(({ name }) => name)).toEqual([]);
    for (const { grammar } of syntaxLanguages) {
      expect(existsSync(grammarFile(grammarsFolder(), grammar)), grammar).toBe(true);
    }
  });

  it("takes a C header with C++ in it for C++", () => {
    expect(syntaxOf("c", "a.h", "namespace a {}\n")?.name).toBe("cpp");
    expect(syntaxOf("c", "a.h", "int a(void);\n")?.name).toBe("c");
    expect(syntaxOf("c", "a.c", "class A;\n")?.name).toBe("c");
  });
});
