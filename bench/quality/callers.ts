/*
 * Callers and callees against what tsserver's language service and Pyright say of the same trees: of so many functions
 * and so many methods, drawn by a seed, the lines of their calls, and the definitions they call.
 *
 *   node bench/quality/callers.ts [--tree rxjs|werkzeug] [--most 200] [--seed 1] [--list]
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { indexFolder } from "../../src/indexing/indexer.ts";
import { scanKernels } from "../../src/native/vector-scan.ts";
import type { TextEmbedder } from "../../src/ports/embedder.ts";
import type { SymbolRow } from "../../src/ports/symbols.ts";
import { openSqliteStore } from "../../src/storage/sqlite/store.ts";
import { calleesOf, kindsOfCalls, referencesOf } from "../../src/symbols/references.ts";
import { grammarsFolder } from "../../src/syntax/grammars.ts";
import { TreeSitterParser } from "../../src/syntax/parser.ts";
import { argument, keepRows, printMachine, say, work } from "../common.ts";
import type { Answers } from "./uses/answers.ts";
import { unpacked } from "./uses/packages.ts";
import { pyrightAnswers } from "./uses/pyright-answers.ts";
import { typescriptAnswers } from "./uses/typescript-answers.ts";

const most = Number(argument("--most", "200"));
const seed = Number(argument("--seed", "1"));
const isListed = process.argv.includes("--list");
const wanted = argument("--tree");

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

interface Tree {
  name: string;
  folder: string;
  fits: RegExp;
  answers(paths: string[]): Promise<Answers>;
}

const trees: Record<string, () => Tree> = {
  rxjs: () => {
    const folder = join(unpacked("rxjs"), "src");
    return {
      name: "rxjs 7.8.1, against typescript 5.8.3",
      folder,
      fits: /\.ts$/,
      answers: async (paths) => typescriptAnswers(unpacked("typescript"), folder, paths),
    };
  },
  werkzeug: () => {
    const folder = join(unpacked("werkzeug"), "src");
    return {
      name: "werkzeug 3.1.3, against pyright 1.1.402",
      folder,
      fits: /\.pyi?$/,
      answers: (paths) => pyrightAnswers(unpacked("pyright"), folder, paths),
    };
  },
};

/** Numbers from 0 to 1, the same in every run. */
function draws(from: number): () => number {
  let state = from;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Count {
  right: number;
  ours: number;
  theirs: number;
}

function counted(
  counts: Map<string, Count>,
  key: string,
  ours: Set<string>,
  theirs: Set<string>,
): void {
  const count = counts.get(key) ?? { right: 0, ours: 0, theirs: 0 };
  count.ours += ours.size;
  count.theirs += theirs.size;
  for (const one of ours) if (theirs.has(one)) count.right += 1;
  counts.set(key, count);
}

const here = printMachine();
for (const [key, make] of Object.entries(trees)) {
  if (wanted !== undefined && wanted !== key) continue;
  const tree = make();
  const base = join(work, "callers", key);
  rmSync(base, { recursive: true, force: true });
  mkdirSync(base, { recursive: true });
  const store = openSqliteStore({ path: join(base, "index.db"), kernels: scanKernels() });
  const parser = new TreeSitterParser({ grammars: grammarsFolder() });
  await indexFolder({
    root: tree.folder,
    store,
    embedder: counter,
    staticEmbedder: undefined,
    parser,
    options: { embed: false },
  });
  await parser.close();
  const { symbols } = store;
  const paths = symbols.pathsBelow("", 100_000).filter((path) => tree.fits.test(path));
  const answers = await tree.answers(paths);
  const all = paths.flatMap((path) => symbols.definitionsIn(path) ?? []);
  const counts = new Map<string, Count>();
  for (const [what, kinds] of [
    ["function", ["function"]],
    ["method", ["method"]],
  ] as const) {
    const draw = draws(seed);
    const drawn = all
      .filter(({ kind }) => (kinds as readonly string[]).includes(kind))
      .map((one) => ({ one, at: draw() }))
      .sort((a, b) => a.at - b.at)
      .map(({ one }) => one);
    let asked = 0;
    for (const one of drawn) {
      if (asked >= most) break;
      if (await ask(one, what)) asked += 1;
    }
    say(`${tree.name}: ${asked} ${what}s`);
  }

  async function ask(one: SymbolRow, what: string): Promise<boolean> {
    const at = { path: one.path, line: one.headLine, name: one.name };
    const callers = await answers.callers(at);
    if (callers === undefined) return false;
    const theirs = new Set(callers.map(({ path, line }) => `${path}:${line}`));
    const uses = referencesOf(symbols, one, kindsOfCalls(symbols, one));
    for (const sure of [
      ["exact"],
      ["import"],
      ["name"],
      ["exact", "import"],
      ["exact", "import", "name"],
    ]) {
      const ours = new Set(
        uses
          .filter(({ confidence }) => sure.includes(confidence))
          .map(({ path, line }) => `${path}:${line}`),
      );
      counted(counts, `callers of ${what}s, ${sure.join(" + ")}`, ours, theirs);
      if (isListed && sure.length === 3)
        list(
          `${one.container}.${one.name} ${one.path}:${one.headLine}`,
          ours,
          theirs,
          uses.map((use) => `${use.path}:${use.line} ${use.confidence}`),
        );
    }
    const callees = (await answers.callees(at)) ?? [];
    const theirCallees = new Set(callees.map(({ path, name }) => `${path} ${name}`));
    const ourCallees = calleesOf(symbols, one).flatMap(({ definition }) =>
      definition === undefined ? [] : [`${definition.path} ${definition.name}`],
    );
    counted(counts, `callees of ${what}s`, new Set(ourCallees), theirCallees);
    if (isListed)
      list(
        `callees ${one.container}.${one.name} ${one.path}:${one.headLine}`,
        new Set(ourCallees),
        theirCallees,
        [],
      );
    return true;
  }

  for (const [name, { right, ours, theirs }] of counts) {
    const recall = right / Math.max(1, theirs);
    const precision = right / Math.max(1, ours);
    say(
      `  ${name}: recall ${recall.toFixed(3)} of ${theirs}, precision ${precision.toFixed(3)} of ${ours}`,
    );
    if (!isListed)
      keepRows("callers", here, [
        { tree: tree.name, asked: name, seed, recall, precision, ours, theirs },
      ]);
  }
  await answers.close();
  store.close();
}

function list(name: string, ours: Set<string>, theirs: Set<string>, uses: string[]): void {
  const missing = [...theirs].filter((one) => !ours.has(one));
  const wrong = [...ours]
    .filter((one) => !theirs.has(one))
    .map((one) => uses.find((use) => use.startsWith(`${one} `)) ?? one);
  if (missing.length > 0 || wrong.length > 0) {
    say(
      `  - ${name}: missing ${missing.join(", ") || "none"}; wrong ${wrong.join(", ") || "none"}`,
    );
  }
}
