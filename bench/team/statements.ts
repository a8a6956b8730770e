/*
 * What the statements of a recall and of a write cost a server (docs/decisions/0233, 0235 and 0236):
 *   node bench/team/statements.ts [--count 20000] [--rounds 180] [--writes 50] [--anew] [--keep]
 *   node bench/team/statements.ts --url postgres://… [--rounds 180] [--keep]
 * Without --url it fills a server of its own, and asks different questions with words that lie in rows, in lists as far as
 * clients pack them, and all in lists, each by a new client; between these: what sealing a part costs. Then single writes,
 * forgetting for good, and erasing 1, 200 and 2,000 memories that lie far apart, in one transaction; with --anew also
 * what writing the tables anew takes after that, in which the graph of the vectors is made again (minutes). With --url it
 * only asks, of a server on this machine that bench/team/recall.ts would have filled; nothing there is changed. Of each
 * statement: how often in one call, the time that the client waited for it, and CPU time of the server's process
 * (noted-link.ts), which tells on a busy machine as well. `allServerCpuEach`: of all processes of the server. Needs `npm run build`.
 */
import { areSameVectors, nameOfEmbedder } from "../../src/base/model-name.ts";
import type { MemoryService as Memories } from "../../src/memories/service.ts";
import type { PgLink } from "../../src/storage/postgres/link/link.ts";
import { comparedUpTo } from "../../src/storage/postgres/vectors/choice.ts";
import type { OpenedMemoryStore } from "../../src/storage/sqlite/memories/store.ts";
import type { PostgresServer } from "../../test/helpers/postgres.ts";
import { argument, keepRows, printMachine, say } from "../common.ts";
import { textMaker } from "../memories/texts.ts";
import { built } from "./built.ts";
import { fill } from "./fill.ts";
import { Ledger, type Noted } from "./noted-link.ts";
import { earnestServer, madeUpModel, percentile, realVectors } from "./parts.ts";
import { cpuMsOf, serverCpuMs } from "./server-cpu.ts";

const { MemoryService } =
  await built<typeof import("../../src/memories/service.ts")>("memories/service.js");
const { wordSplitter } = await built<typeof import("../../src/native/words.ts")>("native/words.js");
const { openLink } = await built<typeof import("../../src/storage/postgres/link/open.ts")>(
  "storage/postgres/link/open.js",
);
const { openPgMemoryStore } = await built<
  typeof import("../../src/storage/postgres/memories/store.ts")
>("storage/postgres/memories/store.js");
const { sketchOf } = await built<typeof import("../../src/memories/text/same-text.ts")>(
  "memories/text/same-text.js",
);

const here = printMachine();
const count = Number(argument("--count", "20000"));
const rounds = Number(argument("--rounds", "180"));
const writes = Number(argument("--writes", "50"));
const given = argument("--url");
/** Asked before, for the code to be warm. */
const warming = 20;
/** As clients seal (words/sealing.ts). */
const sealStep = 8_192;
const never = 1_000_000_000;

const next = textMaker(11);
const queries = Array.from({ length: rounds + warming }, () => next.query());
const { real, known } = await realVectors(Array.from({ length: 1_000 }, next), queries);
const vectors = new Map(known.map(([query, vector]) => [query, Float32Array.from(vector)]));

if (given !== undefined) {
  await recalls(given, "recall", true);
} else {
  const server = await earnestServer();
  try {
    await server.ask("CREATE DATABASE memories");
    await server.ask("CREATE EXTENSION vector", "memories");
    await onItsOwn(server, server.url("memories"));
  } finally {
    await server.close();
  }
}

async function onItsOwn(server: PostgresServer, url: string): Promise<void> {
  await fillUnsealed(server, url);
  await recalls(url, "recall, words in rows", false, await bytesOfWords(server));
  await sealed(url, "sealing as clients do", sealStep);
  await recalls(url, "recall, words in lists and young rows", false);
  await sealed(url, "sealing the rest", 1);
  await recalls(url, "recall, words in lists", false, await bytesOfWords(server));
  const client = opened(url);
  try {
    await written(client);
    await erased(client);
    await forgotten(client);
  } finally {
    await client.memories.close();
  }
}

interface Client {
  link: PgLink;
  ledger: Ledger;
  store: OpenedMemoryStore;
  memories: Memories;
}

/** @param readsAlone it embeds no texts, and counts no uses */
function opened(url: string, readsAlone = false, options: { comparedUpTo?: number } = {}): Client {
  const link = openLink({ url, limitMs: 120_000 });
  const ledger = new Ledger();
  const store = openPgMemoryStore(ledger.noting(link), {
    wordSplitter: wordSplitter(),
    sealing: { leastParts: never },
    closed: () => link.close(),
    ...options,
  });
  const model = madeUpModel(vectors, real);
  const memories = new MemoryService({
    store: readsAlone ? countingNothing(store) : store,
    ...(readsAlone ? { queryEmbedder: model } : { embedder: model }),
    isScheduled: () => true,
  });
  return { link, ledger, store, memories };
}

function countingNothing(store: OpenedMemoryStore): OpenedMemoryStore {
  return new Proxy(store, {
    get: (target, name) => {
      if (name === "writeLightly") return () => undefined;
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

async function fillUnsealed(server: PostgresServer, url: string): Promise<void> {
  const { link, memories } = opened(url, false, { comparedUpTo: never });
  await fill(memories, count, "PostgreSQL");
  await memories.collect();
  const makesGraph = "SELECT memory_vector_graph(id, $1) FROM namespaces ORDER BY id";
  link.lists(makesGraph, [comparedUpTo], { limitMs: 30 * 60_000 });
  await memories.close();
  await server.ask("VACUUM ANALYZE", "memories");
}

/** Who embeds no texts says so itself; that its vectors are there changes nothing. @throws Error where those of others are */
function claimed(store: OpenedMemoryStore): void {
  const [own, there] = [nameOfEmbedder(madeUpModel(vectors)), store.vectors.model()];
  if (there === undefined || !areSameVectors(own, there) || own.vectors !== there.vectors) {
    throw new Error(
      `expected vectors of ${own.id} at the server, as bench/team/recall.ts fills it; there are those of ${there?.id ?? "no model"}`,
    );
  }
  store.vectors.claimModel(own);
}

/** Different questions to a client of their own. */
async function recalls(
  url: string,
  phase: string,
  readsAlone: boolean,
  facts: object = {},
): Promise<void> {
  const client = opened(url, readsAlone);
  const { memories, store } = client;
  if (readsAlone) claimed(store);
  for (const query of queries.slice(rounds)) await memories.recall(query, { cache: false });
  await noted(client, phase, rounds, facts, async (at) => {
    await memories.recall(queries[at] as string, { cache: false });
  });
  await memories.close();
}

async function written(client: Client): Promise<void> {
  const text = textMaker(23);
  const { memories } = client;
  // Its first write plans.
  await memories.remember(text());
  await memories.settled();
  await noted(client, "remember, and its vector", writes, {}, async () => {
    await memories.remember(text());
    await memories.settled();
  });
}

/** As a step of forgetting does it, without writing tables anew behind it. */
async function erased(client: Client): Promise<void> {
  const { store } = client;
  await store.scope.prepare();
  const all = store.scope.allowed({ now: Date.now(), evenEnded: true });
  const rowIds = all.oldest(all.count, 0);
  let first = 0;
  for (const [many, times] of [
    [1, 20],
    [200, 5],
    [2_000, 1],
  ] as const) {
    const step = Math.max(1, Math.floor(rowIds.length / many));
    await noted(client, `erasing ${many} at once`, times, { memoriesEach: many }, async (at) => {
      const offset = many === 1 ? at * Math.floor(rowIds.length / times) : 0;
      // Other ones each time, and never one that is gone.
      first += 1;
      const chosen = Array.from(
        { length: many },
        (_, place) => rowIds[(offset + place * step + first) % rowIds.length] as number,
      );
      const keys = store.rows.get(chosen).map(({ key }) => key);
      const began = performance.now();
      store.write("erase memories", () =>
        store.removal.erase(keys, Date.now(), "bench", (row) => sketchOf(row.namespace, row.text)),
      );
      return (performance.now() - began) / keys.length;
    });
  }
}

async function forgotten(client: Client): Promise<void> {
  const { memories, store } = client;
  await store.scope.prepare();
  const newest = store.rows.get(store.scope.allowed({ now: Date.now() }).newest(10));
  await noted(client, "forget for good", newest.length, {}, async (at) => {
    await memories.forget(newest[at]?.key as string, { hard: true });
  });
  if (!process.argv.includes("--anew")) return;
  await noted(client, "the tables written anew", 1, {}, async () => {
    await memories.collect();
  });
}

/** @param work one call; a number that it says is its time in place of that of the whole call, milliseconds */
async function noted(
  { link, ledger }: Client,
  phase: string,
  calls: number,
  facts: object,
  work: (at: number) => Promise<unknown>,
): Promise<void> {
  await ledger.begin(link);
  const [row] = link.rows<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  const all = serverCpuMs(row?.pid ?? 0);
  const times: number[] = [];
  for (let at = 0; at < calls; at += 1) {
    const began = performance.now();
    const own = await work(at);
    times.push(typeof own === "number" ? own : performance.now() - began);
  }
  const ended = ledger.end(calls);
  tell(
    {
      phase,
      calls,
      ...facts,
      p50: percentile(times, 0.5),
      p95: percentile(times, 0.95),
      allServerCpuEach: Number(((serverCpuMs(row?.pid ?? 0) - all) / calls).toFixed(2)),
    },
    ended,
  );
}

async function sealed(url: string, phase: string, least: number): Promise<void> {
  const link = openLink({ url, limitMs: 120_000 });
  const own = { on: "words" } as const;
  const [who] = await link.later<{ pid: number }>("SELECT pg_backend_pid() AS pid", [], own);
  const cpu = cpuMsOf(who?.pid ?? 0);
  const at =
    link.rows<{ at: string }>("SELECT pg_current_wal_insert_lsn()::text AS at")[0]?.at ?? "";
  const began = performance.now();
  let parts = 0;
  let steps = 0;
  for (;;) {
    const [row] = await link.later<{ parts: number }>(
      "SELECT memory_seal_words($1, $2) AS parts",
      [least, sealStep],
      own,
    );
    if (row === undefined || row.parts === 0) break;
    parts += row.parts;
    steps += 1;
  }
  const [log] = link.rows<{ bytes: number }>(
    "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), $1::pg_lsn)::float8 AS bytes",
    [at],
  );
  const [ms, cpuMs] = [performance.now() - began, cpuMsOf(who?.pid ?? 0) - cpu];
  link.close();
  if (parts === 0) return;
  tell({
    phase,
    parts,
    steps,
    msEachPart: Number((ms / parts).toFixed(3)),
    serverCpuMsEachPart: Number((cpuMs / parts).toFixed(3)),
    logBytesEachPart: Math.round((log?.bytes ?? 0) / parts),
  });
}

/** Bytes of a memory, by table, when they are written anew. */
async function bytesOfWords(server: PostgresServer): Promise<object> {
  const tables = ["memory_words", "memory_word_lists", "memory_sealed_words"];
  for (const table of tables)
    await server.ask(`VACUUM (FULL, ANALYZE) haypile.${table}`, "memories");
  const found = await server.ask<{ name: string; bytes: string }>(
    `SELECT p.relname AS name, sum(pg_table_size(i.inhrelid) + pg_indexes_size(i.inhrelid)) AS bytes
     FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace n ON n.oid = p.relnamespace
     WHERE n.nspname = 'haypile' AND p.relkind = 'p' AND p.relname IN ('${tables.join("', '")}') GROUP BY 1`,
    "memories",
  );
  const wordBytesEach = found.map(
    ({ name, bytes }) => [name, Math.round(Number(bytes) / count)] as const,
  );
  return { wordBytesEach: Object.fromEntries(wordBytesEach) };
}

function tell(
  found: object,
  { statements, ...sums }: Partial<ReturnType<Ledger["end"]>> = {},
): void {
  const row = {
    bench: "team-statements",
    ...(given === undefined ? { count } : {}),
    ...found,
    ...sums,
  };
  // Each at once: the last ones take long.
  if (process.argv.includes("--keep")) keepRows("team-statements", here, [{ ...row, statements }]);
  say(JSON.stringify(row));
  for (const [name, one] of Object.entries(statements ?? {})) say(line(name, one));
}

function line(name: string, one: Noted): string {
  const { each, waitedP50, waitedP95, waitedEach, serverCpuEach } = one;
  return `  ${name}: ${each} a call, waited ${waitedP50} (p95 ${waitedP95}), ${waitedEach} a call, server's CPU ${serverCpuEach} a call`;
}
