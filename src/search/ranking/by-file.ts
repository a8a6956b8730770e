/*
 * What the chunks of a file say together. One function may be cut into several chunks, and what a file is about stands in
 * several of them: a file with three chunks that answer a little is a better guess than one with one.
 */
import type { ChunkPlace } from "../../ports/store.ts";

/** The best chunks of a file that are summed. */
const mostSummed = 5;

export interface InFile {
  places: readonly ChunkPlace[];
  /** In cosines. */
  evidence: number;
}

/**
 * What the other chunks of its file add to the best one of each, in cosines: width × ln Σ exp((evidence - best) / width), a
 * soft maximum of the file's best five less the best one.
 *
 * @param width 0: nothing is added
 */
export function fromFiles<Chunk extends InFile>(
  chunks: readonly Chunk[],
  width: number,
): Map<Chunk, number> {
  if (width === 0) return new Map();
  const files = new Map<string, Chunk[]>();
  for (const chunk of chunks) {
    const path = chunk.places[0]?.path ?? "";
    const known = files.get(path);
    if (known === undefined) files.set(path, [chunk]);
    else known.push(chunk);
  }
  const added = new Map<Chunk, number>();
  for (const own of files.values()) {
    if (own.length < 2) continue;
    const [best, ...others] = own
      .toSorted((a, b) => b.evidence - a.evidence)
      .slice(0, mostSummed) as [Chunk, ...Chunk[]];
    const sum = others.reduce(
      (all, { evidence }) => all + Math.exp((evidence - best.evidence) / width),
      1,
    );
    added.set(best, width * Math.log(sum));
  }
  return added;
}
