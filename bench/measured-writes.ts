/*
 * Whether measuring makes writes slower: two checkouts of Haypile in one process do the same writes by turns, so that whatever
 * the machine does meets both, and each write is compared with the one beside it. `remember` is a memory a write, whole on
 * the disk; `files` is twenty files a write; `small` is one fact a write, the least that can be written.
 *
 *   node bench/measured-writes.ts OTHER_CHECKOUT
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** Does the write of a number. */
type Write = (at: number) => unknown;

interface Side {
  small: Write;
  files: Write;
  remember: Write;
  close(): Promise<void>;
}

const counts = { small: 6_000, files: 120, remember: 800 };

const [other] = process.argv.slice(2);
if (other === undefined) {
  process.stderr.write("Expected the folder of another checkout.\n");
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), "haypile-bench-writes-"));
try {
  const ours = await open(resolve(import.meta.dirname, ".."), join(folder, "a"));
  const theirs = await open(resolve(other), join(folder, "b"));
  process.stdout.write(
    "write       other      here   difference, median of pairs (quartiles), µs\n",
  );
  for (const what of ["small", "files", "remember"] as const) {
    const pairs: { ours: number; theirs: number }[] = [];
    for (let at = 0; at < counts[what]; at += 1) {
      // Who is first changes.
      if (at % 2 === 0) {
        pairs.push({ ours: await timed(ours[what], at), theirs: await timed(theirs[what], at) });
      } else {
        const first = await timed(theirs[what], at);
        pairs.push({ theirs: first, ours: await timed(ours[what], at) });
      }
    }
    // The first tenth warms up.
    print(what, pairs.slice(pairs.length / 10));
  }
  await ours.close();
  await theirs.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function open(root: string, at: string): Promise<Side> {
  const load = async (path: string) => await import(pathToFileURL(join(root, path)).href);
  const { openSqliteStore } = await load("src/storage/sqlite/store.ts");
  const { openMemories } = await load("src/engine/memories/memories.ts");
  const store = openSqliteStore({ path: join(at, "index.db") });
  const memories = await openMemories({ database: join(at, "memories.db"), embedder: undefined });
  return {
    small: (number) => store.facts.set("bench", String(number)),
    files: (number) =>
      store.files.put(Array.from({ length: 20 }, (_, i) => fileOf(`f${number}-${i}`))),
    remember: (number) =>
      memories.remember(`the ${number}th thing that is kept here is number ${number * 7_919}`),
    close: async () => {
      store.close();
      await memories.close();
    },
  };
}

function fileOf(name: string): object {
  const lines = Array.from({ length: 20 }, (_, at) => `const value${at} = compute(${at});`);
  return {
    path: `${name}.ts`,
    stamp: { sizeBytes: 800, mtimeMs: 1, readMs: 2 },
    contentHash: "00",
    language: "typescript",
    chunks: [0, 5, 10, 15].map((line) => ({
      text: `${lines.slice(line, line + 5).join("\n")}\n// ${name}`,
      startLine: line + 1,
      endLine: line + 5,
      tokens: 60,
    })),
  };
}

/** Microseconds. */
async function timed(write: Write, at: number): Promise<number> {
  const began = performance.now();
  await write(at);
  return (performance.now() - began) * 1000;
}

function print(what: string, pairs: readonly { ours: number; theirs: number }[]): void {
  const others = quantile(
    pairs.map(({ theirs }) => theirs),
    0.5,
  );
  const here = quantile(
    pairs.map(({ ours }) => ours),
    0.5,
  );
  const differences = pairs.map(({ ours, theirs }) => ours - theirs);
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) =>
    quantile(differences, share).toFixed(1),
  );
  const share = ((100 * Number(middle)) / others).toFixed(2);
  process.stdout.write(
    `${what.padEnd(9)} ${others.toFixed(1).padStart(7)}   ${here.toFixed(1).padStart(7)}   ${middle} (${low} to ${high}), ${share} % of a write\n`,
  );
}

function quantile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? 0;
}
