/*
 * Makes the legacy files of test/fixtures/schemas/: a database of each version of an index and of memories, gzipped.
 *   node scripts/make-schema-fixtures.ts [--all]
 * This Haypile indexes the project there and keeps some memories; for each version the steps up to it are run in a new file,
 * and the rows are written into the tables as they were then. Those that are there stay as they are: a released step is
 * never edited, and neither is its file. --all makes them anew.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Database } from "better-sqlite3";
import { open } from "../src/engine/open.ts";
import { type DatabaseSchema, indexSchema, migrate } from "../src/storage/sqlite/file/schema.ts";
import { memoriesSchema } from "../src/storage/sqlite/memories/file/schema.ts";
import { indexedWords } from "../src/storage/sqlite/words/words.ts";
import { memoryBench } from "../test/helpers/open-memories.ts";

const Driver = createRequire(import.meta.url)("better-sqlite3") as new (path: string) => Database;

const folder = join(import.meta.dirname, "..", "test", "fixtures", "schemas");
const scratch = mkdtempSync(join(tmpdir(), "haypile-fixtures-"));
const makesAll = process.argv.includes("--all");
/** Of rows whose time is not said otherwise. */
const then = 1_760_000_000_000;

/** The first version whose programs noted by which rules its words were made. */
const wordRulesFrom = { index: 8, memories: 2 } as const;

async function main(): Promise<void> {
  try {
    const index = await makeIndex();
    makeEach("index", indexSchema, index, fillIndex);
    const memories = await makeMemories();
    makeEach("memories", memoriesSchema, memories, fillMemories);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function makeIndex(): Promise<string> {
  const project = join(scratch, "project");
  cpSync(join(folder, "project"), project, { recursive: true });
  const database = join(scratch, "index.db");
  const engine = await open({ folder: project, database, model: "static" });
  await engine.index();
  await engine.settled();
  await engine.close();
  const db = new Driver(database);
  db.exec(`UPDATE files SET mtime_ms = ${then}, read_ms = ${then + 9_000};
    UPDATE meta SET value = '/home/anna/harbour' WHERE key = 'root';`);
  db.close();
  return database;
}

async function makeMemories(): Promise<string> {
  const bench = memoryBench();
  const memories = await bench.open();
  const port = await memories.remember("The staging server listens on port 4041", {
    tags: ["Server", "staging"],
    kind: "fact",
  });
  await memories.update(port.id, { text: "The staging server listens on port 4242" });
  const style = await memories.remember("Anna prefers tabs over spaces in Makefiles", {
    tags: ["caf\u00e9"],
    kind: "preference",
    importance: 0.9,
  });
  await memories.link(style.id, port.id, "mentions");
  const gone = await memories.remember("The old printer is in the cellar");
  await memories.forget(gone.id);
  await memories.remember("Deploy on Thursdays, never before a holiday", { namespace: "harbour" });
  await memories.settled();
  const database = join(scratch, "memories.db");
  const db = new Driver(bench.path);
  db.prepare("VACUUM INTO ?").run(database);
  db.close();
  await bench.end();
  return database;
}

type Fill = (db: Database, version: number) => void;

function makeEach(
  name: keyof typeof wordRulesFrom,
  schema: DatabaseSchema,
  source: string,
  fill: Fill,
): void {
  mkdirSync(folder, { recursive: true });
  for (const { version } of schema.steps) {
    const target = join(folder, `${name}-${version}.db.gz`);
    if (existsSync(target) && !makesAll) continue;
    const path = join(scratch, `${name}-${version}.db`);
    const db = new Driver(path);
    db.pragma("auto_vacuum = INCREMENTAL");
    migrate(db, schema.steps.slice(0, version), schema.applicationId);
    db.pragma("foreign_keys = OFF");
    db.prepare("ATTACH ? AS source").run(source);
    db.transaction(() => {
      copyRows(db);
      db.exec(`DELETE FROM meta WHERE ${schema.factNames} = 'schema.program'`);
      if (version < wordRulesFrom[name])
        db.exec(`DELETE FROM meta WHERE ${schema.factNames} = 'words'`);
      fill(db, version);
    })();
    db.exec("DETACH source; VACUUM");
    db.close();
    writeFileSync(target, gzipSync(readFileSync(path), { level: 9 }));
    process.stdout.write(`${target}\n`);
  }
}

/** What both have, column by column; what triggers made of it is replaced by what the source says. */
function copyRows(db: Database): void {
  const tables = (schema: string): string[] =>
    db
      .prepare(
        `SELECT name FROM ${schema}.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
         AND name NOT GLOB '*_words*' AND name NOT GLOB 'ref_names*' AND name <> 'segments' AND name <> 'segment_state'`,
      )
      .pluck()
      .all() as string[];
  const columns = (schema: string, table: string): string[] =>
    (db.pragma(`${schema}.table_info(${table})`) as { name: string }[]).map(
      ({ name }) => `"${name}"`,
    );
  const there = new Set(tables("source"));
  // Rows of these fire triggers that fill others.
  const first = ["chunks", "vectors", "memories"];
  const ordered = tables("main").sort(
    (a, b) => Number(first.includes(b)) - Number(first.includes(a)),
  );
  for (const table of ordered.filter((name) => there.has(name) && !isOtherwise(db, name))) {
    const known = new Set(columns("source", table));
    const both = columns("main", table)
      .filter((column) => known.has(column))
      .join(", ");
    db.exec(
      `DELETE FROM main.${table}; INSERT INTO main.${table}(${both}) SELECT ${both} FROM source.${table}`,
    );
  }
}

/** Tables that had another form then. */
function isOtherwise(db: Database, table: string): boolean {
  return table === "symbols" && columnsOf(db, "symbols").includes("file_id");
}

function columnsOf(db: Database, table: string): string[] {
  return (db.pragma(`main.table_info(${table})`) as { name: string }[]).map(({ name }) => name);
}

function fillIndex(db: Database, version: number): void {
  const chunks = db.prepare("SELECT id, text FROM main.chunks").all() as {
    id: number;
    text: string;
  }[];
  const words =
    version === 1
      ? "INSERT INTO chunk_words(rowid, body) VALUES (?, ?)"
      : "INSERT INTO chunk_words(rowid, name, signature, doc, body) VALUES (?, '', '', '', ?)";
  for (const { id, text } of chunks) db.prepare(words).run(id, indexedWords(text));
  const files = db.prepare("SELECT id, path FROM main.files").all() as {
    id: number;
    path: string;
  }[];
  for (const { id, path } of files) {
    db.prepare("INSERT INTO path_words(rowid, path) VALUES (?, ?)").run(id, indexedWords(path));
  }
  if (version >= 3)
    db.exec(
      "DELETE FROM unsegmented; INSERT INTO unsegmented SELECT chunk_id FROM main.vectors; DELETE FROM dead",
    );
  if (version >= 4)
    db.exec(
      "DELETE FROM static_pending WHERE chunk_id IN (SELECT chunk_id FROM main.static_vectors)",
    );
  if (version >= 2) {
    const names = db.prepare("SELECT id, name FROM main.names WHERE is_defined").all() as {
      id: number;
      name: string;
    }[];
    for (const { id, name } of names) {
      db.prepare("INSERT INTO name_words(rowid, words) VALUES (?, ?)").run(id, indexedWords(name));
    }
  }
  if (version >= 2 && version <= 4) {
    db.exec(`
      INSERT INTO symbols(id, file_id, name_id, kind, container, signature, doc, start_line, head_line, end_line, is_public, body_hash)
        SELECT id, id >> 20, name_id, kind, container, signature, doc, start_line, head_line, end_line, is_public, body_hash
        FROM source.symbols;
      INSERT INTO refs(name_id, file_id, line, kind, symbol_id)
        SELECT name_id, id >> 20, start_line, 0, id FROM source.symbols;
      INSERT OR IGNORE INTO name_deletes(hash, name_id) SELECT length(name), id FROM main.names WHERE is_defined;
    `);
  }
  if (version >= 5) {
    db.exec(`INSERT INTO ref_names(rowid, names)
      SELECT f.id, (SELECT group_concat(id, ' ') FROM main.names) FROM main.files f`);
  }
}

function fillMemories(db: Database): void {
  const parts = db
    .prepare(
      "SELECT p.id, substr(m.text, p.start + 1, p.end - p.start) AS text FROM main.parts p JOIN main.memories m ON m.id = p.row_id",
    )
    .all() as { id: number; text: string }[];
  for (const { id, text } of parts) {
    db.prepare("INSERT INTO memory_words(rowid, body) VALUES (?, ?)").run(id, indexedWords(text));
  }
}

await main();
