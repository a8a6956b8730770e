/*
 * find_symbol and search() on any tree: every function and class name of it that has four letters or more, asked
 * for exactly, split into words, and with its middle letter dropped. Right is the file that defines
 * it; of a name with several definitions any one (acc@1 unambiguous counts the others only).
 *
 *   node bench/quality/symbols.ts [--tree DIR] [--most 3000] [--searched 300] [--vectors none|static|model]
 *
 * --searched names are also asked through search(), in more forms; --vectors says which vectors it has (static).
 */
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { loadEmbedder } from "../../src/embedder.ts";
import { indexFolder } from "../../src/indexing/indexer.ts";
import { scanKernels } from "../../src/native/vector-scan.ts";
import type { TextEmbedder } from "../../src/ports/embedder.ts";
import { search } from "../../src/search/searcher.ts";
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

const searched = Number(argument("--searched", "300"));
const vectors = argument("--vectors", "static");
const staticEmbedder = vectors === "none" ? undefined : await loadEmbedder({ model: "static" });
const embedder = vectors === "model" ? await loadEmbedder() : undefined;
const store = openSqliteStore({ path: join(base, "index.db"), kernels: scanKernels() });
const parser = new TreeSitterParser({ grammars: grammarsFolder() });
const start = performance.now();
const report = await indexFolder({
  root: tree,
  store,
  embedder: embedder ?? counter,
  staticEmbedder,
  parser,
  options: { embed: embedder !== undefined },
});
const indexMs = performance.now() - start;
await parser.close();

interface Asked {
  name: string;
  path: string;
  container: string;
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
    for (const { name, kind, container } of store.symbols.definitionsIn(path) ?? []) {
      if (
        !["function", "method", "class"].includes(kind) ||
        !/[a-z].*[a-z].*[a-z].*[a-z]/i.test(name)
      )
        continue;
      counts.set(name, (counts.get(name) ?? 0) + 1);
      if (!seen.has(name)) all.push({ name, path, container, count: 0 });
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

/** Forms that search() is asked in besides; of names of several words or with a container only. */
const furtherForms: Record<string, (one: Asked) => string | undefined> = {
  "four+ words": ({ name }) => {
    const words = (forms.words as (name: string) => string)(name);
    return words.split(/\s+/).length >= 4 ? words : undefined;
  },
  kebab: ({ name }) => joined(name, "-"),
  snake: ({ name }) => joined(name, "_"),
  camel: ({ name }) =>
    joined(name, "_")?.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
  scoped: ({ name, container }) => (container === "" ? undefined : `${container}.${name}`),
  "49+ letters": ({ name }) =>
    name.length < 49 ? undefined : (forms["letter dropped"] as (name: string) => string)(name),
};

/** Undefined: one word, or written so already. */
function joined(name: string, sign: string): string | undefined {
  const words = (forms.words as (name: string) => string)(name).toLowerCase().split(/\s+/);
  const written = words.join(sign);
  return words.length < 2 || written === name ? undefined : written;
}

/** The same names through search(): right is a file that defines the name. */
async function searchNames(): Promise<void> {
  const step = Math.max(1, asked.length / searched);
  const some = asked.filter((_, at) => Math.floor(at / step) !== Math.floor((at - 1) / step));
  const defining = new Map<string, Set<string>>();
  for (const path of store.symbols.pathsBelow("", 1_000_000)) {
    for (const { name } of store.symbols.definitionsIn(path) ?? []) {
      defining.set(name, (defining.get(name) ?? new Set()).add(path));
    }
  }
  const means = { very: 0, any: 0, single: 0 };
  for (const [form, make] of [
    ...Object.entries(forms).map(
      ([form, make]) => [form, ({ name }: Asked) => make(name)] as const,
    ),
    ...Object.entries(furtherForms),
  ]) {
    const right = { very: 0, any: 0, ten: 0, single: 0 };
    let questions = 0;
    let singles = 0;
    const missed: string[] = [];
    for (const one of form in furtherForms ? asked : some) {
      const query = make(one);
      if (query === undefined) continue;
      if (form in furtherForms && questions >= searched / 2) break;
      questions += 1;
      const parts = { store, embedder, staticEmbedder };
      const { hits } = await search(parts, { query, k: 10, fillIn: "off" });
      const first = hits[0]?.path ?? "";
      const isAny = defining.get(one.name)?.has(first) === true;
      if (first === one.path) right.very += 1;
      if (isAny) right.any += 1;
      else missed.push(`${query} (${one.path}) -> ${first}`);
      if (hits.some(({ path }) => path === one.path)) right.ten += 1;
      if (defining.get(one.name)?.size === 1) {
        singles += 1;
        if (isAny) right.single += 1;
      }
    }
    if (questions === 0) continue;
    const part = (count: number, all = questions): string => (count / Math.max(1, all)).toFixed(3);
    say(
      `search() ${form.padEnd(15)} a defining file: acc@1 ${part(right.any)}; this very file: acc@1 ${part(right.very)}  acc@10 ${part(right.ten)}  unambiguous acc@1 ${part(right.single, singles)} (${singles} of ${questions})`,
    );
    if (process.argv.includes("--missed"))
      for (const line of missed.slice(0, 40)) say(`    ${line}`);
    keepRows("symbols", here, [
      {
        through: "search()",
        vectors,
        form,
        questions,
        acc1: right.very / questions,
        anyAcc1: right.any / questions,
        acc10: right.ten / questions,
        unambiguous: right.single / Math.max(1, singles),
      },
    ]);
    if (form in furtherForms) continue;
    means.very += right.very / questions / 3;
    means.any += right.any / questions / 3;
    means.single += right.single / Math.max(1, singles) / 3;
  }
  say(
    `search() three forms: a defining file first ${means.any.toFixed(3)}, this very file ${means.very.toFixed(3)}, unambiguous ${means.single.toFixed(3)}`,
  );
}

const here = printMachine();
say(
  `${tree}: ${report.files.seen} files, ${report.syntax.definitions} definitions, ${report.syntax.references} uses, vectors ${vectors}, in ${(indexMs / 1000).toFixed(1)} s (parse wait ${(report.timesMs.parse / 1000).toFixed(1)} s, store ${(report.timesMs.store / 1000).toFixed(1)} s); database ${(store.facts.stats().databaseBytes / 1e6).toFixed(1)} MB`,
);
say(`${asked.length} definitions asked for`);
const times: number[] = [];
let sum1 = 0;
let sum10 = 0;
for (const [form, make] of Object.entries(forms)) {
  const timesOfForm: number[] = [];
  let first = 0;
  let ten = 0;
  let single = 0;
  let anyFirst = 0;
  let anyTen = 0;
  let singleFirst = 0;
  for (const one of asked) {
    const begin = performance.now();
    const hits = findSymbol(store.symbols, make(one.name), { k: 10 });
    timesOfForm.push(performance.now() - begin);
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
  times.push(...timesOfForm);
  timesOfForm.sort((a, b) => a - b);
  keepRows("symbols", here, [
    {
      form,
      asked: asked.length,
      definitions: report.syntax.definitions,
      anyAcc1: anyFirst / asked.length,
      p50: timesOfForm[Math.floor(timesOfForm.length * 0.5)],
      p95: timesOfForm[Math.floor(timesOfForm.length * 0.95)],
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
await searchNames();
store.close();
await embedder?.close();
await staticEmbedder?.close();
if (existsSync(base)) rmSync(base, { recursive: true, force: true });
