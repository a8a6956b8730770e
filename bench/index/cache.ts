/*
 * How much of a known tree is embedded again after a rename, in a fresh checkout, another branch, a
 * worktree, with other line ends, moved to other files, and after a formatter; and how near the vectors of
 * one chunk are under changes that the key of the cache could have left out.
 *
 *   node bench/index/cache.ts [--tree DIR_OF_A_GIT_REPOSITORY] [--below src] [--older 20] [--cosines-only]
 *
 * Formatters: biome (of this repository), and gofmt where there is one.
 */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { loadEmbedder } from "../../src/embedder.ts";
import { argument, keepRows, printMachine, repository, say } from "../common.ts";

interface Report {
  files: { seen: number };
  chunks: { embedded: number; written: number };
  fromCache: number;
  index: { chunks: number };
  timesMs: { total: number };
}

const origin = argument("--tree", repository);
const below = argument("--below", "src");
const older = argument("--older", "20");
// Not inside this repository: its own settings would hold for the copies.
const base = mkdtempSync(join(tmpdir(), "haypile-bench-cache-"));
const cache = join(base, "cache");

function run(command: string, args: string[], cwd = base): string {
  const ended = spawnSync(command, args, { cwd, encoding: "utf8", maxBuffer: 2 ** 28 });
  if (ended.status !== 0) throw new Error(`${command} ${args.join(" ")}: ${ended.stderr}`);
  return ended.stdout;
}

/** @param data a fresh one is a fresh index */
function index(folder: string, data: string): Report {
  const env = {
    ...process.env,
    HAYPILE_DATA_DIR: join(base, data),
    HAYPILE_CACHE_DIR: cache,
  };
  const ended = spawnSync(
    process.execPath,
    [join(repository, "bin", "haypile.cjs"), "index", folder, "--json"],
    { encoding: "utf8", env, maxBuffer: 2 ** 28 },
  );
  if (ended.status !== 0) throw new Error(ended.stderr);
  return JSON.parse(ended.stdout) as Report;
}

const here = printMachine();
const rows: object[] = [];

/** The share of chunks that had no need of the model, kept vectors of an older index included. */
function tell(scenario: string, { index: { chunks }, chunks: { embedded }, fromCache }: Report) {
  const byModel = embedded - fromCache;
  const hits = 1 - byModel / chunks;
  say(
    `${scenario}: ${byModel} of ${chunks} chunks by the model; ${(hits * 100).toFixed(1)} % known`,
  );
  rows.push({ scenario, chunks, byModel, hits });
}

function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

function rewrite(folder: string, ending: string, change: (text: string) => string): void {
  for (const path of filesBelow(folder)) {
    if (path.endsWith(ending)) writeFileSync(path, change(readFileSync(path, "utf8")));
  }
}

function hitRates(): void {
  // The repository may be worked in meanwhile.
  const head = run("git", ["rev-parse", "HEAD"], origin).trim();
  const clone = (name: string, commit = head): string => {
    const folder = join(base, name);
    run("git", ["clone", "-q", origin, folder]);
    run("git", ["checkout", "-q", commit], folder);
    return folder;
  };
  const first = clone("first");
  const start = index(join(first, below), "first-data");
  say(`${origin}/${below}: ${start.files.seen} files, ${start.index.chunks} chunks`);
  tell("first index, empty cache", start);

  renameSync(join(first, below), join(first, "renamed"));
  tell("folder renamed, fresh index", index(join(first, "renamed"), "renamed-data"));
  tell("fresh checkout, cache mounted", index(join(clone("second"), below), "second-data"));
  const worktree = join(base, "worktree");
  run("git", ["worktree", "add", "-q", "-f", worktree, "HEAD"], join(base, "second"));
  tell("worktree", index(join(worktree, below), "worktree-data"));
  const branch = clone("branch", `${head}~${older}`);
  tell(`${older} commits back`, index(join(branch, below), "branch-data"));

  const crlf = clone("crlf");
  rewrite(join(crlf, below), ".ts", (text) => text.replaceAll("\n", "\r\n"));
  tell("line ends of Windows", index(join(crlf, below), "crlf-data"));
  const moved = clone("moved");
  for (const path of [...filesBelow(join(moved, below))]) {
    const to = join(moved, "moved", `${path.slice(moved.length + 1).replaceAll("/", "_")}`);
    mkdirSync(dirname(to), { recursive: true });
    cpSync(path, to);
  }
  tell("all files moved to one folder", index(join(moved, "moved"), "moved-data"));
  const split = clone("split");
  rewrite(join(split, below), ".ts", reversed);
  tell("top-level definitions in reverse order", index(join(split, below), "split-data"));

  const biome = join(repository, "node_modules", "@biomejs", "biome", "bin", "biome");
  const format = (name: string, ...flags: string[]): string => {
    const folder = join(clone(name), below);
    rmSync(join(base, name, "biome.json"), { force: true });
    run(process.execPath, [biome, "format", "--write", ...flags, folder], folder);
    return folder;
  };
  tell(
    "biome: tabs for spaces",
    index(format("tabs", "--indent-style=tab", "--line-width=100"), "tabs-data"),
  );
  tell(
    "biome: lines of 80 for 100",
    index(format("narrow", "--indent-style=space", "--line-width=80"), "narrow-data"),
  );
  tell(
    "biome: single quotes, no semicolons",
    index(
      format(
        "quotes",
        "--indent-style=space",
        "--line-width=100",
        "--javascript-formatter-quote-style=single",
        "--semicolons=as-needed",
      ),
      "quotes-data",
    ),
  );
  gofmt();
}

/** Blocks between blank lines at the left edge, last one first. */
function reversed(text: string): string {
  return `${text
    .trimEnd()
    .split(/\n\n(?=\S)/u)
    .reverse()
    .join("\n\n")}\n`;
}

function gofmt(): void {
  const root = spawnSync("go", ["env", "GOROOT"], { encoding: "utf8" }).stdout?.trim();
  const sources = join(root || "/usr/local/go", "src", "encoding", "json");
  if (!existsSync(sources)) {
    say("no Go sources: gofmt is left out");
    return;
  }
  const plain = join(base, "go-plain");
  cpSync(sources, plain, { recursive: true });
  rmSync(join(plain, "testdata"), { recursive: true, force: true });
  const ugly = join(base, "go-ugly");
  cpSync(plain, ugly, { recursive: true });
  rewrite(ugly, ".go", (text) =>
    text.replace(/^\t+/gm, (tabs) => "   ".repeat(tabs.length)).replace(/ = /g, "="),
  );
  tell("Go as somebody laid it out", index(ugly, "ugly-data"));
  tell("the same after gofmt", index(plain, "plain-data"));
}

/** What a key that left these out would take for the same. */
const changes: [string, (text: string, path: string) => string][] = [
  [
    "white space doubled, lines broken after commas",
    (text) => text.replace(/ /g, "  ").replace(/, */g, ",\n"),
  ],
  ["commas before closing brackets", (text) => text.replace(/,(\s*[)\]}])/g, "$1")],
  ["single for double quotes", (text) => text.replaceAll('"', "'")],
  ["no semicolons at line ends", (text) => text.replace(/;$/gm, "")],
  [
    "a path before it: two paths compared",
    (text) => `src/engine/caches/cached-embedder.ts\n${text}`,
  ],
];

async function cosines(): Promise<void> {
  const { chunkLines, chunkOptionsFor } = await import("../../src/indexing/cut/chunk.ts");
  const embedder = await loadEmbedder({});
  const texts: string[] = [];
  const options = { ...chunkOptionsFor(embedder.maxTokens), language: "typescript" };
  for (const path of filesBelow(join(origin, below))) {
    if (!path.endsWith(".ts")) continue;
    const lines = readFileSync(path, "utf8").split("\n");
    const tokens = await embedder.countTokens(lines);
    texts.push(...chunkLines(lines, tokens, options).map(({ text }) => text));
  }
  const some = texts.filter((_, at) => at % 3 === 0).slice(0, 300);
  const plain = await embedder.embed(some);
  for (const [change, apply] of changes) {
    const isPath = change.startsWith("a path");
    const from = isPath
      ? await embedder.embed(some.map((text) => `lib/old/embedding/stored.ts\n${text}`))
      : plain;
    const changed = some.map((text) => apply(text, ""));
    const affected = [...changed.keys()].filter((at) => changed[at] !== some[at]);
    const to = await embedder.embed(changed);
    const size = embedder.dimensions;
    const found = affected.map((at) => {
      let dot = 0;
      for (let i = at * size; i < (at + 1) * size; i += 1) dot += (from[i] ?? 0) * (to[i] ?? 0);
      return dot;
    });
    found.sort((a, b) => a - b);
    const mean = found.reduce((sum, one) => sum + one, 0) / Math.max(1, found.length);
    const [least = 1, p5 = 1] = [found[0], found[Math.floor(found.length / 20)]];
    say(
      `${change}: ${found.length} chunks, cosine mean ${mean.toFixed(4)}, 5th percentile ${p5.toFixed(4)}, least ${least.toFixed(4)}`,
    );
    rows.push({ change, chunks: found.length, mean, p5, least });
  }
  await embedder.close();
}

await cosines();
if (!process.argv.includes("--cosines-only")) hitRates();
keepRows("cache", here, rows);
rmSync(base, { recursive: true, force: true });
