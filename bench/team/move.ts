/*
 * Moving memories to a server and back, and an index on a server beside one in a file, in one run:
 *   node bench/team/move.ts [--count 5000] [--tree src] [--turns 2] [--keep]
 * Memories have made-up vectors of the real model's size. "back" is into a file that is not there any more, so that all is copied;
 * "again" is there once more, where nothing differs: what comparing takes. Indexes have static vectors, which cost little to make,
 * and are made by turns, each on an empty store; `unchangedMs` is the run after it. CPU is of this process with its threads; the
 * server's, and that of the processes which parse, is not in it. The server waits for its disk.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { readEnvironment } from "../../src/config/environment/env.ts";
import { moveMemories } from "../../src/engine/memories/move/move.ts";
import { open } from "../../src/index.ts";
import { MemoryService } from "../../src/memories/service.ts";
import { wordSplitter } from "../../src/native/words.ts";
import { openMemoryStore } from "../../src/storage/sqlite/memories/store.ts";
import { argument, keepRows, printMachine, repository, say } from "../common.ts";
import { fill } from "./fill.ts";
import { earnestServer, madeUpModel, modelName, percentile } from "./parts.ts";

const here = printMachine();
const count = Number(argument("--count", "5000"));
const tree = realpathSync(resolve(argument("--tree", join(repository, "src"))));
const turns = Number(argument("--turns", "2"));

const scratch = mkdtempSync(join(tmpdir(), "haypile-move-"));
for (const kind of ["DATA", "CACHE", "CONFIG"]) {
  process.env[`HAYPILE_${kind}_DIR`] = join(scratch, kind.toLowerCase());
  mkdirSync(join(scratch, kind.toLowerCase()));
}
const server = await earnestServer();
try {
  await server.ask("CREATE DATABASE team");
  await server.ask("CREATE EXTENSION vector", "team");
  const url = server.url("team");
  const memories = await moved(url);
  const indexes = await indexed(url);
  const loadAtEnd = Number(loadavg()[0]?.toFixed(1));
  const row = { bench: "team-move", count, ...memories, ...indexes, loadAtEnd };
  say(JSON.stringify(row, undefined, 1));
  if (process.argv.includes("--keep")) keepRows("team", here, [row]);
} finally {
  await server.close();
  rmSync(scratch, { recursive: true, force: true });
}

interface Took {
  ms: number;
  cpuMs: number;
}

async function timed<T>(run: () => Promise<T>): Promise<{ result: T; took: Took }> {
  const began = performance.now();
  const before = process.cpuUsage();
  const result = await run();
  const { user, system } = process.cpuUsage(before);
  const took = {
    ms: Math.round(performance.now() - began),
    cpuMs: Math.round((user + system) / 1_000),
  };
  return { result, took };
}

async function moved(url: string): Promise<object> {
  const environment = readEnvironment();
  const path = join(scratch, "data", "memories.db");
  writeFileSync(join(scratch, "config", "haypile.toml"), "");
  const source = new MemoryService({
    store: openMemoryStore({ path, wordSplitter: wordSplitter() }),
    embedder: madeUpModel(new Map(), anyVectors()),
    isScheduled: () => true,
  });
  const filled = await fill(source, count, "SQLite");
  await source.close();
  const move = async (to: string): Promise<object> => {
    const { result, took } = await timed(() => moveMemories(to, { environment }));
    const { memories, copied, vectors, heldMs, digest } = result;
    digests.add(digest);
    return { ...took, memories, copied, vectors, heldMs };
  };
  const digests = new Set<string>();
  const there = await move(url);
  say(`there: ${JSON.stringify(there)}`);
  for (const end of ["", "-wal", "-shm"]) rmSync(`${path}${end}`, { force: true });
  const back = await move("sqlite");
  say(`back: ${JSON.stringify(back)}`);
  const again = await move(url);
  if (digests.size !== 1) throw new Error("what came back is not what went there");
  return { fill: filled, there, back, again };
}

/** A thousand, each of length 1. */
function anyVectors(): Float32Array {
  const { dimensions: size } = modelName;
  const all = new Float32Array(1_000 * size).map(() => Math.random() - 0.5);
  for (let at = 0; at < all.length; at += size) {
    const one = all.subarray(at, at + size);
    const length = Math.hypot(...one);
    for (let i = 0; i < size; i += 1) one[i] = (one[i] as number) / length;
  }
  return all;
}

async function indexed(url: string): Promise<object> {
  const took = { sqlite: [] as Run[], postgres: [] as Run[] };
  let files = 0;
  let chunks = 0;
  for (let turn = 0; turn < turns; turn += 1) {
    for (const store of ["sqlite", "postgres"] as const) {
      process.env.HAYPILE_INDEX_STORE = store === "sqlite" ? store : `${url}?project=turn${turn}`;
      const database = join(scratch, `index-${turn}.db`);
      const engine = await open({
        folder: tree,
        model: "static",
        embeddingCache: false,
        ...(store === "sqlite" && { database }),
      });
      const first = await timed(() => engine.index());
      const unchanged = await timed(() => engine.index());
      const { index } = engine.status();
      ({ files, chunks } = index);
      const run = { ...first.took, unchangedMs: unchanged.took.ms };
      took[store].push(run);
      say(`index in ${store}: ${JSON.stringify(run)}`);
      await engine.close();
    }
  }
  return {
    tree: relative(repository, tree),
    files,
    chunks,
    turns,
    index: { sqlite: middle(took.sqlite), postgres: middle(took.postgres) },
  };
}

type Run = Took & { unchangedMs: number };

function middle(runs: readonly Run[]): Run {
  const of = (pick: (run: Run) => number): number => percentile(runs.map(pick), 0.5);
  return {
    ms: of(({ ms }) => ms),
    cpuMs: of(({ cpuMs }) => cpuMs),
    unchangedMs: of((run) => run.unchangedMs),
  };
}
