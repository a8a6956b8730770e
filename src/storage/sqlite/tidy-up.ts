/* What is done at the end of an index run, a little at each step: while one is at work, nobody else is. */
import type { BitSearch } from "./bits/bit-search.ts";
import type { Database } from "./file/driver.ts";
import { truncateLog } from "./measures/log-watch.ts";
import type { Chunks } from "./texts/chunks.ts";
import type { FullText } from "./texts/full-text.ts";
import type { CodedVectors } from "./vectors/coded-vectors.ts";

/** When this share of the chunks came in one run, the word indexes are merged whole. */
const bigChangeShare = 0.25;
/** Free pages above this share of the file are given back to the system, so many in a step. */
const freePagesShare = 0.25;
const freedPerStep = 256;

export interface TidyUpParts {
  db: Database;
  words: FullText;
  chunks: Chunks;
  coded: CodedVectors;
  bits: BitSearch | undefined;
}

/** @param chunksPut since the last time */
export function* tidyUpSteps(parts: TidyUpParts, chunksPut: number): Generator<void> {
  const { db, words, chunks, coded, bits } = parts;
  const pages = (of: string): number => db.pragma(of, { simple: true }) as number;
  chunks.beginPacking(true);
  coded.tidyUp();
  bits?.tidyUp();
  yield;
  yield* words.merge(chunksPut > chunks.count() * bigChangeShare);
  let free = pages("freelist_count");
  if (free > pages("page_count") * freePagesShare) {
    for (; free > 0; free -= freedPerStep) {
      db.exec(`PRAGMA incremental_vacuum(${freedPerStep})`);
      yield;
    }
  }
  db.exec("PRAGMA optimize");
  yield;
  truncateLog(db);
}
