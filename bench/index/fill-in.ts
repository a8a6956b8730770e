/*
 * How soon the candidates of a query get their vectors while an index run is at work in another process:
 * seconds, and chunks embedded meanwhile, against the chunks that waited. Some candidates are in a batch at
 * work already and come with it.
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
const queries = ["where is the password of a user checked", "escape html in a template"];

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
  while (store.facts.stats().vectors < after) await wait(100);
  await using engine = await open({ folder: tree, database, embeddingCache: false });
  for (const query of queries) {
    const before = store.facts.stats();
    await engine.search(query, { fillIn: "off" });
    const asked = store.pending.next(160, []).filter(({ urgency }) => urgency < 0);
    const ids = asked.map(({ id }) => id);
    const start = performance.now();
    const secondsTo = async (share: number): Promise<number> => {
      while (store.pending.of(ids).length > ids.length * (1 - share)) await wait(20);
      return (performance.now() - start) / 1000;
    };
    const half = await secondsTo(0.5);
    const most = await secondsTo(0.8);
    const meanwhile = store.facts.stats().vectors - before.vectors;
    const waiting = before.chunks - before.vectors;
    say(
      `"${query}": of ${ids.length} candidates half had their vectors after ${half.toFixed(1)} s, 80 % after ${most.toFixed(1)} s and ${meanwhile} of ${waiting} waiting chunks`,
    );
    rows.push({ tree, query, asked: ids.length, half, most, meanwhile, waiting });
  }
  store.close();
} finally {
  const ended = new Promise((done) => child.once("exit", done));
  child.kill("SIGINT");
  await ended;
}
keepRows("fill-in", here, rows);
rmSync(base, { recursive: true, force: true });
