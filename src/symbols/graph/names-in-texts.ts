import type { TextIndex } from "../../ports/store.ts";
import type { CodeGraph } from "./code-graph.ts";
import { isManifest } from "./special-names.ts";
import type { Turns } from "./turns.ts";

/** Chunks that are read at once. */
const chunksAtOnce = 256;
const word = /[\p{L}_$][\p{L}\p{N}_$]*/gu;

export interface NamedInTexts {
  /** Places of definitions whose name stands somewhere but in themselves. */
  inTexts: ReadonlySet<number>;
  /** The same in a manifest. */
  inManifests: ReadonlySet<number>;
}

/**
 * Reads every text of the index once, and looks for the names of some definitions as whole words. What stands inside a
 * definition of the name does not count.
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
    const name = graph.nameText(place).replace(/[?!=]+$/u, "").replace(/^[#@]+/u, "");
    const same = wanted.get(name);
    if (same === undefined) wanted.set(name, [place]);
    else same.push(place);
  }
  const inTexts = new Set<number>();
  const inManifests = new Set<number>();
  if (wanted.size === 0) return { inTexts, inManifests };
  const ids = texts.where(() => true);
  for (let at = 0; at < ids.length; at += chunksAtOnce) {
    for (const { path, startLine, text } of texts.places([...ids.subarray(at, at + chunksAtOnce)])) {
      const isOfManifest = isManifest(path);
      let lineAt = startLine;
      let readTo = 0;
      for (const match of text.matchAll(word)) {
        const places = wanted.get(match[0]);
        if (places === undefined) continue;
        lineAt += linesBetween(text, readTo, match.index);
        readTo = match.index;
        for (const place of places) {
          if (isInOneOf(graph, places, path, lineAt)) continue;
          inTexts.add(place);
          if (isOfManifest) inManifests.add(place);
        }
      }
    }
    await turns.next();
  }
  return { inTexts, inManifests };
}

function linesBetween(text: string, from: number, to: number): number {
  let lines = 0;
  for (let at = text.indexOf("\n", from); at >= 0 && at < to; at = text.indexOf("\n", at + 1)) {
    lines += 1;
  }
  return lines;
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
