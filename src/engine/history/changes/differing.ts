/*
 * Which definitions differ between two states of files. Within a file pairs.ts says which is which. What left one file
 * and came into another was moved where its text says so: the same text, the same but for the name, or much of it under
 * the same name. A class differs when something of it does that is none of its members.
 */
import type { DiffPlace, DiffSymbol } from "../../../ports/answers/time/diff.ts";
import type { Definition } from "../../../ports/syntax.ts";
import {
  fullNameOf,
  isRenamed,
  isSameBody,
  likeness,
  tellingLines,
  type Version,
} from "./bodies.ts";
import { alikeFrom, isSameKind, pairDefinitions } from "./pairs.ts";

/** A file before and after; a side that is not there is of the kind "none". */
export interface VersionPair {
  old: Version;
  now: Version;
}

/** A definition on both sides, or on one. */
export interface Differing {
  told: DiffSymbol;
  now: Definition | undefined;
  old: Definition | undefined;
}

interface Loose {
  version: Version;
  one: Definition;
}

/** Definitions without a pair that are compared with each other, of each side. */
const mostAlike = 1_000;

/** By path and line. @param shown from a path of the repository to one of the index */
export function differingIn(
  pairs: readonly VersionPair[],
  shown: (path: string) => string,
): Differing[] {
  const found: Differing[] = [];
  const came: Loose[] = [];
  const went: Loose[] = [];
  for (const { old, now } of pairs) {
    const was = pairDefinitions(old, now);
    const kept = new Set(was.values());
    for (const one of now.definitions ?? []) {
      const then = was.get(one);
      if (then === undefined) came.push({ version: now, one });
      else {
        const differs = both({ version: old, one: then }, { version: now, one }, was, shown);
        if (differs !== undefined) found.push(differs);
      }
    }
    for (const one of old.definitions ?? []) if (!kept.has(one)) went.push({ version: old, one });
  }
  found.push(...acrossFiles(went, came, shown));
  return found.sort(
    (a, b) =>
      (a.told.path < b.told.path ? -1 : a.told.path > b.told.path ? 1 : 0) ||
      a.told.line - b.told.line,
  );
}

function both(
  old: Loose,
  now: Loose,
  was: ReadonlyMap<Definition, Definition> | undefined,
  shown: (path: string) => string,
): Differing | undefined {
  const isChanged = !isSameOwn(old, now);
  const isMoved = old.version.path !== now.version.path;
  const isNamed = old.one.name !== now.one.name;
  const isHeld = old.one.container !== now.one.container && !isHolderRenamed(old, now, was);
  const isTop = now.one.container === "" || was === undefined;
  const change =
    isNamed || isHeld ? "renamed" : isMoved && isTop ? "moved" : isChanged ? "changed" : undefined;
  if (change === undefined) return undefined;
  const told: DiffSymbol = {
    ...placeOf(now, shown),
    change,
    before: placeOf(old, shown),
    ...(change === "changed" ? {} : { isChanged: isChanged && !isOnlyRenamed(old, now) }),
  };
  return { told, now: now.one, old: old.one };
}

function isOnlyRenamed(old: Loose, now: Loose): boolean {
  return (
    old.one.name !== now.one.name &&
    tellingLines(old.version, old.one).join("\n") === tellingLines(now.version, now.one).join("\n")
  );
}

/** What holds it has another name: it has none of its own. */
function isHolderRenamed(
  { one: then }: Loose,
  { version, one }: Loose,
  was: ReadonlyMap<Definition, Definition> | undefined,
): boolean {
  const holder = version.definitions?.find((other) => fullNameOf(other) === one.container);
  const before = holder && was?.get(holder);
  return before !== undefined && fullNameOf(before) === then.container;
}

function isSameOwn(old: Loose, now: Loose): boolean {
  if (isSameBody(old.version, old.one, now.version, now.one)) return true;
  const before = ownText(old);
  const after = ownText(now);
  return before !== undefined && before === after;
}

/** Its text without that of its members; undefined: it has none. */
function ownText({ version, one }: Loose): string | undefined {
  const full = fullNameOf(one);
  const held = (version.definitions ?? []).filter(
    ({ container, startLine, endLine }) =>
      (container === full || container.startsWith(`${full}.`)) &&
      startLine >= one.startLine &&
      endLine <= one.endLine &&
      // One that stands on the same lines is its own text.
      (startLine > one.headLine || endLine < one.endLine),
  );
  if (held.length === 0) return undefined;
  const isHeld = new Set<number>();
  for (const { startLine, endLine } of held) {
    for (let line = startLine; line <= endLine; line += 1) isHeld.add(line);
  }
  const lines: string[] = [];
  for (let line = one.headLine; line <= one.endLine; line += 1) {
    const text = (version.lines[line - 1] ?? "").replace(/\s+/gu, " ").trim();
    if (text !== "" && !isHeld.has(line)) lines.push(text);
  }
  return lines.join("\n");
}

/** What went from one file and came into another. */
function acrossFiles(
  went: readonly Loose[],
  came: readonly Loose[],
  shown: (path: string) => string,
): Differing[] {
  const moves = new Map<Loose, Loose>();
  const taken = new Set<Loose>();
  const pair = (now: Loose, old: Loose): void => {
    moves.set(now, old);
    taken.add(old);
  };
  const byText = grouped(went, ({ one }) => `${one.name}\n${one.bodyHash}`);
  for (const now of came) {
    const same = (byText.get(`${now.one.name}\n${now.one.bodyHash}`) ?? []).filter(
      (old) => !taken.has(old) && old.version.path !== now.version.path,
    );
    const old = same.find(({ one }) => one.container === now.one.container) ?? same[0];
    if (old !== undefined) pair(now, old);
  }
  const byLines = grouped(left(went, taken), (old) => textKey(old));
  const comeLines = grouped(
    came.filter((now) => !moves.has(now)),
    (now) => textKey(now),
  );
  for (const [key, [now, ...more]] of comeLines) {
    const [old, ...others] = byLines.get(key) ?? [];
    // One of several is a guess.
    if (now === undefined || old === undefined || more.length + others.length > 0) continue;
    const lines = tellingLines(now.version, now.one);
    if (
      isSameKind(old.one.kind, now.one.kind) &&
      isRenamed(tellingLines(old.version, old.one), lines)
    ) {
      pair(now, old);
    }
  }
  const byName = grouped(left(went, taken).slice(0, mostAlike), ({ one }) => one.name);
  for (const now of came.filter((one) => !moves.has(one)).slice(0, mostAlike)) {
    const lines = tellingLines(now.version, now.one);
    const alike = (byName.get(now.one.name) ?? []).filter(
      (old) =>
        !taken.has(old) &&
        old.version.path !== now.version.path &&
        isSameKind(old.one.kind, now.one.kind) &&
        likeness(tellingLines(old.version, old.one), lines) >= alikeFrom,
    );
    const [old] = alike;
    if (old !== undefined && alike.length === 1) pair(now, old);
  }
  const isWithHolder = (now: Loose, old: Loose): boolean =>
    now.one.container !== "" &&
    [...moves].some(
      ([other, before]) =>
        other.version === now.version &&
        before.version === old.version &&
        fullNameOf(other.one) === now.one.container &&
        fullNameOf(before.one) === old.one.container,
    );
  const found: Differing[] = [];
  for (const now of came) {
    const old = moves.get(now);
    if (old === undefined) {
      found.push({
        told: { ...placeOf(now, shown), change: "added" },
        now: now.one,
        old: undefined,
      });
      continue;
    }
    if (isSameOwn(old, now) && old.one.name === now.one.name && isWithHolder(now, old)) continue;
    const differs = both(old, now, undefined, shown);
    if (differs !== undefined) found.push(differs);
  }
  for (const old of left(went, taken)) {
    found.push({
      told: { ...placeOf(old, shown), change: "removed" },
      now: undefined,
      old: old.one,
    });
  }
  return found;
}

function textKey({ version, one }: Loose): string {
  return tellingLines(version, one).join("\n");
}

function left(all: readonly Loose[], taken: ReadonlySet<Loose>): Loose[] {
  return all.filter((one) => !taken.has(one));
}

function grouped(all: readonly Loose[], keyOf: (one: Loose) => string): Map<string, Loose[]> {
  const groups = new Map<string, Loose[]>();
  for (const one of all) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups;
}

function placeOf({ version, one }: Loose, shown: (path: string) => string): DiffPlace {
  const { kind, headLine: line, endLine, signature } = one;
  return { path: shown(version.path), name: fullNameOf(one), kind, line, endLine, signature };
}
