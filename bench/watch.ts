/*
 * From the writing of a changed function to its being found by name and by meaning, with the watcher
 * on, over a copy of a tree (without vectors of the model, as --fill-in off leaves it, unless --fill-in).
 *
 *   node bench/watch.ts [--tree DIR] [--changes 30]
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { open } from "../src/engine/open.ts";
import { argument, filesBelow, keepRows, printMachine, say, work } from "./common.ts";
import { debianTree } from "./tree.ts";

const changes = Number(argument("--changes", "30"));
const source = argument("--tree") ?? join(debianTree(), "usr/lib/python3/dist-packages/django/db");
const base = join(work, "watch");
rmSync(base, { recursive: true, force: true });
mkdirSync(base, { recursive: true });
const tree = join(base, "tree");
cpSync(source, tree, { recursive: true, dereference: true });

const here = printMachine();
const stop = new AbortController();
const engine = await open({ folder: tree, database: join(base, "index.db") });
const start = performance.now();
let ready: () => void = () => {};
const isReady = new Promise<void>((done) => {
  ready = done;
});
const watching = engine.watch({ signal: stop.signal, onReady: () => ready() });
await isReady;
const { files, chunks } = engine.status().index;
say(
  `${files} files, ${chunks} chunks indexed and watched after ${((performance.now() - start) / 1000).toFixed(1)} s`,
);

const paths = filesBelow(tree).filter((path) => path.endsWith(".py"));
const times: number[] = [];
for (let i = 0; i < changes; i += 1) {
  const path = paths[(i * 7919) % paths.length] as string;
  const name = `changed_function_${i}`;
  const text = readFileSync(path, "utf8");
  const begin = performance.now();
  writeFileSync(
    path,
    `${text}\n\ndef ${name}(value):\n    """Counts the marmots of meadow ${i}."""\n    return value + ${i}\n`,
  );
  while (engine.findSymbol(name, { k: 1 })[0]?.name !== name) await wait(2);
  while (engine.status().index.vectors < engine.status().index.chunks) await wait(2);
  times.push(performance.now() - begin);
  await wait(150);
}
stop.abort();
await watching;
await engine.close();
times.sort((a, b) => a - b);
const at = (share: number): number =>
  times[Math.min(times.length - 1, Math.floor(times.length * share))] as number;
say(
  `changed function found by name, its chunk with a vector: p50 ${at(0.5).toFixed(0)} ms, p95 ${at(0.95).toFixed(0)} ms`,
);
keepRows("watch", here, [{ files, chunks, p50: at(0.5), p95: at(0.95) }]);
rmSync(base, { recursive: true, force: true });
