/*
 * Whatever text comes (from a query, a cloned project, a memory), reading it takes time in proportion to its length:
 * one line of spaces, or a thousand headings, must not freeze the process that serves everybody.
 */
import { describe, expect, it } from "vitest";
import { pathTraits } from "../../src/base/paths/path-traits.ts";
import { lexemes, trimmedLines } from "../../src/engine/caches/normal-form.ts";
import { findBoundaries } from "../../src/indexing/cut/boundaries.ts";
import { chunkLines, chunkOptionsFor } from "../../src/indexing/cut/chunk.ts";
import { beginsDefinition } from "../../src/indexing/cut/definitions.ts";
import { splitLongLine } from "../../src/indexing/cut/split-line.ts";
import { judgeGenerated } from "../../src/indexing/read/generated.ts";
import { plainText, shownCode } from "../../src/mcp/answer/visible-text.ts";
import { normalForm } from "../../src/memories/text/same-text.ts";
import { splitText } from "../../src/memories/text/split.ts";
import type { SymbolTable } from "../../src/ports/symbols.ts";
import { parseFilters } from "../../src/search/question/filter.ts";
import { formOf } from "../../src/search/question/query.ts";
import { signatureOf } from "../../src/search/question/similar-query.ts";
import { findWords } from "../../src/search/question/words.ts";
import { splitWords } from "../../src/storage/sqlite/words/words.ts";
import { findSymbol } from "../../src/symbols/find-symbol.ts";
import { textOfComment } from "../../src/syntax/comments.ts";
import { markdownSections } from "../../src/syntax/lines/markdown.ts";
import { sqlDefinitions } from "../../src/syntax/lines/sql.ts";
import { growth, mostGrowth } from "../helpers/growth.ts";

const noSymbols = {
  findNames: () => [],
  namesWritten: () => [],
  eachDefinitionOf: () => undefined,
} as unknown as SymbolTable;

function chunk(text: string, language: string): void {
  const lines = text.split("\n");
  const tokens = Uint32Array.from(lines, (line) => Math.ceil(line.length / 3));
  chunkLines(lines, tokens, { ...chunkOptionsFor(256), language });
}

const readers: Record<string, (text: string) => unknown> = {
  "a line that is too long": (text) => splitLongLine(text, Math.ceil(text.length / 3), 100),
  "chunks of code": (text) => chunk(text, "typescript"),
  "chunks of prose": (text) => chunk(text, "markdown"),
  "boundaries of python": (text) => findBoundaries(text.split("\n"), "python"),
  "boundaries of latex": (text) => findBoundaries(text.split("\n"), "latex"),
  "beginnings of definitions": (text) => text.split("\n").map(beginsDefinition),
  "marks of generators": (text) => judgeGenerated(text.split("\n"), "typescript"),
  "sections of markdown": markdownSections,
  "definitions of SQL": sqlDefinitions,
  comments: (text) => textOfComment(text.split("\n")),
  "the form of a text": lexemes,
  "lines without ends": trimmedLines,
  "filters of a query": (text) => parseFilters(`x ${text}`),
  "the form of a query": formOf,
  "words of a query": findWords,
  "what a query asks": signatureOf,
  "words of a text": splitWords,
  "the name of a symbol": (text) => findSymbol(noSymbols, `a${text.replaceAll(/\s/g, "(")}`),
  "what may be shown": plainText,
  "code that is shown": shownCode,
  "what a memory says": normalForm,
  "parts of a memory": splitText,
  "a path": pathTraits,
};

const units = [
  " ",
  "\t",
  "\r",
  "\n",
  " \n",
  "a ",
  "a\n",
  "(",
  "()",
  ") ",
  "{ ",
  "{a,",
  '"',
  '"""',
  "/",
  "//",
  "/* ",
  "*/",
  "<!--",
  "<c ",
  "--\n",
  "#",
  "# a\n",
  "## a # \n",
  "===\n",
  "a\n===\n",
  "```\n",
  "- ",
  "a.",
  "a-",
  "a_",
  "aB",
  "\\",
  "\u001b[",
  "\u001b]",
  "é",
  "汉",
  "😀",
  "@a(",
  "@a\n",
  "create table ",
  "const a = (",
  "export ",
  "class A ",
  "lang:a ",
  '\\"',
  "'",
  "`a",
  "path:*a ",
  "-test ",
  "test/",
];
const around = [
  ["", ""],
  ["a", "a"],
  ["# a", "a"],
  ["// ", "a"],
];

/** Characters; what is read in no time at this size may still grow, and is left alone. */
const size = 32_000;
const noTimeMs = 60;

function isSlow(run: () => void): boolean {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 > noTimeMs;
}

function quietly(read: (text: string) => unknown, text: string): void {
  try {
    read(text);
  } catch {
    // Refused is read, too.
  }
}

describe("reading takes time in proportion to the text", () => {
  it.each(Object.entries(readers))("%s", { timeout: 240_000 }, (_, read) => {
    for (const unit of units) {
      for (const [before, after] of around) {
        const make = (chars: number) => {
          const text = `${before}${unit.repeat(Math.ceil(chars / unit.length))}${after}`;
          return () => quietly(read, text);
        };
        make(size / 16)();
        if (!isSlow(make(size))) continue;
        expect(growth(make, size), JSON.stringify([before, unit, after])).toBeLessThan(mostGrowth);
      }
    }
  });

  it("tells one pass from every part against every other", () => {
    const pass = (text: string): number => text.split("a").length;
    const all = (text: string): number => {
      let count = 0;
      for (const one of text) for (const two of text) if (one === two) count += 1;
      return count;
    };
    const of = (read: (text: string) => unknown) => (chars: number) => {
      const text = "ab".repeat(chars / 2);
      return () => void read(text);
    };
    expect(growth(of(pass), 40_000)).toBeLessThan(mostGrowth);
    expect(growth(of(all), 4_000)).toBeGreaterThan(mostGrowth);
  });
});
