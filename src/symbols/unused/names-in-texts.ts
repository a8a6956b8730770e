import type { TextIndex } from "../../ports/store.ts";
import type { CodeGraph } from "../graph/code-graph.ts";
import type { Turns } from "../graph/turns.ts";
import { isManifest } from "./special-names.ts";

/** Chunks that are read at once. */
const chunksAtOnce = 256;
/** Names of all scripts: what is no letter above ASCII is rare, and makes a word longer at worst. */
const word = /[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*/g;
/** Where a name is put together: after its beginning, or before its end. */
const goesOnSign = /^(?:\$\{|\{|#\{|%[sdr(]|["'`]\s*(?:\+|\.(?!\w)|%|\|\||<>|~|&))/u;
const comesAfterSign = /(?:[}]|%s|(?:\+|\.|~|&)\s*["'`])$/u;
/** Letters that a part of a name must have to say something. */
const leastPart = 3;

export interface NamedInTexts {
  /** Places of definitions whose name stands somewhere but in themselves. */
  inTexts: ReadonlySet<number>;
  /** The same in a manifest. */
  inManifests: ReadonlySet<number>;
  /** Places of definitions whose name begins or ends as one that some code puts together. */
  inParts: ReadonlySet<number>;
}

/**
 * Reads every text of the index once, and looks for the names of some definitions as whole words. What stands inside a
 * definition of the name does not count, nor what the graph knows for a use.
 * @throws HaypileError HAYPILE_ABORTED
 */
export async function namesInTexts(
  graph: CodeGraph,
  texts: TextIndex,
  candidates: readonly number[],
  turns: Turns,
): Promise<NamedInTexts> {
  const wanted = new Map<string, number[]>();
  for (const place of candidates) {
    const name = graph
      .nameText(place)
      .replace(/[?!=]+$/u, "")
      .replace(/^[#@]+/u, "");
    const same = wanted.get(name);
    if (same === undefined) wanted.set(name, [place]);
    else same.push(place);
  }
  const inTexts = new Set<number>();
  const inManifests = new Set<number>();
  const inParts = new Set<number>();
  const parts = partsOf(wanted);
  const known = knownLines(graph, wanted);
  // Manifests first: a name that was met is not looked for again.
  for (const isOfManifest of [true, false]) {
    const ids = texts.where(({ path }) => isManifest(path) === isOfManifest);
    for (let at = 0; wanted.size > 0 && at < ids.length; at += chunksAtOnce) {
      for (const chunk of texts.places([...ids.subarray(at, at + chunksAtOnce)])) {
        for (const { word: found, index, line } of wordsOf(
          chunk,
          (one) => wanted.has(one) || parts.has(one),
        )) {
          const part = parts.get(found);
          if (part !== undefined && isPutTogether(chunk.text, index, found)) {
            for (const place of part) inParts.add(place);
            parts.delete(found);
          }
          const places = wanted.get(found);
          if (places === undefined || isInOneOf(graph, places, chunk.path, line)) continue;
          if (known.has(`${found} ${chunk.path}:${line}`)) continue;
          for (const place of places) (isOfManifest ? inManifests : inTexts).add(place);
          wanted.delete(found);
        }
      }
      await turns.next();
    }
  }
  for (const place of inManifests) inTexts.add(place);
  return { inTexts, inManifests, inParts };
}

/** Where the graph has a use of a name: "name path:line". */
function knownLines(
  graph: CodeGraph,
  wanted: ReadonlyMap<string, readonly number[]>,
): ReadonlySet<string> {
  const known = new Set<string>();
  for (const [file, path] of graph.paths.entries()) {
    const end = graph.firstUseOf[file + 1] as number;
    for (let use = graph.firstUseOf[file] as number; use < end; use += 1) {
      const name = graph.names[graph.usedName.at(use)] as string;
      if (wanted.has(name)) known.add(`${name} ${path}:${graph.usedLine.at(use)}`);
    }
    for (const { name, line } of graph.importsOfFile(file)) {
      if (wanted.has(name)) known.add(`${name} ${path}:${line}`);
    }
  }
  return known;
}

/** Beginnings and ends of names, at the borders of their words: "visit_" and "_if" of "visit_if". */
function partsOf(wanted: ReadonlyMap<string, readonly number[]>): Map<string, number[]> {
  const parts = new Map<string, number[]>();
  const add = (part: string, places: readonly number[]): void => {
    if (part.length < leastPart) return;
    const known = parts.get(part);
    if (known === undefined) parts.set(part, [...places]);
    else known.push(...places);
  };
  for (const [name, places] of wanted) {
    for (const { index } of name.matchAll(/(?<=.)_|(?<=[a-z0-9])(?=[A-Z])/g)) {
      const isUnderscore = name[index] === "_";
      if (!isUnderscore) add(name.slice(0, index), places);
      else if (index + 1 < name.length) add(name.slice(0, index + 1), places);
      add(name.slice(index), places);
    }
  }
  return parts;
}

function isPutTogether(text: string, at: number, part: string): boolean {
  const end = at + part.length;
  return (
    goesOnSign.test(text.slice(end, end + 6)) ||
    comesAfterSign.test(text.slice(Math.max(0, at - 6), at))
  );
}

/** The words of a text that are looked for, each with its line. */
function* wordsOf(
  { text, startLine }: { text: string; startLine: number },
  isWanted: (one: string) => boolean,
): Iterable<{ word: string; index: number; line: number }> {
  let line = startLine;
  let readTo = 0;
  for (const match of text.matchAll(word)) {
    if (!isWanted(match[0])) continue;
    for (let at = text.indexOf("\n", readTo); at >= 0 && at < match.index; ) {
      line += 1;
      at = text.indexOf("\n", at + 1);
    }
    readTo = match.index;
    yield { word: match[0], index: match.index, line };
  }
}

function isInOneOf(
  graph: CodeGraph,
  places: readonly number[],
  path: string,
  line: number,
): boolean {
  return places.some(
    (place) =>
      graph.startOf.at(place) <= line &&
      graph.endOf.at(place) >= line &&
      graph.pathText(place) === path,
  );
}
