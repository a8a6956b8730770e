/*
 * Recall over PostgreSQL beside SQLite, in one run, on the same memories:
 *   node bench/team/recall.ts [--count 100000] [--rounds 200] [--turns 3] [--clients 1,4,16] [--seconds 10] [--keep]
 *   node bench/team/recall.ts --url postgres://… --file memories.db --queries queries.json: both are filled already, with these counts
 * `p50`: of questions whose words are mostly asked for the first time; `againP50`: of the same ones, once more. Times are above
 * the embedding: the vectors of the queries are made before, by the real model, whose time is told beside. Those of the memories
 * are made up around a thousand real ones (embedding 100,000 takes hours). Each store is asked by a process of its own, in
 * turns, set as our own processes are; `rssMBAsLibrary` is of one that is not. The server is a real one that waits for its disk; its time is the time that its clients see.
 * Also: what of the nearest ten vectors, compared one by one, the search finds, by filter; questions a second of many clients; bytes.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { nameOfEmbedder } from "../../src/base/model-name.ts";
import { MemoryService } from "../../src/memories/service.ts";
import { scanKernels } from "../../src/native/vector-scan.ts";
import { wordSplitter } from "../../src/native/words.ts";
import { openLink } from "../../src/storage/postgres/link/open.ts";
import { openPgMemoryStore } from "../../src/storage/postgres/memories/store.ts";
import { comparedUpTo } from "../../src/storage/postgres/vectors/choice.ts";
import {
  type OpenedMemoryStore,
  openMemoryStore,
} from "../../src/storage/sqlite/memories/store.ts";
import type { PostgresServer } from "../../test/helpers/postgres.ts";
import { argument, keepRows, printMachine, runChild, say } from "../common.ts";
import { textMaker } from "../memories/texts.ts";
import { fill } from "./fill.ts";
import { nearestFound } from "./nearest.ts";
import { earnestServer, madeUpModel, percentile, realVectors } from "./parts.ts";

const here = printMachine();
const count = Number(argument("--count", "100000"));
const rounds = argument("--rounds", "200");
const turns = Number(argument("--turns", "3"));
const clients = argument("--clients", "1,4,16").split(",").map(Number);
const seconds = argument("--seconds", "10");

const scratch = mkdtempSync(join(tmpdir(), "haypile-team-"));
const filledAt = argument("--url");
const server = filledAt === undefined ? await earnestServer() : serverAt(filledAt);
const url = filledAt ?? server.url("memories");
const database = argument("--file", join(scratch, "memories.db"));
const queriesFile = argument("--queries", join(scratch, "queries.json"));
const script = join(import.meta.dirname, "ask.ts");
const rows: object[] = [];
try {
  const filled = filledAt === undefined ? await fillBoth() : undefined;
  const known = JSON.parse(readFileSync(queriesFile, "utf8")) as [string, number[]][];
  const vectors = known.slice(0, 40).map(([, vector]) => Float32Array.from(vector));
  const foundByServer = await nearestOf(vectors, false);
  const found = await nearestOf(vectors, true);

  const asked: Record<"sqlite" | "postgres", Record<string, number>[]> = {
    sqlite: [],
    postgres: [],
  };
  for (let turn = 0; turn < turns; turn += 1) {
    asked.sqlite.push(runChild(script, [database, queriesFile, rounds]));
    asked.postgres.push(runChild(script, [url, queriesFile, rounds]));
  }
  const asLibrary = (at: string): number =>
    runChild<{ rssMB: number }>(script, [at, queriesFile, rounds, "0", "library"]).rssMB;
  const rssMBAsLibrary = { sqlite: asLibrary(database), postgres: asLibrary(url) };
  const perSecond: Record<string, object> = {};
  for (const many of clients) perSecond[String(many)] = await manyClients(url, many);
  const sqlite = middle(asked.sqlite);
  const postgres = middle(asked.postgres);
  const row = {
    bench: "team-recall",
    count,
    rounds: Number(rounds),
    turns,
    ...(filled && {
      embeddingP50: percentile(filled.times, 0.5),
      embeddingP95: percentile(filled.times, 0.95),
      graphMs: filled.graphMs,
      fill: { sqlite: filled.ofFile, postgres: filled.ofServer },
    }),
    sqlite: { ...sqlite, bytesEach: Math.round(statSync(database).size / count) },
    postgres: { ...postgres, ...(await bytesOf()) },
    turnsP50: {
      sqlite: asked.sqlite.map(({ p50 }) => p50),
      postgres: asked.postgres.map(({ p50 }) => p50),
    },
    turnsP95: {
      sqlite: asked.sqlite.map(({ p95 }) => p95),
      postgres: asked.postgres.map(({ p95 }) => p95),
    },
    rssAboveSqliteMB: Number(((postgres.rssMB ?? 0) - (sqlite.rssMB ?? 0)).toFixed(1)),
    peakRssAboveSqliteMB: Number(((postgres.peakRssMB ?? 0) - (sqlite.peakRssMB ?? 0)).toFixed(1)),
    ...{ rssMBAsLibrary, nearest: found, nearestByServer: foundByServer },
    clients: perSecond,
  };
  say(JSON.stringify(row, undefined, 1));
  rows.push(row);
} finally {
  await server.close();
  rmSync(scratch, { recursive: true, force: true });
}
if (process.argv.includes("--keep")) keepRows("team", here, rows);

/** The same texts, tags and vectors in a file and on the server, with its graphs. */
async function fillBoth() {
  await server.ask("CREATE DATABASE memories");
  await server.ask("CREATE EXTENSION vector", "memories");
  const next = textMaker(11);
  const queries = Array.from({ length: Number(rounds) + 20 }, () => next.query());
  const { real, known, times } = await realVectors(Array.from({ length: 1_000 }, next), queries);
  writeFileSync(queriesFile, JSON.stringify(known));
  const serviceOf = (store: OpenedMemoryStore): MemoryService =>
    new MemoryService({
      store,
      embedder: madeUpModel(new Map(), real),
      isScheduled: () => true,
    });
  const parts = { kernels: scanKernels(), wordSplitter: wordSplitter() };
  const file = serviceOf(openMemoryStore({ path: database, ...parts }));
  const ofFile = await fill(file, count, "SQLite");
  await file.collect();
  await file.close();
  const link = openLink({ url, limitMs: 60_000 });
  // Graphs are made when all is there, as after a move.
  const team = serviceOf(
    openPgMemoryStore(link, {
      ...parts,
      closed: () => link.close(),
      comparedUpTo: count,
    }),
  );
  const ofServer = await fill(team, count, "PostgreSQL");
  await team.collect();
  const began = performance.now();
  const makesGraph = "SELECT memory_vector_graph(id, $1) FROM namespaces ORDER BY id";
  link.lists(makesGraph, [comparedUpTo], { limitMs: 30 * 60_000 });
  const graphMs = Math.round(performance.now() - began);
  await server.ask("VACUUM ANALYZE", "memories");
  await team.close();
  return { times, ofFile, ofServer, graphMs };
}

/** As clients open it: by vectors that they hold, or by the graphs and by comparing. */
async function nearestOf(vectors: readonly Float32Array[], areHeld: boolean) {
  const link = openLink({ url, limitMs: 60_000 });
  const store = openPgMemoryStore(link, {
    kernels: areHeld ? scanKernels() : undefined,
    closed: () => link.close(),
  });
  store.vectors.claimModel(nameOfEmbedder(madeUpModel(new Map())));
  if (areHeld) await untilHeld(store, vectors);
  const found = await nearestFound({ url, store, vectors });
  store.close();
  return found;
}

/** Searches until the vectors are held by the client. */
async function untilHeld(
  store: OpenedMemoryStore,
  vectors: readonly Float32Array[],
): Promise<void> {
  await store.scope.prepare();
  const allowed = store.scope.allowed({ now: Date.now() });
  for (let still = 0, before = -1, round = 0; still < 4; round += 1) {
    const vector = vectors[round % vectors.length] as Float32Array;
    await store.vectors.search({ vector, limit: 10, allowed });
    await pause(250);
    still = store.residentBytes === before ? still + 1 : 0;
    before = store.residentBytes;
  }
}

function serverAt(at: string): Pick<PostgresServer, "ask" | "url" | "close"> {
  const asks = async <Row extends object>(text: string): Promise<Row[]> => {
    const client = new pg.Client({ connectionString: at });
    await client.connect();
    const { rows: answer } = await client.query<Row>(text);
    await client.end();
    return answer;
  };
  return { ask: asks, url: () => at, close: async () => undefined };
}

/** Of the turns, by each figure the one in the middle. */
function middle(all: readonly Record<string, number>[]): Record<string, number> {
  const names = Object.keys(all[0] ?? {});
  return Object.fromEntries(
    names.map((name) => {
      const sorted = all.map((one) => one[name] ?? 0).sort((a, b) => a - b);
      return [name, sorted[sorted.length >> 1] ?? 0];
    }),
  );
}

async function bytesOf(): Promise<object> {
  const found = await server.ask<{ name: string; bytes: string }>(
    `SELECT coalesce(p.relname, c.relname) AS name, sum(pg_table_size(c.oid) + pg_indexes_size(c.oid)) AS bytes
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'haypile'
     LEFT JOIN pg_inherits i ON i.inhrelid = c.oid LEFT JOIN pg_class p ON p.oid = i.inhparent
     WHERE c.relkind IN ('r', 'p') GROUP BY 1 ORDER BY 2 DESC`,
    "memories",
  );
  const graphs = await server.ask<{ bytes: string }>(
    `SELECT coalesce(sum(pg_relation_size(i.indexrelid)), 0) AS bytes FROM pg_index i
     JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam WHERE a.amname = 'hnsw'`,
    "memories",
  );
  const all = found.reduce((sum, { bytes }) => sum + Number(bytes), 0);
  return {
    bytesEach: Math.round(all / count),
    graphBytesEach: Math.round(Number(graphs[0]?.bytes) / count),
    bytesEachByTable: Object.fromEntries(
      found
        .map(({ name, bytes }) => [name, Math.round(Number(bytes) / count)] as const)
        .filter(([, bytes]) => bytes > 0),
    ),
  };
}

/** Each a process that asks one question after the other. */
async function manyClients(url: string, many: number): Promise<object> {
  const all = await Promise.all(
    Array.from({ length: many }, async () => {
      const child = spawn(
        process.execPath,
        ["--no-warnings", script, url, queriesFile, "0", seconds],
        { stdio: ["ignore", "pipe", "inherit"] },
      );
      let said = "";
      child.stdout.on("data", (data) => {
        said += data;
      });
      await new Promise((done) => child.once("close", done));
      return JSON.parse(said) as { asked: number; p50: number; p95: number };
    }),
  );
  const asked = all.reduce((sum, one) => sum + one.asked, 0);
  return {
    perSecond: Number((asked / Number(seconds)).toFixed(1)),
    p50: percentile(
      all.map(({ p50 }) => p50),
      0.5,
    ),
    p95: percentile(
      all.map(({ p95 }) => p95),
      0.5,
    ),
  };
}
