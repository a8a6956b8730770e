/* Which definitions differ between two states of files. Both states were parsed; nothing of git is known here. */
import type { ChangedDefinition, ChangeKind } from "../../ports/answers/graph.ts";
import type { Definition } from "../../ports/syntax.ts";

/** One state of a file. */
export interface FileState {
  path: string;
  text: string;
  /** Undefined: it could not be parsed. */
  definitions: readonly Definition[] | undefined;
}

/** A file before and after; one of them is undefined for a file that came or went. */
export interface FileChange {
  before: FileState | undefined;
  after: FileState | undefined;
}

/** A changed definition as it stands in the state that has it: the later one where both do. */
export interface TouchedDefinition extends ChangedDefinition {
  definition: Definition | undefined;
  /** Where what was moved stood before. */
  from?: string | undefined;
}

/**
 * The definitions whose own lines differ: a class counts when something of it does that is none of its members. A
 * definition that left one file and stands in another as it was, was moved. Lines outside of all definitions are one
 * entry of the kind "file".
 */
export function touchedDefinitions(changes: readonly FileChange[]): TouchedDefinition[] {
  const touched = changes.flatMap(touchedIn);
  const added = new Map<string, TouchedDefinition>();
  for (const one of touched) if (one.change === "added") added.set(bodyKey(one), one);
  const moved = new Set<TouchedDefinition>();
  for (const one of touched) {
    if (one.change !== "removed" || one.definition === undefined) continue;
    const there = added.get(bodyKey(one));
    if (there === undefined || moved.has(there)) continue;
    there.change = "moved";
    there.from = one.path;
    moved.add(there);
    moved.add(one);
  }
  return touched.filter((one) => !(one.change === "removed" && moved.has(one)));
}

function bodyKey({ name, definition }: TouchedDefinition): string {
  return `${name}\n${definition?.bodyHash}`;
}

function touchedIn({ before, after }: FileChange): TouchedDefinition[] {
  const path = after?.path ?? before?.path ?? "";
  const isMoved = before !== undefined && after !== undefined && before.path !== after.path;
  const earlier = byKey(before);
  const later = byKey(after);
  const touched: TouchedDefinition[] = [];
  const add = (definition: Definition, change: ChangeKind): void => {
    const { name, container, kind, headLine } = definition;
    const from = change === "moved" ? before?.path : undefined;
    touched.push({ path, name, container, kind, change, line: headLine, definition, from });
  };
  const linesOf = { before: linesIn(before), after: linesIn(after) };
  for (const [key, now] of later) {
    const then = earlier.get(key);
    if (then === undefined) add(now, "added");
    else if (isDifferent(then, now, before, after, linesOf)) add(now, "changed");
    else if (isMoved && now.container === "") add(now, "moved");
  }
  for (const [key, then] of earlier) if (!later.has(key)) add(then, "removed");
  touched.sort((a, b) => a.line - b.line);
  if (before !== undefined && after !== undefined && isTopDifferent(before, after, linesOf)) {
    const top = { path, name: "", container: "", kind: "file", line: 1, definition: undefined };
    touched.unshift({ ...top, change: "changed" });
  }
  return touched;
}

interface BothLines {
  before: readonly string[];
  after: readonly string[];
}

function linesIn(state: FileState | undefined): readonly string[] {
  return state === undefined ? [] : state.text.split(/\r?\n/u);
}

/** By container, name and, among those that have both in common, by their order. */
function byKey(state: FileState | undefined): Map<string, Definition> {
  const found = new Map<string, Definition>();
  for (const one of state?.definitions ?? []) {
    const key = `${one.container}\n${one.name}`;
    let at = 0;
    while (found.has(`${key}\n${at}`)) at += 1;
    found.set(`${key}\n${at}`, one);
  }
  return found;
}

function isDifferent(
  then: Definition,
  now: Definition,
  before: FileState | undefined,
  after: FileState | undefined,
  lines: BothLines,
): boolean {
  if (then.bodyHash === now.bodyHash && then.signature === now.signature) return false;
  return (
    ownLines(then, before?.definitions ?? [], lines.before) !==
    ownLines(now, after?.definitions ?? [], lines.after)
  );
}

/** Its lines without those of what it holds, moved to the left edge; ends of lines and empty lines do not count. */
function ownLines(one: Definition, all: readonly Definition[], lines: readonly string[]): string {
  const isHeld = new Set<number>();
  for (const other of all) {
    if (other === one || other.startLine < one.startLine || other.endLine > one.endLine) continue;
    const isSame = other.startLine === one.startLine && other.endLine === one.endLine;
    if (isSame) continue;
    for (let line = other.startLine; line <= other.endLine; line += 1) isHeld.add(line);
  }
  return textOf(lines, one.startLine, one.endLine, isHeld);
}

function isTopDifferent(before: FileState, after: FileState, lines: BothLines): boolean {
  if (before.definitions === undefined || after.definitions === undefined) return false;
  const top = (definitions: readonly Definition[], of: readonly string[]): string => {
    const isHeld = new Set<number>();
    for (const { startLine, endLine } of definitions) {
      for (let line = startLine; line <= endLine; line += 1) isHeld.add(line);
    }
    return textOf(of, 1, of.length, isHeld);
  };
  return top(before.definitions, lines.before) !== top(after.definitions, lines.after);
}

function textOf(
  lines: readonly string[],
  first: number,
  last: number,
  isHeld: ReadonlySet<number>,
): string {
  const indent = /^\s*/u.exec(lines[first - 1] ?? "")?.[0] ?? "";
  const kept: string[] = [];
  for (let line = first; line <= last; line += 1) {
    const text = (lines[line - 1] ?? "").trimEnd();
    if (text === "" || isHeld.has(line)) continue;
    kept.push(text.startsWith(indent) ? text.slice(indent.length) : text);
  }
  return kept.join("\n");
}
