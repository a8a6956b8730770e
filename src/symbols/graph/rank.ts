import { pathTraits } from "../../base/paths/path-traits.ts";
import type { CodeGraph } from "./code-graph.ts";
import type { Turns } from "./turns.ts";

/** Steps of the walk; the order of the first hundreds does not change after so many. */
const steps = 24;
/** Share of each step that goes on along a use; the rest begins anew. */
const goesOn = 0.85;
/** What a use is worth by how sure it is: exact, import, name. */
const worthOf = [1, 0.9, 0.15] as const;
/** A use in the file of the definition says less of what others need. */
const worthInFile = 0.3;
/** Share of a member that goes to what holds it. */
const worthOfHolder = 0.3;
/** Against the way of the uses, when something is asked about: who uses it matters too. */
const worthBack = 0.25;
/** Share of the beginnings that what is asked about has. */
const shareOfFocus = 0.8;
const weightOfTests = 0.2;
const weightOfOthers = 0.05;

/** How much the beginnings of a file count: code of others and tests say little about this one. */
export function weightOfPath(path: string): number {
  const { isTest, isGenerated, isVendored, isLocale } = pathTraits(path);
  if (isVendored || isGenerated || isLocale) return weightOfOthers;
  return isTest ? weightOfTests : 1;
}

/**
 * Rank of each definition, after PageRank (Page, Brin, Motwani, Winograd 1998): the share of its time that a reader
 * spends there who begins in any file and follows uses. Sums are made in the order of the graph, so that the same index
 * gives the same numbers.
 *
 * @param focus places of definitions where most beginnings are; empty: files alone decide
 */
export async function rankOf(
  graph: CodeGraph,
  focus: ReadonlySet<number>,
  turns: Turns,
): Promise<Float64Array> {
  const count = graph.size;
  const files = graph.paths.length;
  const start = startsOf(graph, focus);
  const { heads, targets, weights } = await waysOf(graph, focus.size > 0, turns);
  let rank = Float64Array.from(start);
  for (let step = 0; step < steps; step += 1) {
    const next = new Float64Array(count + files);
    let lost = 0;
    for (let from = 0; from < count + files; from += 1) {
      const own = rank[from] as number;
      const end = heads[from + 1] as number;
      if (end === heads[from]) lost += own;
      for (let at = heads[from] as number; at < end; at += 1) {
        const to = targets[at] as number;
        next[to] = (next[to] as number) + own * (weights[at] as number) * goesOn;
      }
    }
    const anew = 1 - goesOn + lost * goesOn;
    for (let at = 0; at < next.length; at += 1) {
      next[at] = (next[at] as number) + anew * (start[at] as number);
    }
    rank = next;
    await turns.next();
  }
  return rank.subarray(0, count);
}

/** Where the walk begins: each file as often, half of it at its top and half in its definitions. Definitions first. */
function startsOf(graph: CodeGraph, focus: ReadonlySet<number>): Float64Array {
  const count = graph.size;
  const start = new Float64Array(count + graph.paths.length);
  let total = 0;
  for (const [file, path] of graph.paths.entries()) {
    const first = graph.firstOf[file] as number;
    const size = (graph.firstOf[file + 1] as number) - first;
    if (size === 0 && graph.firstUseOf[file] === graph.firstUseOf[file + 1]) continue;
    const weight = weightOfPath(path);
    total += weight;
    start[count + file] = size === 0 ? weight : weight / 2;
    for (let at = first; at < first + size; at += 1) start[at] = weight / 2 / size;
  }
  const base = (focus.size > 0 ? 1 - shareOfFocus : 1) / (total || 1);
  for (let at = 0; at < start.length; at += 1) start[at] = (start[at] as number) * base;
  for (const place of focus) start[place] = (start[place] as number) + shareOfFocus / focus.size;
  return start;
}

interface Ways {
  /** Of each definition, then of each file's top: where its ways begin; one more at the end. */
  heads: Int32Array;
  targets: Int32Array;
  /** The ways from one place add up to 1. */
  weights: Float64Array;
}

/** Uses between the same two are one way, and many of them count as the root of their number. */
async function waysOf(graph: CodeGraph, isBoth: boolean, turns: Turns): Promise<Ways> {
  const count = graph.size;
  const nodes = count + graph.paths.length;
  const nodeOf = (from: number): number => (from < 0 ? count - 1 - from : from);
  const byFrom: number[][] = Array.from({ length: nodes });
  for (let use = 0; use < graph.from.length; use += 1) {
    const from = nodeOf(graph.from.at(use));
    const list = byFrom[from];
    if (list === undefined) byFrom[from] = [use];
    else list.push(use);
  }
  const ways: Map<number, number>[] = Array.from({ length: nodes });
  const add = (from: number, to: number, weight: number): void => {
    ways[from] ??= new Map<number, number>();
    const own = ways[from];
    own.set(to, (own.get(to) ?? 0) + weight);
  };
  for (let from = 0; from < nodes; from += 1) {
    const worth = new Map<number, number>();
    const times = new Map<number, number>();
    const file = from < count ? graph.fileOf.at(from) : from - count;
    for (const use of byFrom[from] ?? []) {
      const to = graph.to.at(use);
      if (to === from) continue;
      const near = graph.fileOf.at(to) === file ? worthInFile : 1;
      const one = ((worthOf[graph.sure.at(use)] ?? 0) * near) / graph.among.at(use);
      worth.set(to, Math.max(worth.get(to) ?? 0, one));
      times.set(to, (times.get(to) ?? 0) + 1);
    }
    for (const [to, one] of worth) {
      const weight = one * Math.sqrt(times.get(to) ?? 1);
      add(from, to, weight);
      if (isBoth) add(to, from, weight * worthBack);
    }
    const holder = from < count ? graph.holderOf.at(from) : -1;
    if (holder >= 0) add(from, holder, worthOfHolder);
    if (from % 1024 === 0) await turns.next();
  }
  const heads = new Int32Array(nodes + 1);
  for (let at = 0; at < nodes; at += 1) {
    heads[at + 1] = (heads[at] as number) + (ways[at]?.size ?? 0);
  }
  const targets = new Int32Array(heads[nodes] as number);
  const weights = new Float64Array(heads[nodes] as number);
  let at = 0;
  for (const own of ways) {
    if (own === undefined) continue;
    let sum = 0;
    for (const weight of own.values()) sum += weight;
    for (const [to, weight] of own) {
      targets[at] = to;
      weights[at] = weight / sum;
      at += 1;
    }
  }
  return { heads, targets, weights };
}
