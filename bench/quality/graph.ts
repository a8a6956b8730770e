/*
 * How useful the questions over the graph are, on real trees. Nothing is embedded.
 *
 *   node bench/quality/graph.ts impact --trees DIR,DIR [--depth 4]
 *     Unpacked Debian source packages (apt-get source --download-only NAME; dpkg-source --skip-patches -x …). Each patch
 *     of debian/patches that changes code and tests that are there already is put on in two parts: with the code alone
 *     changed, are the test files that the patch also changes among those that impact names? Against it: test files in
 *     which the name of a changed definition stands (grep -w), and how many test files there are.
 *   node bench/quality/graph.ts map --trees DIR,DIR [--tokens 1000]
 *     Of the top definitions that most files use by their names, how many a map shows; against the same budget in
 *     alphabetical order of files and by the number of uses alone.
 *   node bench/quality/graph.ts unused --trees DIR,DIR [--show 20]
 *     How many, how sure, in what time; with --show so many of each to look at by hand.
 */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { tokensOf } from "../../src/base/text/tokens.ts";
import { impact } from "../../src/engine/questions/impact.ts";
import { indexFolder } from "../../src/indexing/indexer.ts";
import { scanKernels } from "../../src/native/vector-scan.ts";
import type { TextEmbedder } from "../../src/ports/embedder.ts";
import { openSqliteStore, type SqliteStore } from "../../src/storage/sqlite/store.ts";
import { type CodeGraph, graphOf } from "../../src/symbols/graph/code-graph.ts";
import { dataKinds } from "../../src/symbols/graph/families.ts";
import { repositoryMap } from "../../src/symbols/graph/map.ts";
import { weightOfPath } from "../../src/symbols/graph/rank.ts";
import { isTestFile } from "../../src/symbols/graph/test-places.ts";
import { Turns } from "../../src/symbols/graph/turns.ts";
import { unusedIn } from "../../src/symbols/unused/unused.ts";
import { grammarsFolder } from "../../src/syntax/grammars.ts";
import { TreeSitterParser } from "../../src/syntax/parser.ts";
import { argument, keepRows, printMachine, say, work } from "../common.ts";

const [, , question = "impact"] = process.argv;
const trees = (argument("--trees") ?? "").split(",").filter((one) => one !== "");
const base = join(work, "graph");

/** Nothing is embedded here; a line of text counts as its words. */
const counter: TextEmbedder = {
  modelId: "none",
  dimensions: 4,
  maxTokens: 256,
  embed: async (texts) => new Float32Array(texts.length * 4),
  countTokens: async (texts) =>
    Uint32Array.from(texts, (text) => Math.ceil(text.trim().length / 4)),
  close: async () => {},
};

interface Indexed {
  store: SqliteStore;
  parser: TreeSitterParser;
  refresh(): Promise<void>;
  close(): Promise<void>;
}

async function indexed(root: string): Promise<Indexed> {
  mkdirSync(base, { recursive: true });
  const path = join(base, "index.db");
  for (const end of ["", "-wal", "-shm"]) rmSync(`${path}${end}`, { force: true });
  const store = openSqliteStore({ path, kernels: scanKernels() });
  const parser = new TreeSitterParser({ grammars: grammarsFolder() });
  const refresh = async (): Promise<void> => {
    await indexFolder({
      root,
      store,
      embedder: counter,
      parser,
      keepParser: true,
      options: { embed: false },
    });
  };
  await refresh();
  return {
    store,
    parser,
    refresh,
    close: async () => {
      await parser.close();
      store.close();
    },
  };
}

/** Package folders are called "package", for how they are unpacked. */
const nameOf = (tree: string): string =>
  basename(tree) === "package" ? basename(dirname(tree)) : basename(tree);

async function measureImpact(tree: string): Promise<object | undefined> {
  const root = join(base, "tree");
  rmSync(root, { recursive: true, force: true });
  cpSync(tree, root, { recursive: true });
  const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      maxBuffer: 2 ** 28,
    });
  const patches = join(tree, "debian", "patches");
  const series = readFileSync(join(patches, "series"), "utf8")
    .split("\n")
    .map((line) => line.replace(/\s.*$/u, ""))
    .filter((line) => line !== "" && !line.startsWith("#"));
  git("init", "-q");
  git("add", "-Af", ".");
  git("commit", "-qm", "0");
  const { store, parser, refresh, close } = await indexed(root);
  const depth = Number(argument("--depth", "4"));
  const found: { recall: number; first: number; named: number; grep: number; grepped: number }[] =
    [];
  let milliseconds = 0;
  for (const name of series) {
    const path = join(patches, name);
    const text = readFileSync(path, "latin1");
    const touched = [...text.matchAll(/^--- (?:[^\s/]+\/)?(\S+)/gmu)].map(([, one = ""]) => one);
    const tests = touched.filter((one) => isTestFile(one) && existsSync(join(root, one)));
    const code = touched.filter(
      (one) => !isTestFile(one) && existsSync(join(root, one)) && isCode(one),
    );
    const put = (...which: string[]): boolean => {
      try {
        git("apply", "-p1", "--whitespace=nowarn", ...which.map((one) => `--include=${one}`), path);
        return true;
      } catch {
        return false;
      }
    };
    if (tests.length === 0 || code.length === 0) {
      put();
    } else if (put(...code)) {
      await refresh();
      const start = performance.now();
      const result = await impact(
        { symbols: store.symbols, root, parser },
        { depth, limit: 5000, since: "HEAD" },
      );
      milliseconds += performance.now() - start;
      const named = result.tests.map((one) => one.path);
      const names = [
        ...new Set(result.changed.map((one) => one.name).filter((one) => one.length > 2)),
      ];
      const grepped = grep(root, names).filter((one) => isTestFile(one));
      const share = (among: readonly string[]): number =>
        tests.filter((one) => among.includes(one)).length / tests.length;
      const recall = share(named);
      found.push({
        recall,
        first: share(named.slice(0, 20)),
        named: named.length,
        grep: share(grepped),
        grepped: grepped.length,
      });
      say(
        `  ${name}: ${recall.toFixed(2)} among ${named.length} (first 20: ${share(named.slice(0, 20)).toFixed(2)}; grep ${share(grepped).toFixed(2)} among ${grepped.length}); ${names.slice(0, 5).join(" ")}`,
      );
      git("checkout", "-q", ".");
      put();
    }
    git("add", "-Af", ".");
    git("commit", "-qm", name, "--allow-empty");
    await refresh();
  }
  const all = store.symbols.pathsBelow("", 1_000_000).filter((one) => isTestFile(one)).length;
  await close();
  if (found.length === 0) return undefined;
  const mean = (of: (one: (typeof found)[number]) => number): number =>
    found.reduce((sum, one) => sum + of(one), 0) / found.length;
  return {
    question: "impact",
    tree: nameOf(tree),
    patches: found.length,
    depth,
    recall: round(mean((one) => one.recall)),
    recallOfFirst20: round(mean((one) => one.first)),
    namedTests: round(mean((one) => one.named)),
    grepRecall: round(mean((one) => one.grep)),
    grepTests: round(mean((one) => one.grepped)),
    testFiles: all,
    ms: Math.round(milliseconds / found.length),
  };
}

function isCode(path: string): boolean {
  return /\.(?:py|rb|[cm]?[jt]sx?|c|cc|cpp|h|hpp|go|rs|java|php)$/u.test(path);
}

function grep(root: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const words = names.flatMap((one) => ["-e", one]);
  try {
    const said = execFileSync("git", ["grep", "-lwF", ...words], { cwd: root, encoding: "utf8" });
    return said.trim().split("\n");
  } catch {
    return [];
  }
}

async function measureMap(tree: string): Promise<object> {
  const { store, close } = await indexed(tree);
  const tokens = Number(argument("--tokens", "1000"));
  const start = performance.now();
  const map = await repositoryMap(store.symbols, { maxTokens: tokens });
  const ms = performance.now() - start;
  const graph = await graphOf(store.symbols, new Turns(undefined));
  const wanted = mostUsed(graph);
  const share = (names: ReadonlySet<string>): number =>
    wanted.filter((one) => names.has(one)).length / wanted.length;
  const shown = new Set(
    map.files.flatMap(({ path, definitions }) =>
      definitions.map(({ definition }) => `${path} ${definition.name}`),
    ),
  );
  const result = {
    question: "map",
    tree: nameOf(tree),
    tokens,
    definitions: graph.size,
    wanted: wanted.length,
    share: round(share(shown)),
    alphabetical: round(share(inBudget(graph, store, [...ordered(graph)], tokens))),
    byCount: round(share(inBudget(graph, store, byCount(graph), tokens))),
    ms: Math.round(ms),
  };
  await close();
  return result;
}

/** How many files say the name of a definition that only one file defines: counted on the texts' uses, not on ranks. */
function mostUsed(graph: CodeGraph): string[] {
  const files = new Map<number, Set<number>>();
  for (const [file, path] of graph.paths.entries()) {
    if (weightOfPath(path) < 1) continue;
    const end = graph.firstUseOf[file + 1] as number;
    for (let use = graph.firstUseOf[file] as number; use < end; use += 1) {
      const places = graph.named.get(graph.usedName.at(use)) ?? [];
      const homes = new Set(places.map((place) => graph.fileOf.at(place)));
      const [place] = places;
      if (place === undefined || homes.size !== 1 || homes.has(file)) continue;
      if (dataKinds.has(graph.kindText(place)) || weightOfPath(graph.pathText(place)) < 1) continue;
      let known = files.get(place);
      if (known === undefined) {
        known = new Set();
        files.set(place, known);
      }
      known.add(file);
    }
  }
  return [...files]
    .sort(([a, x], [b, y]) => y.size - x.size || a - b)
    .slice(0, 30)
    .map(([place]) => `${graph.pathText(place)} ${graph.nameText(place)}`);
}

function* ordered(graph: CodeGraph): Iterable<number> {
  for (let place = 0; place < graph.size; place += 1) {
    const path = graph.pathText(place);
    if (weightOfPath(path) === 1 && !dataKinds.has(graph.kindText(place))) yield place;
  }
}

function byCount(graph: CodeGraph): number[] {
  const uses = new Map<number, number>();
  for (let use = 0; use < graph.usedName.length; use += 1) {
    const name = graph.usedName.at(use);
    uses.set(name, (uses.get(name) ?? 0) + 1);
  }
  const count = (place: number): number => uses.get(graph.nameOf.at(place)) ?? 0;
  return [...ordered(graph)].sort((a, b) => count(b) - count(a) || a - b);
}

/** The same form as a map, in another order. */
function inBudget(
  graph: CodeGraph,
  store: SqliteStore,
  order: readonly number[],
  tokens: number,
): Set<string> {
  const shown = new Set<string>();
  const files = new Set<number>();
  let left = tokens;
  for (const place of order) {
    const file = graph.fileOf.at(place);
    const path = graph.pathText(place);
    const row = store.symbols
      .definitionsIn(path)
      ?.find((one) => one.id === (graph.ids[place] as number));
    const line = `  ${row?.signature || row?.name}\n`;
    left -= tokensOf(line) + (files.has(file) ? 0 : tokensOf(`${path}\n`));
    if (left < 0) break;
    files.add(file);
    shown.add(`${path} ${graph.nameText(place)}`);
  }
  return shown;
}

async function measureUnused(tree: string): Promise<object> {
  const { store, close } = await indexed(tree);
  const start = performance.now();
  const cpu = process.cpuUsage();
  const { unused, definitions, entryPoints } = await unusedIn(store, {
    sure: "low",
    limit: 10_000,
  });
  const { user, system } = process.cpuUsage(cpu);
  const count = (sure: string): number => unused.filter((one) => one.sure === sure).length;
  const most = Number(argument("--show", "0"));
  for (const sure of ["high", "medium"]) {
    for (const { definition, doubts } of unused.filter((one) => one.sure === sure).slice(0, most)) {
      const { path, headLine, kind, container, name } = definition;
      say(`  ${sure} ${path}:${headLine} ${kind} ${container}.${name} ${doubts.join(" ")}`);
    }
  }
  await close();
  return {
    question: "unused",
    tree: nameOf(tree),
    definitions,
    high: count("high"),
    medium: count("medium"),
    low: count("low"),
    entryPoints: entryPoints.length,
    ms: Math.round(performance.now() - start),
    cpuMs: Math.round((user + system) / 1000),
  };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

const here = printMachine();
const rows: object[] = [];
for (const tree of trees) {
  say(nameOf(tree));
  const row =
    question === "impact"
      ? await measureImpact(tree)
      : question === "map"
        ? await measureMap(tree)
        : await measureUnused(tree);
  if (row === undefined) continue;
  say(JSON.stringify(row));
  rows.push(row);
}
if (!process.argv.includes("--dry")) keepRows("graph", here, rows);
