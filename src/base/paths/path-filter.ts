/* Which paths somebody means: lists with commas and quotes, {a,b} in patterns, either form of Unicode. */
import { HaypileError } from "../errors.ts";
import { mostlyFolds } from "./case.ts";
import { globMatcher } from "./glob.ts";

/** Patterns that one with braces may stand for. */
const mostPatterns = 256;

/** Letters of patterns times letters of paths: about a second of a slow core. `src/*.ts` fits a million paths for less. */
const mostWork = 400_000_000;

/** What patterns of one question may cost together, whatever the index has: else a question could stop all others. */
export class PatternWork {
  #left = mostWork;

  /** @throws HaypileError HAYPILE_USAGE when it is too much */
  take(pattern: number, path: number): void {
    this.#left -= pattern * path;
    if (this.#left >= 0) return;
    throw new HaypileError(
      "HAYPILE_USAGE",
      "The path patterns take too long on an index of this size. Use fewer stars and braces, or name a folder.",
      { data: { most: mostWork } },
    );
  }
}

/**
 * True for paths that fit a folder or a pattern: *, ** and ? as globMatcher() has them, {a,b} as a choice. What it gives
 * throws HAYPILE_USAGE when all paths together take too long.
 * @param work shared by the patterns of one question
 * @param foldsCase upper and lower case are the same, as for most who ask on Windows and macOS: a pattern only narrows
 * @throws HaypileError HAYPILE_USAGE when the braces stand for too much
 */
export function pathFilter(
  pattern: string,
  work = new PatternWork(),
  foldsCase = mostlyFolds,
): (path: string) => boolean {
  const isAscii = isPlain(pattern);
  const cased = (text: string): string => (foldsCase ? text.toLowerCase() : text);
  const expanded = expandBraces(cased(isAscii ? pattern : pattern.normalize("NFC")));
  const fits = expanded.map(globMatcher);
  const cost = expanded.reduce((sum, one) => sum + (/[*?]/u.test(one) ? one.length : 1), 0);
  // A name may be written in either form on the disk, whatever the keyboard gives.
  const same = (path: string): string =>
    cased(isAscii || isPlain(path) ? path : path.normalize("NFC"));
  return (path) => {
    const one = same(path);
    work.take(cost, one.length);
    return fits.some((matches) => matches(one));
  };
}

function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 127) return false;
  return true;
}

/**
 * "src/{a,b}/x" is "src/a/x" and "src/b/x". Braces without a comma, or without an end, are letters.
 * @throws HaypileError HAYPILE_USAGE above 256 patterns
 */
export function expandBraces(pattern: string): string[] {
  const done: string[] = [];
  const waiting = [pattern];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const choice = firstChoice(next);
    if (choice === undefined) done.push(next);
    else {
      const { before, parts, after } = choice;
      waiting.push(...parts.toReversed().map((part) => `${before}${part}${after}`));
    }
    if (done.length + waiting.length > mostPatterns) {
      throw new HaypileError(
        "HAYPILE_USAGE",
        `Expected a pattern whose braces stand for at most ${mostPatterns} paths, but got "${pattern.slice(0, 80)}". Use fewer braces, or *.`,
        { data: { pattern } },
      );
    }
  }
  return done;
}

interface OpenBrace {
  start: number;
  commas: number[];
}

/** The first braces with a comma of their own. */
function firstChoice(
  pattern: string,
): { before: string; parts: string[]; after: string } | undefined {
  const open: OpenBrace[] = [];
  let first: (OpenBrace & { end: number }) | undefined;
  for (let at = 0; at < pattern.length; at += 1) {
    const letter = pattern[at];
    if (letter === "{") open.push({ start: at, commas: [] });
    else if (letter === ",") open.at(-1)?.commas.push(at);
    else if (letter === "}") {
      const closed = open.pop();
      if (closed === undefined || closed.commas.length === 0) continue;
      if (first === undefined || closed.start < first.start) first = { ...closed, end: at };
    }
  }
  if (first === undefined) return undefined;
  const { start, commas, end } = first;
  const ends = [...commas, end];
  const parts = ends.map((to, i) =>
    pattern.slice(i === 0 ? start + 1 : (ends[i - 1] as number) + 1, to),
  );
  return { before: pattern.slice(0, start), parts, after: pattern.slice(end + 1) };
}

/**
 * A list as people write it: a,b or "with a space",b. Quotes hold spaces and commas, braces hold commas. Where
 * commas were found outside both, the whole is in the list too: a folder may be called "a,b".
 */
export function readList(text: string): string[] {
  const { items } = readItems(text, 0, () => false);
  return items;
}

/**
 * Reads the list that begins at `from`.
 * @param ends true for a letter outside quotes that ends the list
 * @returns the items, and where the list ends
 */
export function readItems(
  text: string,
  from: number,
  ends: (letter: string) => boolean,
): { items: string[]; end: number } {
  const items: string[] = [];
  let item = "";
  let depth = 0;
  let isQuoted = false;
  let at = from;
  const close = (): void => {
    if (item !== "") items.push(item);
    item = "";
  };
  while (at < text.length) {
    const letter = text[at] as string;
    const quoted = item === "" ? quotedAt(text, at) : undefined;
    if (quoted !== undefined) {
      item += quoted.text;
      at = quoted.end;
      isQuoted = true;
      continue;
    }
    if (ends(letter)) break;
    if (letter === "{") depth += 1;
    if (letter === "}") depth -= 1;
    if (letter === "," && depth <= 0) close();
    else item += letter;
    at += 1;
  }
  close();
  const whole = text.slice(from, at);
  if (items.length > 1 && !isQuoted) items.push(whole);
  return { items, end: at };
}

/** A text in quotes that begins here and is closed; a quote inside it stands behind a backslash. */
function quotedAt(text: string, at: number): { text: string; end: number } | undefined {
  const quote = text[at];
  if (quote !== '"' && quote !== "'") return undefined;
  let inside = "";
  for (let next = at + 1; next < text.length; next += 1) {
    const letter = text[next] as string;
    const follows = text[next + 1];
    if (letter === "\\" && (follows === quote || follows === "\\")) {
      inside += follows;
      next += 1;
    } else if (letter === quote) return { text: inside, end: next + 1 };
    else inside += letter;
  }
  return undefined;
}
