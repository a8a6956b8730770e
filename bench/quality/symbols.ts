/*
 * find_symbol on any tree: every function and class name of it that has four letters or more, asked
 * for exactly, split into words, and with its middle letter dropped. Right is the file that defines
 * it; of a name with several definitions any one (acc@1 unambiguous counts the others only).
 *
 *   node bench/quality/symbols.ts [--tree DIR] [--most 3000]
 */
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { indexFolder } from "../../src/indexing/indexer.ts";
import type { TextEmbedder } from "../../src/ports/embedder.ts";
import { openSqliteStore } from "../../src/storage/sqlite/store.ts";
import { findSymbol } from "../../src/symbols/find-symbol.ts";
import { grammarsFolder } from "../../src/syntax/grammars.ts";
import { TreeSitterParser } from "../../src/syntax/parser.ts";
import { argument, keepRows, printMachine, say, work } from "../common.ts";
import { debianTree } from "../tree.ts";

const tree = argument("--tree") ?? debianTree();
const most = Number(argument("--most", "3000"));
const base = join(work, "symbols");
rmSync(base, { recursive: true, force: true });
mkdirSync(base, { recursive: true });

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

const store = openSqliteStore({ path: join(base, "index.db") });
const parser = new TreeSitterParser({ grammars: grammarsFolder() });
const start = performance.now();
const report = await indexFolder({
  root: tree,
  store,
  embedder: counter,
  parser,
  options: { embed: false },
});
const indexMs = performance.now() - start;
await parser.close();

interface Asked {
  name: string;
  path: string;
  /** Definitions of this name. */
  count: number;
}

const asked = sample();

/** Evenly spread over all definitions in the order of their files. */
function sample(): Asked[] {
  const counts = new Map<string, number>();
  const all: Asked[] = [];
  for (const path of store.symbols.pathsBelow("", 1_000_000)) {
    const seen = new Set<string>();
    for (const { name, kind } of store.symbols.definitionsIn(path) ?? []) {
      if (
        !["function", "method", "class"].includes(kind) ||
        !/[a-z].*[a-z].*[a-z].*[a-z]/i.test(name)
      )
        continue;
      counts.set(name, (counts.get(name) ?? 0) + 1);
      if (!seen.has(name)) all.push({ name, path, count: 0 });
      seen.add(name);
    }
  }
  const step = Math.max(1, all.length / most);
  return Array.from({ length: Math.min(most, all.length) }, (_, i) => {
    const one = all[Math.floor(i * step)] as Asked;
    return { ...one, count: counts.get(one.name) ?? 1 };
  });
}

const forms: Record<string, (name: string) => string> = {
  exact: (name) => name,
  words: (name) =>
    name
      .replace(/([a-z\d])([A-Z])/g, "$1 $2")
      .replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
      .replaceAll("_", " ")
      .trim(),
  "letter dropped": (name) => name.slice(0, name.length >> 1) + name.slice((name.length >> 1) + 1),
};

const here = printMachine();
say(
  `${tree}: ${report.files.seen} files, ${report.syntax.definitions} definitions, ${report.syntax.references} uses, without vectors in ${(indexMs / 1000).toFixed(1)} s (parse wait ${(report.timesMs.parse / 1000).toFixed(1)} s, store ${(report.timesMs.store / 1000).toFixed(1)} s); database ${(store.facts.stats().databaseBytes / 1e6).toFixed(1)} MB`,
);
say(`${asked.length} definitions asked for`);
const times: number[] = [];
let sum1 = 0;
let sum10 = 0;
for (const [form, make] of Object.entries(forms)) {
  let first = 0;
  let ten = 0;
  let single = 0;
  let anyFirst = 0;
  let anyTen = 0;
  let singleFirst = 0;
  for (const one of asked) {
    const begin = performance.now();
    const hits = findSymbol(store.symbols, make(one.name), { k: 10 });
    times.push(performance.now() - begin);
    const right = hits.map((hit) => hit.path === one.path && hit.name === one.name);
    if (right[0] === true) first += 1;
    if (right.includes(true)) ten += 1;
    const named = hits.map((hit) => hit.name === one.name);
    if (named[0] === true) anyFirst += 1;
    if (named.includes(true)) anyTen += 1;
    if (one.count === 1) {
      single += 1;
      if (right[0] === true) singleFirst += 1;
    }
  }
  sum1 += anyFirst / asked.length;
  sum10 += anyTen / asked.length;
  say(
    `${form.padEnd(15)} the name: acc@1 ${(anyFirst / asked.length).toFixed(3)}  acc@10 ${(anyTen / asked.length).toFixed(3)};  this very definition: acc@1 ${(first / asked.length).toFixed(3)}  acc@10 ${(ten / asked.length).toFixed(3)}  unambiguous acc@1 ${(singleFirst / single).toFixed(4)} (${single})`,
  );
  keepRows("symbols", here, [
    {
      form,
      acc1: first / asked.length,
      acc10: ten / asked.length,
      unambiguous: singleFirst / single,
    },
  ]);
}
times.sort((a, b) => a - b);
const at = (share: number): string =>
  (times[Math.floor(times.length * share)] as number).toFixed(2);
say(
  `three forms     the name: acc@1 ${(sum1 / 3).toFixed(3)}  acc@10 ${(sum10 / 3).toFixed(3)};  p50 ${at(0.5)} ms  p99 ${at(0.99)} ms`,
);
store.close();
if (existsSync(base)) rmSync(base, { recursive: true, force: true });
