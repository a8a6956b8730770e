/*
 * Traces to try cache policies on: Zipf by seed, and three recorded from the history of a repository,
 * taken as work: commit after commit, each hunk opens its file and looks up the function it stands in,
 * and each subject is a question. Questions are asked of a real index, and what it reads is recorded.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { indexFolder } from "../../src/indexing/indexer.ts";
import { search } from "../../src/search/searcher.ts";
import { openSqliteStore } from "../../src/storage/sqlite/store.ts";
import { grammarsFolder } from "../../src/syntax/grammars.ts";
import { TreeSitterParser } from "../../src/syntax/parser.ts";
import { HashEmbedder } from "../../test/helpers/hash-embedder.ts";
import { seededRandom, zipf } from "../../test/helpers/random.ts";
import type { Trace } from "./policies.ts";

const keyOf = (id: number): string => String(id).padStart(7, "0");

/** Entries of a query vector's weight, or of weights spread over three powers of ten. */
export function zipfTrace(
  exponent: number,
  {
    keys,
    length,
    seed,
    isWeighted,
  }: Record<"keys" | "length" | "seed", number> & {
    isWeighted: boolean;
  },
): Trace {
  const random = seededRandom(seed);
  const next = zipf(keys, exponent, random);
  const weights = new Map<string, number>();
  const weightOf = (key: string): number => {
    if (!isWeighted) return 2048;
    let weight = weights.get(key);
    if (weight === undefined) {
      weight = Math.round(400 * 1000 ** seededRandom(Number(key) + seed)());
      weights.set(key, weight);
    }
    return weight;
  };
  const name = `Zipf ${exponent}${isWeighted ? ", 0.4 to 400 kB" : ""}`;
  return { name, keys: Array.from({ length }, () => keyOf(next())), weightOf };
}

/** Favourites that change: each quarter of the trace has its own. */
export function driftingTrace(length: number, seed: number): Trace {
  const next = zipf(5000, 0.9, seededRandom(seed));
  const keys = Array.from({ length }, (_, at) =>
    keyOf(next() + Math.floor((at * 4) / length) * 5000),
  );
  return { name: "Zipf 0.9, new favourites every quarter", keys, weightOf: () => 2048 };
}

interface Step {
  subject: string;
  hunks: { path: string; name: string | undefined }[];
}

/** Commits of a repository from the first on, without merges. */
function history(repository: string): Step[] {
  const ended = spawnSync(
    "git",
    ["log", "--reverse", "--no-merges", "-p", "-U0", "--format=commit:%s"],
    { cwd: repository, encoding: "utf8", maxBuffer: 2 ** 30 },
  );
  if (ended.status !== 0) throw new Error(ended.stderr);
  const steps: Step[] = [];
  let path: string | undefined;
  for (const line of ended.stdout.split("\n")) {
    if (line.startsWith("commit:")) {
      steps.push({ subject: line.slice(7), hunks: [] });
      path = undefined;
    } else if (line.startsWith("+++ ")) {
      path = line.startsWith("+++ b/") ? line.slice(6) : undefined;
    } else if (line.startsWith("@@ ") && path !== undefined) {
      const place = /@@.*@@ ?(.*)$/.exec(line)?.[1] ?? "";
      const name = /\b(?:function\*?|class|interface|def|struct|const)\s+([A-Za-z_]\w{3,})/.exec(
        place,
      );
      steps.at(-1)?.hunks.push({ path, name: name?.[1] });
    }
  }
  return steps;
}

/** @param repository a git repository; its files as they are now are what questions are asked of */
export async function recordedTraces(repository: string): Promise<Trace[]> {
  const steps = history(repository);
  const sizes = new Map<string, number>();
  const sizeOf = (path: string): number => {
    const size =
      sizes.get(path) ?? statSync(join(repository, path), { throwIfNoEntry: false })?.size;
    sizes.set(path, size ?? 4096);
    // As a text in memory, with the entry around it.
    return 600 + 2 * (size ?? 4096);
  };
  const files = steps.flatMap(({ hunks }) => hunks.map(({ path }) => path));
  const queries = steps.flatMap(({ subject, hunks }) => [
    subject,
    ...hunks.flatMap(({ name }) => (name === undefined ? [] : [name])),
  ]);
  return [
    { name: "files opened", keys: files, weightOf: sizeOf },
    { name: "queries asked", keys: queries, weightOf: () => 8192 },
    await chunksRead(repository, queries),
  ];
}

/** Chunks of the hits of each query, as a search by words and names reads them. */
async function chunksRead(repository: string, queries: readonly string[]): Promise<Trace> {
  const scratch = mkdtempSync(join(tmpdir(), "haypile-cache-trace-"));
  const store = openSqliteStore({ path: join(scratch, "index.db") });
  const parser = new TreeSitterParser({ grammars: grammarsFolder() });
  const embedder = new HashEmbedder();
  try {
    await indexFolder({ root: repository, store, embedder, parser, options: { embed: false } });
    const keys: string[] = [];
    const weights = new Map<string, number>();
    const known = new Map<string, string[]>();
    for (const query of queries) {
      let read = known.get(query);
      if (read === undefined) {
        const parts = { store, symbols: store.symbols };
        const { hits } = await search(parts, { query, k: 10, fillIn: "off" });
        read = hits.map(({ path, startLine, text }) => {
          const key = `${path}:${startLine}`;
          weights.set(key, 600 + 2 * (key.length + text.length));
          return key;
        });
        known.set(query, read);
      }
      keys.push(...read);
    }
    return { name: "chunks shown", keys, weightOf: (key) => weights.get(key) ?? 0 };
  } finally {
    await parser.close();
    store.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}
