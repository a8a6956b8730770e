/*
 * How soon the candidates of a query get their vectors while an index run is at work in another process:
 * seconds, and chunks embedded meanwhile, against the chunks that waited.
 *
 *   node bench/index/fill-in.ts [--tree DIR] [--after 500]
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { open } from "../../src/engine/open.ts";
import { openSqliteStore } from "../../src/storage/sqlite/store.ts";
import { argument, keepRows, printMachine, repository, say, work } from "../common.ts";
import { debianTree } from "../tree.ts";

const tree = argument("--tree") ?? join(debianTree(), "usr/lib/python3/dist-packages/django");
const after = Number(argument("--after", "500"));
const base = join(work, "fill-in");
const database = join(base, "index.db");
const queries = [
  "where is the password of a user checked",
  "ResolverMatch",
  "escape html in a template",
  "lock rows of a table",
];

const here = printMachine();
rmSync(base, { recursive: true, force: true });
mkdirSync(base, { recursive: true });
const child = spawn(
  process.execPath,
  [join(repository, "bin", "haypile.cjs"), "index", tree, "--db", database, "--no-embedding-cache"],
  { stdio: "ignore" },
);
const rows: object[] = [];
try {
  while (!existsSync(database)) await wait(100);
  const store = openSqliteStore({ path: database, readonly: true });
  while (store.stats().vectors < after) await wait(100);
  await using engine = await open({ folder: tree, database, embeddingCache: false });
  for (const query of queries) {
    const before = store.stats();
    await engine.search(query, { fillIn: "off" });
    const asked = store.nextWithoutVector(160, []).filter(({ urgency }) => urgency < 0);
    const ids = asked.map(({ id }) => id);
    const start = performance.now();
    while (store.withoutVector(ids).length > 0) await wait(20);
    const seconds = (performance.now() - start) / 1000;
    const meanwhile = store.stats().vectors - before.vectors;
    const waiting = before.chunks - before.vectors;
    say(
      `"${query}": ${ids.length} candidates had their vectors after ${seconds.toFixed(1)} s and ${meanwhile} of ${waiting} waiting chunks`,
    );
    rows.push({ tree, query, asked: ids.length, seconds, meanwhile, waiting });
  }
  store.close();
} finally {
  const ended = new Promise((done) => child.once("exit", done));
  child.kill("SIGINT");
  await ended;
}
keepRows("fill-in", here, rows);
rmSync(base, { recursive: true, force: true });
