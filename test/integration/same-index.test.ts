/*
 * Issue 11: on a busy machine large files lost their definitions without a word, for ever, because a parse was given
 * a second of wall time. The kind: what an index holds must not depend on what else the machine does.
 */
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { indexFolder } from "../../src/indexing/indexer.ts";
import type { ParseOutcome, SyntaxParser } from "../../src/ports/syntax.ts";
import { loadDriver } from "../../src/storage/sqlite/file/driver.ts";
import { openSqliteStore } from "../../src/storage/sqlite/store.ts";
import { grammarsFolder } from "../../src/syntax/grammars.ts";
import { TreeSitterParser } from "../../src/syntax/parser.ts";
import { cli } from "../helpers/cli.ts";
import { HashEmbedder } from "../helpers/hash-embedder.ts";
import { besideHogs } from "../helpers/hogs.ts";

let scratch: string;
let tree: string;

const big = (count: number): string =>
  Array.from(
    { length: count },
    (_, i) =>
      `/** Adds what number ${i} is about. */\nexport function take${i}(from: Source${i % 40}, most: number): Promise<string[]> {\n  if (most > ${i}) return waitFor${i % 50}(from, most);\n  return readAll(from.path, most * ${i});\n}\n`,
  ).join("\n");

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-same-"));
  tree = join(scratch, "tree");
  mkdirSync(join(tree, "src"), { recursive: true });
  // Seconds of work each: a second of wall time was not enough for one of them, hogs or none.
  writeFileSync(join(tree, "src", "big.ts"), big(4000));
  writeFileSync(
    join(tree, "src", "big.py"),
    Array.from(
      { length: 6000 },
      (_, i) => `def step_${i}(self, value=[1, {2: 3}]):\n    return self.next_${i % 9}(value)\n`,
    ).join("\n"),
  );
  for (let i = 0; i < 60; i += 1) {
    writeFileSync(
      join(tree, "src", `small${i}.ts`),
      `import { take${i} } from "./big.ts";\nexport class Small${i} {\n  run() {\n    return take${i}(this.source, ${i});\n  }\n}\n`,
    );
  }
  writeFileSync(join(tree, "README.md"), "# Same\n\n## Running\n\nRun it twice and compare.\n");
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** All that an index holds, without the times it was made at. */
function contentOf(database: string): Record<string, unknown[]> {
  const driver = loadDriver();
  const db = new driver(database, { readonly: true });
  const all = (sql: string): unknown[] => db.prepare(sql).all();
  try {
    db.exec("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, chunk_words, col)");
    db.exec("CREATE VIRTUAL TABLE temp.names_seen USING fts5vocab(main, name_words, row)");
    return {
      files: all("SELECT id, path, content_hash, language FROM files ORDER BY id"),
      chunks: all("SELECT id, text, context, tokens FROM chunks ORDER BY id"),
      places: all("SELECT * FROM file_chunks ORDER BY file_id, ordinal"),
      symbols: all("SELECT * FROM symbols ORDER BY id"),
      names: all("SELECT * FROM names ORDER BY id"),
      references: all("SELECT file_id, hex(data) FROM ref_lists ORDER BY file_id"),
      imports: all("SELECT * FROM imports ORDER BY file_id, ordinal"),
      words: all("SELECT * FROM temp.terms ORDER BY term, col"),
      wordsOfNames: all("SELECT * FROM temp.names_seen ORDER BY term"),
      vectors: all("SELECT chunk_id, scale, hex(data) FROM vectors ORDER BY chunk_id"),
      unparsed: all("SELECT * FROM unparsed"),
    };
  } finally {
    db.close();
  }
}

async function indexInto(name: string, flags: string[]): Promise<Record<string, unknown[]>> {
  const database = join(scratch, `${name}.db`);
  const args = ["index", tree, "--db", database, "--model", "static", "--json", ...flags];
  const run = await cli(args, { data: join(scratch, name), limitMs: 300_000 });
  expect(run.code, run.stderr).toBe(0);
  const { syntax } = JSON.parse(run.stdout);
  expect(syntax).toMatchObject({ failed: {}, missing: { count: 0 } });
  return contentOf(database);
}

describe("an index", () => {
  it("is the same to the byte, whatever the machine does and however many workers there are", async () => {
    const quiet = await indexInto("quiet", []);
    expect(quiet.symbols?.length).toBeGreaterThan(10_000);
    expect(quiet.vectors?.length).toBe(quiet.chunks?.length);
    const busy = await besideHogs(4, () => indexInto("busy", []));
    const alone = await indexInto("alone", ["--workers", "1"]);
    for (const part of Object.keys(quiet)) {
      expect(busy[part], part).toEqual(quiet[part]);
      expect(alone[part], part).toEqual(quiet[part]);
    }
  }, 900_000);
});

describe("a file whose definitions are missing", () => {
  const file = "src/broken.ts";
  const text = "export function marmot() {\n  return 1;\n}\n";

  function setUp(name: string) {
    const own = join(scratch, name);
    mkdirSync(join(own, "src"), { recursive: true });
    writeFileSync(join(own, file), text);
    writeFileSync(join(own, "src", "whole.ts"), "export function badger() {}\n");
    const store = openSqliteStore({ path: join(scratch, `${name}.db`) });
    const real = new TreeSitterParser({ grammars: grammarsFolder() });
    let failing: ParseOutcome | undefined = { failed: "no-memory" };
    const parsed: string[] = [];
    const parser: SyntaxParser = {
      knows: (language) => real.knows(language),
      parse: async (one) => {
        parsed.push(one.path);
        return one.path === file && failing !== undefined ? failing : await real.parse(one);
      },
      rest: () => real.rest(),
      close: () => real.close(),
    };
    const index = () =>
      indexFolder({ root: own, store, parser, embedder: new HashEmbedder(), options: {} });
    return {
      own,
      store,
      parsed,
      index,
      fail: (outcome: ParseOutcome | undefined) => {
        failing = outcome;
      },
      names: () => (store.symbols.definitionsIn(file) ?? []).map(({ name }) => name),
      close: async () => {
        await parser.close();
        store.close();
      },
    };
  }

  it("is remembered, named, and gets them at the next run that can", async () => {
    const test = setUp("again");
    try {
      const first = await test.index();
      const missing = [{ path: file, why: "no-memory", tries: 1 }];
      expect(first.syntax.missing).toEqual({ count: 1, examples: missing });
      expect(test.store.files.unparsed()).toEqual(missing);
      expect(test.names()).toEqual([]);
      // Its text is found all the same, and stays while the next try fails too.
      expect(test.store.texts.search("marmot", 5)).toHaveLength(1);
      const second = await test.index();
      expect(second.files).toMatchObject({ new: 0, changed: 0, seen: 2 });
      expect(test.store.files.unparsed()).toEqual([{ ...missing[0], tries: 2 }]);
      test.fail(undefined);
      test.parsed.length = 0;
      const third = await test.index();
      expect(test.parsed).toEqual([file]);
      expect(third.files).toMatchObject({ new: 0, changed: 0, seen: 2 });
      expect(third.syntax.missing).toEqual({ count: 0, examples: [] });
      expect(test.names()).toEqual(["marmot"]);
      expect(test.store.texts.search("marmot", 5)).toHaveLength(1);
      test.parsed.length = 0;
      await test.index();
      expect(test.parsed).toEqual([]);
    } finally {
      await test.close();
    }
  });

  it("is tried three times, and anew when it changes", async () => {
    const test = setUp("thrice");
    try {
      for (let run = 0; run < 5; run += 1) await test.index();
      expect(test.parsed.filter((path) => path === file)).toHaveLength(3);
      expect((await test.index()).syntax.missing.count).toBe(1);
      writeFileSync(join(test.own, file), `${text}export const more = 1;\n`);
      test.fail(undefined);
      await test.index();
      expect(test.names()).toEqual(["marmot", "more"]);
      expect(test.store.files.unparsed()).toEqual([]);
    } finally {
      await test.close();
    }
  });

  it("is forgotten with the file", async () => {
    const test = setUp("gone");
    try {
      await test.index();
      expect(test.store.files.unparsed()).toHaveLength(1);
      rmSync(join(test.own, file));
      await test.index();
      expect(test.store.files.unparsed()).toEqual([]);
    } finally {
      await test.close();
    }
  });

  it("is named by the command line", async () => {
    const own = join(scratch, "named");
    mkdirSync(own);
    writeFileSync(join(own, "whole.ts"), "export function badger() {}\n");
    writeFileSync(
      join(own, "long.ts"),
      `export const text = "${"long ".repeat(30)}";\n`.repeat(9000),
    );
    const options = { data: join(scratch, "named-data"), limitMs: 120_000 };
    const flags = ["--model", "static"];
    const args = ["index", own, "--max-file-size", "4MB", "--list-skipped", "--quiet", ...flags];
    const indexed = await cli(args, options);
    expect(indexed.code, indexed.stderr).toBe(0);
    expect(indexed.stdout).toMatch(/unparsed\s+1 file \(1 too-large\)/);
    expect(indexed.stdout).toMatch(/definitions missing, it has more characters.*: long\.ts/);
    const symbol = await cli(["symbol", "badger", "--path", own], options);
    expect(symbol.stderr).toMatch(/definitions of 1 file are missing: long\.ts/);
    const outline = await cli(["outline", "long.ts", "--path", own], options);
    expect(outline.stdout).toMatch(/no definitions: it has more characters/);
    const status = await cli(["status", "--path", own], options);
    expect(status.stderr).toMatch(/definitions of 1 file are missing/);
    truncateSync(join(own, "long.ts"), 2000);
    expect((await cli(["index", own, "--quiet", ...flags], options)).stdout).not.toMatch(
      /unparsed/,
    );
  });
});
