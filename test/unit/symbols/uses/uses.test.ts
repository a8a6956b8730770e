/* Small programs, each with a definition and where it is used. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { languageOf } from "../../../../src/indexing/read/language.ts";
import { openSqliteStore, type SqliteStore } from "../../../../src/storage/sqlite/store.ts";
import { findSymbol } from "../../../../src/symbols/find-symbol.ts";
import { callersOf, implementationsOf, referencesOf } from "../../../../src/symbols/references.ts";
import { grammarsFolder } from "../../../../src/syntax/grammars.ts";
import { TreeSitterParser } from "../../../../src/syntax/parser.ts";
import { compiled } from "./compiled.ts";
import type { Program } from "./programs.ts";
import { pythons } from "./pythons.ts";
import { scripts } from "./scripts.ts";

const questions = {
  references: referencesOf,
  callers: callersOf,
  implementations: implementationsOf,
} as const;

let parser: TreeSitterParser;

beforeAll(() => {
  parser = new TreeSitterParser({ grammars: grammarsFolder() });
});
afterAll(async () => {
  await parser.close();
});

async function put(store: SqliteStore, path: string, text: string): Promise<void> {
  const language = languageOf(path);
  const outcome = await parser.parse({ path, language, text });
  if (!("parsed" in outcome)) throw new Error(outcome.failed);
  const stamp = { sizeBytes: text.length, mtimeMs: 1, readMs: 5000 };
  store.files.put([
    { path, stamp, contentHash: text, language, chunks: [], syntax: outcome.parsed },
  ]);
}

async function found(program: Program): Promise<Map<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), "haypile-uses-"));
  const store = openSqliteStore({ path: join(folder, "index.db") });
  try {
    for (const [path, text] of Object.entries(program.files)) await put(store, path, text);
    const options = program.path === undefined ? {} : { path: program.path };
    const [symbol] = findSymbol(store.symbols, program.target, options);
    if (symbol?.match !== "exact") throw new Error(`no ${program.target}`);
    const uses = questions[program.ask](store.symbols, symbol);
    return new Map(uses.map((use) => [`${use.path}:${use.line}`, use.confidence]));
  } finally {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The line that has a text. */
function lineOf(program: Program, place: string): string {
  const [, path = "", part = ""] = /^([^:]+): (.*)$/s.exec(place) ?? [];
  const lines = (program.files[path] ?? "").split("\n");
  const at = lines.findIndex((line) => line.includes(part));
  if (at < 0) throw new Error(`no line of ${path} has "${part}"`);
  return `${path}:${at + 1}`;
}

describe.each([
  ["scripts", scripts],
  ["Python and Ruby", pythons],
  ["compiled languages", compiled],
] as const)("uses in %s", (_, programs) => {
  it.each(programs.map((program) => [program.of, program] as const))("%s", async (_of, program) => {
    const uses = await found(program);
    const wanted = program.used.map(([place, sure]) => {
      const line = lineOf(program, place);
      return [place, sure === undefined ? uses.has(line) : uses.get(line)] as const;
    });
    expect(wanted).toEqual(program.used.map(([place, sure]) => [place, sure ?? true]));
    const wrong = (program.not ?? []).filter((place) => uses.has(lineOf(program, place)));
    expect(wrong).toEqual([]);
  });
});
