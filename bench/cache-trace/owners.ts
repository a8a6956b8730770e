/*
 * Would texts of files, texts of chunks or parse results be worth a place in the budget of caches? What a search
 * spends on showing its hits, with files as they were indexed and with all of them touched; and how often
 * a file comes back to a content it had before, by the history of a repository.
 *
 *   node bench/cache-trace/owners.ts [--tree DIR] [--repository DIR]
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, statSync, utimesSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { indexFolder } from "../../src/indexing/indexer.ts";
import { search } from "../../src/search/searcher.ts";
import { openSqliteStore } from "../../src/storage/sqlite/store.ts";
import { grammarsFolder } from "../../src/syntax/grammars.ts";
import { TreeSitterParser } from "../../src/syntax/parser.ts";
import { HashEmbedder } from "../../test/helpers/hash-embedder.ts";
import { argument, filesBelow, keepRows, printMachine, repository, say } from "../common.ts";

const here = printMachine();
const history = argument("--repository", repository);
const git = (...args: string[]): string[] =>
  spawnSync("git", args, { cwd: history, encoding: "utf8", maxBuffer: 2 ** 30 }).stdout.split("\n");

/** Median and the sum of all. */
function middle(values: number[]): { median: number; sum: number } {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    median: sorted[sorted.length >> 1] ?? 0,
    sum: values.reduce((sum, value) => sum + value, 0),
  };
}

const scratch = mkdtempSync(join(tmpdir(), "haypile-bench-owners-"));
const tree = join(scratch, "tree");
cpSync(argument("--tree", join(repository, "src")), tree, { recursive: true });
const store = openSqliteStore({ path: join(scratch, "index.db") });
const parser = new TreeSitterParser({ grammars: grammarsFolder() });
const rows: object[] = [];
try {
  const embedder = new HashEmbedder();
  const report = await indexFolder({
    root: tree,
    store,
    embedder,
    parser,
    options: { embed: false },
  });
  const { parsed } = report.syntax;
  const parseMs = report.timesMs.parse / Math.max(1, parsed);
  const queries = git("log", "--no-merges", "--format=%s").filter(
    (text) => text.split(" ").length > 3,
  );
  const parts = { store, root: tree };
  const ask = async (name: string): Promise<void> => {
    const shows: number[] = [];
    const totals: number[] = [];
    const paths = new Set<string>();
    for (const query of queries.slice(0, 200)) {
      const { timesMs, hits } = await search(parts, { query, k: 10, fillIn: "off" });
      shows.push(timesMs.show);
      totals.push(timesMs.total);
      for (const { path } of hits) paths.add(path);
    }
    const show = middle(shows);
    const total = middle(totals);
    say(
      `${name}: showing ${show.median.toFixed(2)} of ${total.median.toFixed(2)} ms (medians), ${((100 * show.sum) / total.sum).toFixed(0)} % of the time, ${paths.size} files`,
    );
    rows.push({ name, showMs: show.median, totalMs: total.median, share: show.sum / total.sum });
  };
  await ask("once, to warm up");
  await ask("files as indexed");
  for (const path of filesBelow(tree)) {
    const { atimeMs } = statSync(path);
    utimesSync(path, atimeMs / 1000, Date.now() / 1000 - 100);
  }
  await ask("all files touched");

  const reads: number[] = [];
  for (const path of filesBelow(tree)) {
    const start = performance.now();
    (await readFile(path, "utf8")).split("\n");
    reads.push(performance.now() - start);
  }
  say(`reading a file and cutting it into lines: ${middle(reads).median.toFixed(2)} ms`);
  say(`waiting for a syntax tree: ${parseMs.toFixed(2)} ms a file, ${parsed} files`);
  rows.push({ name: "cost", readMs: middle(reads).median, parseMs });
} finally {
  await parser.close();
  store.close();
  rmSync(scratch, { recursive: true });
}

// Each content a file got, in order: how often it is one that the same file, or any, had before.
const contents = new Set<string>();
let written = 0;
let again = 0;
for (const line of git("log", "--reverse", "--no-merges", "--raw", "--no-abbrev", "--format=")) {
  const blob = /^:\d+ \d+ [0-9a-f]+ ([0-9a-f]+) [AMRC]/.exec(line)?.[1];
  if (blob === undefined) continue;
  written += 1;
  if (contents.has(blob)) again += 1;
  contents.add(blob);
}
say(
  `${written} contents written, ${again} of them had been there before (${((100 * again) / written).toFixed(1)} %)`,
);
rows.push({ name: "contents", written, again });
keepRows("cache-owners", here, rows);
