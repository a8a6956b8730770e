/*
 * Searches by vector over PostgreSQL, by the way that Haypile chooses and by comparing all, in turns, as an ordinary member:
 *   node bench/team/vectors.ts --url postgres://… [--count 100000] [--questions 60] [--keep]
 * The user of the URL makes a schema "vectors_bench" and a role of that name, which is to need no password. --kept: they
 * are there from a run before.
 */
import { readFileSync } from "node:fs";
import type { MemoryStore, RowFilter } from "../../src/ports/memory-rows.ts";
import type { PgLink } from "../../src/storage/postgres/link/link.ts";
import { openLink } from "../../src/storage/postgres/link/open.ts";
import { openPgMemoryStore } from "../../src/storage/postgres/memories/store.ts";
import { PgTeam } from "../../src/storage/postgres/team/team.ts";
import { rowsOf } from "../../src/storage/postgres/vectors/halves.ts";
import { argument, keepRows, printMachine, say } from "../common.ts";
import { dimensions, vectorOf } from "../made-up-vectors.ts";

const here = printMachine();
const url = argument("--url");
if (url === undefined) throw new Error("--url of a server is missing");
const count = Number(argument("--count", "100000"));
const questions = Number(argument("--questions", "60"));
const schema = "vectors_bench";
const model = { id: "made-up", dimensions };
const rowsPerStatement = 1_000;

/** Of any place: neighbours of one cluster in either. */
const anywhere = (one: number, of: number): string =>
  `i * 2654435761 % 4294967296 / 4096 % ${of} < ${one}`;

/** Tags, by the ids of rows: of any place, and of whole clusters, of which a question may be in none. */
const tags: Readonly<Record<string, string>> = {
  "9-of-10": anywhere(9, 10),
  half: anywhere(1, 2),
  fifth: anywhere(1, 5),
  tenth: anywhere(1, 10),
  hundredth: anywhere(1, 100),
  "half-of-clusters": "(i - 1) % 400 < 200",
  "fifth-of-clusters": "(i - 1) % 400 < 80",
  "hundredth-of-clusters": "(i - 1) % 400 < 4",
};

function filled(link: PgLink): { fillMs: number; graphMs: number } {
  const began = performance.now();
  link.run(`INSERT INTO namespaces(name) VALUES ('one')`);
  link.run(
    `INSERT INTO memory_rows(id, namespace_id, kind, source, pinned, importance, created, since, valid_from, hash, key, text)
     SELECT i, 1, 0, 0, false, 0.5, 1000, 1000, 1000, i, 'm' || i, 'text ' || i FROM generate_series(1, ${count}) i`,
  );
  link.run(
    `INSERT INTO memory_parts(id, row_id, namespace_id, start_at, end_at)
     SELECT i, i, 1, 0, 9 FROM generate_series(1, ${count}) i`,
  );
  for (const [tag, where] of Object.entries(tags)) {
    link.run(
      `INSERT INTO memory_tags(namespace_id, tag, row_id)
       SELECT 1, '${tag}', i FROM generate_series(1, ${count}::int8) i WHERE ${where}`,
    );
  }
  link.run(`UPDATE memory_counters SET last_row = ${count}, last_part = ${count}`);
  for (let first = 1; first <= count; first += rowsPerStatement) {
    const ids = Array.from(
      { length: Math.min(rowsPerStatement, count + 1 - first) },
      (_, at) => first + at,
    );
    const vectors = Float32Array.from(ids.flatMap((id) => [...vectorOf(id - 1)]));
    link.run(
      `INSERT INTO memory_vectors(namespace_id, part_id, scale, v)
       SELECT 1, id, scale, v::halfvec FROM unnest($1::int8[], $2::real[], $3::text[]) AS a(id, scale, v)`,
      rowsOf(ids, vectors, dimensions),
    );
  }
  link.run("ANALYZE memory_vectors");
  const fillMs = Math.round(performance.now() - began);
  const start = performance.now();
  link.run("SELECT memory_vector_graph(1, 10000)", [], { limitMs: 3_600_000 });
  return { fillMs, graphMs: Math.round(performance.now() - start) };
}

const owner = openLink({ url: `${url}?schema=${schema}`, limitMs: 120_000 });
let facts: { fillMs?: number; graphMs?: number } = {};
if (!process.argv.includes("--kept")) {
  owner.run(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  const store = openPgMemoryStore(owner);
  store.vectors.claimModel(model);
  facts = filled(owner);
  const exists = owner.lists("SELECT 1 FROM pg_roles WHERE rolname = $1", [schema]).length > 0;
  if (!exists) owner.run(`CREATE ROLE ${schema} LOGIN`);
  // Several processes for one question say nothing of a server that many ask.
  owner.run(`ALTER ROLE ${schema} SET max_parallel_workers_per_gather = 0`);
  const team = new PgTeam(owner);
  team.init(schema);
  team.grant(schema, [{ scope: "namespace", name: "one", can: "read" }]);
}
const [bytes] = owner.rows<{ table: number; graph: number }>(
  `SELECT sum(pg_table_size(c.oid)) FILTER (WHERE relkind = 'r')::int8 AS table,
     sum(pg_relation_size(c.oid)) FILTER (WHERE relname LIKE 'memory\\_graph%')::int8 AS graph
   FROM pg_class c WHERE relnamespace = $1::regnamespace AND (relname LIKE 'memory\\_vectors%' OR relname LIKE 'memory\\_graph%')`,
  [schema],
);

const memberUrl = new URL(url);
memberUrl.username = schema;
memberUrl.searchParams.set("schema", schema);
function member(comparedUpTo?: number): { store: MemoryStore; link: PgLink } {
  const link = openLink({ url: memberUrl.href, limitMs: 120_000 });
  const store = openPgMemoryStore(link, { comparedUpTo });
  store.vectors.claimModel(model);
  return { store, link };
}
const members = [member(), member(10 ** 9)] as const;
const [chosen, compared] = [members[0].store, members[1].store];
await chosen.scope.prepare();
await compared.scope.prepare();

/** CPU time of the backend that answers a member's searches, milliseconds; it is on this machine. Says more than time where others work, too. */
function cpuMs(pid: number): number {
  const [, , ...rest] = readFileSync(`/proc/${pid}/stat`, "utf8").split(" ");
  return (Number(rest[11]) + Number(rest[12])) * 10;
}
const pids: number[] = [];
for (const { link } of members) {
  const [row] = await link.later<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  pids.push(row?.pid ?? 0);
}

const filters: [string, RowFilter][] = [
  ["all", { now: 5_000 }],
  ...Object.keys(tags).map((tag): [string, RowFilter] => [tag, { now: 5_000, tagsAny: [tag] }]),
];
const rows: object[] = [];
for (const [name, filter] of filters) {
  const times: [number[], number[]] = [[], []];
  let found = 0;
  let least = 1;
  const allowed = [chosen.scope.allowed(filter), compared.scope.allowed(filter)] as const;
  let cpuBefore: number[] = [];
  for (let question = -3; question < questions; question += 1) {
    const vector = vectorOf(5_000_000 + question * 7);
    const hits: number[][] = [];
    if (question === 0) cpuBefore = pids.map(cpuMs);
    for (const at of question % 2 === 0 ? [0, 1] : [1, 0]) {
      const store = at === 0 ? chosen : compared;
      const start = performance.now();
      const got = await store.vectors.search({
        vector,
        limit: 10,
        allowed: allowed[at as 0 | 1],
      });
      if (question >= 0) times[at as 0 | 1].push(performance.now() - start);
      hits[at] = got.map(({ partId }) => partId);
    }
    if (question < 0) continue;
    const same = new Set(hits[1]);
    const share = (hits[0] ?? []).filter((id) => same.has(id)).length / same.size;
    found += share / questions;
    least = Math.min(least, share);
  }
  const at = (all: number[], part: number): number => {
    const sorted = [...all].sort((a, b) => a - b);
    return Number((sorted[Math.floor(sorted.length * part)] ?? 0).toFixed(2));
  };
  const [chosenCpu, comparedCpu] = pids.map((pid, of) =>
    Number(((cpuMs(pid) - (cpuBefore[of] ?? 0)) / questions).toFixed(2)),
  );
  const row = {
    ...{ chosenCpu, comparedCpu },
    ...{ bench: "team-vectors", count, questions, filter: name, allowed: allowed[0].count },
    recallAt10: Number(found.toFixed(4)),
    leastRecall: Number(least.toFixed(2)),
    ...{ chosenP50: at(times[0], 0.5), chosenP95: at(times[0], 0.95) },
    ...{ comparedP50: at(times[1], 0.5), comparedP95: at(times[1], 0.95) },
    ...facts,
    ...{
      vectorMB: Math.round((bytes?.table ?? 0) / 1e6),
      graphMB: Math.round((bytes?.graph ?? 0) / 1e6),
    },
  };
  rows.push(row);
  say(JSON.stringify(row));
}
for (const { store, link } of members) {
  store.close();
  link.close();
}
owner.close();
keepRows("team-vectors", here, rows);
