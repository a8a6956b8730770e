/*
 * What a recall costs with anchored code, beside another checkout, in turns in one process:
 *   git archive COMMIT src package.json | tar -x -C /tmp/before   (and links to node_modules, build, models)
 *   node bench/memories/unverified.ts [--before /tmp/before] [--rounds 200]
 * 2,000 memories without a model, 8 asked for. "plain": none has an anchor; "as it was": all have one whose code did not change;
 * "changed": the code of all 8 has changed in commits since, asked for the first time and again.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OpenMemories } from "../../src/engine/memories/memories.ts";
import { argument, keepRows, printMachine, say } from "../common.ts";

const here = printMachine();
const own = join(import.meta.dirname, "..", "..");
const before = argument("--before", "");
const rounds = Number(argument("--rounds", "200"));
const scratch = mkdtempSync(join(tmpdir(), "haypile-bench-"));
const tree = join(scratch, "tree");

interface Side {
  memories: OpenMemories;
  close(): Promise<void>;
}

async function open(root: string, database: string): Promise<Side> {
  const from = (path: string): Promise<Record<string, never>> => import(join(root, "src", path));
  const { openMemories } = (await from("engine/memories/memories.ts")) as never;
  const { CodeAnchorReader } = (await from("engine/memories/anchor-reader.ts")) as never;
  const { TreeSitterParser } = (await from("syntax/parser.ts")) as never;
  const { grammarsFolder } = (await from("syntax/grammars.ts")) as never;
  const make = (of: never, ...args: unknown[]): never =>
    Reflect.construct(of as unknown as new () => unknown, args) as never;
  const parser = make(TreeSitterParser, { grammars: (grammarsFolder as () => string)() });
  const anchorReader = make(CodeAnchorReader, parser);
  const memories = await (openMemories as (options: object) => Promise<OpenMemories>)({
    ...{ database, embedder: undefined, anchorReader, gitMs: 60_000 },
  });
  const close = async (): Promise<void> => {
    await memories.close();
    await (parser as { close(): Promise<void> }).close();
  };
  return { memories, close };
}

function write(port: number): void {
  for (let file = 0; file < 8; file += 1) {
    const text = `export function port${file}(): number {\n  return ${port};\n}\n`;
    writeFileSync(join(tree, `net${file}.ts`), text);
  }
}

function commit(subject: string): void {
  const who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-C", tree];
  execFileSync("git", [...who, "add", "-A"]);
  execFileSync("git", [...who, "commit", "-qm", subject]);
}

function middle(times: readonly number[], share = 0.5): number {
  const sorted = [...times].sort((a, b) => a - b);
  return Number((sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(2));
}

async function fill(database: string): Promise<void> {
  const { memories, close } = await open(before === "" ? own : before, database);
  const many = Array.from({ length: 2_000 }, (_, at) => ({
    text: `Note ${at}: the ferry of ${at % 97} leaves from pier ${at % 13} when the tide is ${at % 7}.`,
  }));
  await memories.rememberMany(many);
  for (let file = 0; file < 8; file += 1) {
    const anchors = [{ path: join(tree, `net${file}.ts`), symbol: `port${file}` }];
    await memories.remember(`Beacon ${file} shines on the harbour wall.`, { anchors });
  }
  await close();
}

mkdirSync(tree);
execFileSync("git", ["init", "-q", tree]);
write(1);
commit("first");
const database = join(scratch, "memories.db");
await fill(database);
const rows: object[] = [];
const roots: [string, string][] = [["now", own]];
if (before !== "") roots.unshift(["before", before]);
const sides: [string, Side][] = [];
for (const [name, root] of roots) {
  cpSync(database, join(scratch, `${name}.db`));
  sides.push([name, await open(root, join(scratch, `${name}.db`))]);
}

async function measure(what: string, query: string, times: number): Promise<void> {
  const took = new Map<string, number[]>(sides.map(([name]) => [name, []]));
  for (let round = 0; round < times; round += 1) {
    const order = round % 2 === 0 ? sides : [...sides].reverse();
    for (const [name, { memories }] of order) {
      const began = performance.now();
      const { hits } = await memories.recall(query, { k: 8 });
      took.get(name)?.push(performance.now() - began);
      if (hits.length !== 8) throw new Error(`expected 8 memories, but ${hits.length} came`);
    }
  }
  for (const [name, all] of took) {
    const row = { bench: "unverified", what, side: name, p50: middle(all), p95: middle(all, 0.95) };
    rows.push({ ...row, rounds: times });
    say(`${what.padEnd(16)} ${name.padEnd(7)} p50 ${row.p50} ms, p95 ${row.p95} ms`);
  }
}

const plain = "which ferry leaves from the pier";
const anchored = "beacon on the harbour wall";
for (const query of [plain, anchored]) await measure("warm up", query, 5);
rows.length = 0;
await measure("plain", plain, rounds);
await measure("as it was", anchored, rounds);
for (let port = 2; port < 5; port += 1) {
  write(port);
  commit(`port ${port}`);
}
await measure("changed, first", anchored, 1);
await measure("changed, again", anchored, Math.min(20, rounds));
for (const [, { close }] of sides) await close();
rmSync(scratch, { recursive: true, force: true });
keepRows("memories", here, rows);
