/**
 * Exact vector search in SQLite, four ways: a vec0 table that copies the vectors, sqlite-vec's
 * scalar functions over the one table, the same with a rescore by the unrounded query, and a plain
 * loop in JavaScript over the rows. Each cell runs in a process of its own and prints one row:
 * rows per second written, file size, query time, recall of the true ten, peak RSS.
 * The vectors are synthetic (clustered, unit length), so recall is a comparison, not a promise.
 *
 * node bench/storage-vectors.ts [--rows 10000,100000] [--queries 50]
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import Database from "better-sqlite3";
import { quantize } from "../src/storage/sqlite/vectors/quantize.ts";

const dimensions = 384;
const limit = 10;
const cacheKilobytes = 8_192;

const ways = ["vec0", "scalar", "scalar-rescored", "javascript"] as const;
type Way = (typeof ways)[number];

interface Cell {
  way: Way;
  rows: number;
  queries: number;
  pageSize: number;
}

/** Repeatable numbers in [0, 1). */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Unit vectors around 400 centres whose spectrum decays. */
function vectorSource(seed: number): (row: number) => Float32Array {
  const random = randomNumbers(7);
  const spread = Array.from({ length: dimensions }, (_, i) => 1 / Math.sqrt(1 + i / 24));
  const centres = Array.from({ length: 400 }, () =>
    Float32Array.from(spread, (s) => s * gaussian(random)),
  );
  return (row) => {
    const noise = randomNumbers(seed + row * 2_654_435_761);
    const centre = centres[Math.floor(noise() * centres.length)] as Float32Array;
    const vector = Float32Array.from(
      centre,
      (c, i) => c + 0.7 * (spread[i] as number) * gaussian(noise),
    );
    const length = Math.hypot(...vector);
    return vector.map((x) => x / length);
  };
}

function dot(left: ArrayLike<number>, right: ArrayLike<number>, from = 0): number {
  let sum = 0;
  for (let i = 0; i < left.length; i++) sum += (left[i] as number) * (right[from + i] as number);
  return sum;
}

function openDatabase(file: string, pageSize: number): Database.Database {
  const db = new Database(file);
  createRequire(import.meta.url)("sqlite-vec").load(db);
  db.pragma(`page_size = ${pageSize}`);
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = NORMAL");
  db.pragma(`cache_size = -${cacheKilobytes}`);
  db.exec("CREATE TABLE vectors(chunk_id INTEGER PRIMARY KEY, scale REAL, data BLOB) STRICT");
  return db;
}

type Search = (query: Float32Array) => number[];

function searchVec0(db: Database.Database): Search {
  const search = db.prepare(
    "SELECT rowid AS id FROM copy WHERE data MATCH vec_int8(?) AND k = ? ORDER BY distance",
  );
  return (query) =>
    (search.all(quantize(query).data, limit) as { id: number }[]).map((row) => row.id);
}

const nearest =
  "SELECT chunk_id AS id, vec_distance_cosine(vec_int8(data), vec_int8(?)) AS distance FROM vectors ORDER BY distance LIMIT ?";

function searchScalar(db: Database.Database): Search {
  const search = db.prepare(nearest);
  return (query) =>
    (search.all(quantize(query).data, limit) as { id: number }[]).map((row) => row.id);
}

function searchRescored(db: Database.Database): Search {
  const search = db.prepare(nearest);
  const read = db.prepare("SELECT data FROM vectors WHERE chunk_id = ?").pluck();
  return (query) => {
    const rows = search.all(quantize(query).data, 2 * limit + 20) as { id: number }[];
    const scored = rows.map(({ id }) => {
      const bytes = read.get(id) as Buffer;
      const data = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
      return { id, score: dot(query, data) / Math.sqrt(dot(data, data)) };
    });
    return scored
      .sort((a, b) => b.score - a.score)
      .slice(0, limit)
      .map((row) => row.id);
  };
}

function searchJavaScript(db: Database.Database): Search {
  const read = db.prepare("SELECT chunk_id, scale, data FROM vectors").raw();
  return (query) => {
    const best: { id: number; score: number }[] = [];
    for (const row of read.iterate()) {
      const [id, scale, bytes] = row as [number, number, Buffer];
      const data = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
      const score = dot(query, data) * scale;
      if (best.length === limit && score <= (best[limit - 1] as { score: number }).score) continue;
      best.push({ id, score });
      best.sort((a, b) => b.score - a.score);
      if (best.length > limit) best.pop();
    }
    return best.map((row) => row.id);
  };
}

const searches: Record<Way, (db: Database.Database) => Search> = {
  vec0: searchVec0,
  scalar: searchScalar,
  "scalar-rescored": searchRescored,
  javascript: searchJavaScript,
};

function fill(db: Database.Database, cell: Cell): number {
  const make = vectorSource(1);
  const insert = db.prepare("INSERT INTO vectors VALUES (?, ?, ?)");
  if (cell.way === "vec0") {
    db.exec(
      `CREATE VIRTUAL TABLE copy USING vec0(data int8[${dimensions}] distance_metric=cosine)`,
    );
  }
  const copy =
    cell.way === "vec0"
      ? db.prepare("INSERT INTO copy(rowid, data) VALUES (?, vec_int8(?))")
      : undefined;
  const batch = db.transaction((rows: { id: number; scale: number; data: Int8Array }[]) => {
    for (const { id, scale, data } of rows) {
      insert.run(id, scale, data);
      copy?.run(BigInt(id), data);
    }
  });
  let spent = 0;
  for (let first = 0; first < cell.rows; first += 1_000) {
    const rows = Array.from({ length: Math.min(1_000, cell.rows - first) }, (_, i) => ({
      id: first + i + 1,
      ...quantize(make(first + i)),
    }));
    const begin = performance.now();
    batch(rows);
    spent += performance.now() - begin;
  }
  return spent;
}

/** The true ten by unrounded cosine, vectors made anew so that nothing big stays in memory. */
function trueNeighbours(cell: Cell, queries: Float32Array[]): Set<number>[] {
  const make = vectorSource(1);
  const best = queries.map(() => [] as { id: number; score: number }[]);
  for (let row = 0; row < cell.rows; row++) {
    const vector = make(row);
    queries.forEach((query, q) => {
      const list = best[q] as { id: number; score: number }[];
      const score = dot(query, vector);
      if (list.length === limit && score <= (list[limit - 1] as { score: number }).score) return;
      list.push({ id: row + 1, score });
      list.sort((a, b) => b.score - a.score);
      if (list.length > limit) list.pop();
    });
  }
  return best.map((list) => new Set(list.map((entry) => entry.id)));
}

function measure(cell: Cell): Record<string, unknown> {
  const folder = mkdtempSync(join(tmpdir(), "haypile-bench-"));
  try {
    const file = join(folder, "vectors.db");
    const db = openDatabase(file, cell.pageSize);
    const writeMs = fill(db, cell);
    db.pragma("wal_checkpoint(TRUNCATE)");
    const search = searches[cell.way](db);
    const makeQuery = vectorSource(99_991);
    const queries = Array.from({ length: cell.queries }, (_, i) => makeQuery(i));
    for (const query of queries.slice(0, 3)) search(query);
    const times: number[] = [];
    const found = queries.map((query) => {
      const begin = performance.now();
      const ids = search(query);
      times.push(performance.now() - begin);
      return ids;
    });
    const peakRss = process.resourceUsage().maxRSS / 1_024;
    const truth = trueNeighbours(cell, queries.slice(0, 20));
    const hits = truth.map((ids, q) => (found[q] ?? []).filter((id) => ids.has(id)).length);
    times.sort((a, b) => a - b);
    db.close();
    return {
      way: cell.way,
      rows: cell.rows,
      page: cell.pageSize,
      "rows/s": Math.round(cell.rows / (writeMs / 1_000)),
      "file MB": round(statSync(file).size / 1e6),
      "p50 ms": round(times[Math.floor(times.length / 2)] ?? 0),
      "p95 ms": round(times[Math.floor(times.length * 0.95)] ?? 0),
      "recall@10": round(hits.reduce((a, b) => a + b, 0) / (truth.length * limit), 3),
      "peak RSS MB": round(peakRss),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function round(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}

function cpuFeatures(): string {
  try {
    const flags = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1];
    const wanted = ["sse4_2", "avx2", "fma", "avx512f", "avx512_vnni", "asimd", "asimddp", "i8mm"];
    return wanted.filter((name) => flags?.split(" ").includes(name)).join(" ");
  } catch {
    return "unknown on this system";
  }
}

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "10000,100000" },
    queries: { type: "string", default: "50" },
    cell: { type: "string" },
  },
});

if (values.cell !== undefined) {
  process.stdout.write(JSON.stringify(measure(JSON.parse(values.cell) as Cell)));
} else {
  const results: unknown[] = [];
  for (const rows of values.rows.split(",").map(Number)) {
    for (const way of ways) {
      for (const pageSize of way === "scalar" ? [4_096, 8_192] : [4_096]) {
        const cell: Cell = { way, rows, queries: Number(values.queries), pageSize };
        const file = import.meta.filename;
        const output = execFileSync(process.execPath, [file, "--cell", JSON.stringify(cell)]);
        results.push(JSON.parse(output.toString()));
      }
    }
  }
  const version = new Database(":memory:").prepare("SELECT sqlite_version()").pluck().get();
  process.stdout.write(
    `${cpus()[0]?.model}, ${cpus().length} CPUs, ${cpuFeatures()}; Node ${process.version}, SQLite ${version}, ${dimensions} dimensions, ${limit} nearest, cache ${cacheKilobytes} KB\n`,
  );
  for (const row of results) process.stdout.write(`${JSON.stringify(row)}\n`);
}
