/*
 * Which definition of one version of a file is which of another. By name first; where a name is there more than once,
 * by body, then by likeness. What is left on both sides may have been renamed: it is when the bodies are the same but
 * for the name, or alike and like nothing else.
 */
import type { Definition } from "../../../ports/syntax.ts";
import {
  fullNameOf,
  isRenamed,
  isSameBody,
  likeness,
  tellingLines,
  type Version,
} from "./bodies.ts";

/** Less alike than this is another definition. */
export const alikeFrom = 0.6;
/** The next best has to be so much less alike. */
const margin = 0.1;
/** Definitions without a pair that are compared with each other. */
const mostLoose = 300;

const functions: ReadonlySet<string> = new Set(["function", "method", "constructor"]);

export function isSameKind(a: string, b: string): boolean {
  return a === b || (functions.has(a) && functions.has(b));
}

/** For each definition of `now` the one of `old` that it was; those that are new are not in it. */
export function pairDefinitions(old: Version, now: Version): Map<Definition, Definition> {
  const pairs = new Map<Definition, Definition>();
  const taken = new Set<Definition>();
  const pair = (one: Definition, then: Definition): void => {
    pairs.set(one, then);
    taken.add(then);
  };
  const before = grouped(old.definitions ?? []);
  for (const [key, ones] of grouped(now.definitions ?? [])) {
    pairGroup(before.get(key) ?? [], ones, old, now, pair);
  }
  const looseOld = (old.definitions ?? []).filter((one) => !taken.has(one));
  const looseNow = (now.definitions ?? []).filter((one) => !pairs.has(one));
  if (looseOld.length === 0 || looseNow.length === 0) return pairs;
  pairLoose(looseOld.slice(0, mostLoose), looseNow.slice(0, mostLoose), old, now, pairs, pair);
  return pairs;
}

function grouped(all: readonly Definition[]): Map<string, Definition[]> {
  const groups = new Map<string, Definition[]>();
  for (const one of all) {
    const key = fullNameOf(one);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups;
}

type Pair = (one: Definition, then: Definition) => void;

/** Those of one name: equal bodies first, then the most alike, then by their order. */
function pairGroup(
  before: readonly Definition[],
  after: readonly Definition[],
  old: Version,
  now: Version,
  pair: Pair,
): void {
  if (before.length === 0) return;
  if (before.length === 1 && after.length === 1) {
    pair(after[0] as Definition, before[0] as Definition);
    return;
  }
  const left = [...before];
  const open = after.filter((one) => {
    const same = left.findIndex((then) => isSameBody(old, then, now, one));
    if (same < 0) return true;
    pair(one, left.splice(same, 1)[0] as Definition);
    return false;
  });
  const scored = open.flatMap((one, at) => {
    const own = tellingLines(now, one);
    return left.map((then, from) => ({
      one,
      then,
      score: likeness(tellingLines(old, then), own),
      isAs: then.signature === one.signature ? 1 : 0,
      away: Math.abs(at - from),
    }));
  });
  scored.sort((a, b) => b.isAs - a.isAs || b.score - a.score || a.away - b.away);
  const done = new Set<Definition>();
  for (const { one, then } of scored) {
    if (done.has(one) || done.has(then)) continue;
    done.add(one);
    done.add(then);
    pair(one, then);
  }
}

function pairLoose(
  before: readonly Definition[],
  after: readonly Definition[],
  old: Version,
  now: Version,
  pairs: Map<Definition, Definition>,
  pair: Pair,
): void {
  const taken = new Set<Definition>();
  const free = (): Definition[] => after.filter((one) => !pairs.has(one));
  const take = (one: Definition, then: Definition): void => {
    taken.add(then);
    pair(one, then);
  };
  const linesOf = new Map<Definition, string[]>();
  const telling = (version: Version, one: Definition): string[] => {
    const known = linesOf.get(one) ?? tellingLines(version, one);
    linesOf.set(one, known);
    return known;
  };
  const only = (list: readonly Definition[]): Definition | undefined =>
    list.length === 1 ? list[0] : undefined;
  const left = (): Definition[] => before.filter((then) => !taken.has(then));
  // It went into another class, or out of one, as it was.
  for (const one of free()) {
    const then = only(
      left().filter((two) => two.name === one.name && isSameBody(old, two, now, one)),
    );
    if (then !== undefined) take(one, then);
  }
  // Outer ones first: what a renamed class holds goes with it.
  const byDepth = free().sort((a, b) => depthOf(a) - depthOf(b));
  for (const one of byDepth) {
    const holders = renamedHolders(one, pairs, now);
    const then = only(left().filter((two) => two.name === one.name && holders.has(two.container)));
    if (then !== undefined) {
      take(one, then);
      continue;
    }
    const own = telling(now, one);
    const fits = left().filter((two) => isSameKind(two.kind, one.kind) && two.name !== one.name);
    const renamed = fits.filter((two) => isRenamed(telling(old, two), own));
    const sure = only(renamed.filter((two) => two.container === one.container)) ?? only(renamed);
    const isOnly =
      sure !== undefined &&
      free().filter((two) => two !== one && isRenamed(telling(now, two), own)).length === 0;
    if (isOnly) take(one, sure);
  }
  takeAlike(left(), free(), old, now, telling, take);
}

/** Only the best of both sides, and only where nothing else is nearly as good. */
function takeAlike(
  before: readonly Definition[],
  after: readonly Definition[],
  old: Version,
  now: Version,
  telling: (version: Version, one: Definition) => string[],
  take: Pair,
): void {
  const scored = after.flatMap((one) =>
    before
      .filter((then) => isSameKind(then.kind, one.kind))
      .map((then) => ({ one, then, score: likeness(telling(old, then), telling(now, one)) }))
      .filter(({ score }) => score >= alikeFrom - margin),
  );
  scored.sort((a, b) => b.score - a.score);
  const done = new Set<Definition>();
  for (const { one, then, score } of scored) {
    if (score < alikeFrom || done.has(one) || done.has(then)) continue;
    const rival = scored.find(
      (other) =>
        other.score > score - margin &&
        ((other.one === one && other.then !== then) ||
          (other.then === then && other.one !== one)) &&
        !done.has(other.one) &&
        !done.has(other.then),
    );
    if (rival !== undefined) continue;
    done.add(one);
    done.add(then);
    take(one, then);
  }
}

/** What the class around it was called before, where that was renamed. */
function renamedHolders(
  one: Definition,
  pairs: ReadonlyMap<Definition, Definition>,
  now: Version,
): Set<string> {
  const holders = new Set<string>();
  if (one.container === "") return holders;
  for (const holder of now.definitions ?? []) {
    if (fullNameOf(holder) !== one.container) continue;
    const then = pairs.get(holder);
    if (then !== undefined) holders.add(fullNameOf(then));
  }
  return holders;
}

function depthOf({ container }: Definition): number {
  return container === "" ? 0 : container.split(".").length;
}
