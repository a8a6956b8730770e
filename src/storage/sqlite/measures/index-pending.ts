/* Work that an index puts off, counted. */
import type { PendingWork } from "../../../base/measures/databases.ts";
import type { BitSearch } from "../bits/bit-search.ts";
import type { Segments } from "../bits/segments.ts";
import type { Changes } from "../file/changes.ts";
import type { Database } from "../file/driver.ts";
import type { Chunks } from "../texts/chunks.ts";
import type { Pending } from "../vectors/pending.ts";
import { countsMerges } from "./parts-of-words.ts";

export interface PendingParts {
  db: Database;
  changes: Changes;
  pending: Pending;
  segments: Segments;
  chunks: Chunks;
  bits: BitSearch | undefined;
}

const wordTables = ["chunk_words", "path_words", "name_words", "ref_names"];

/** Counts again only when something has changed. */
export function indexPending(parts: PendingParts): () => PendingWork {
  const { db, changes, pending, segments, chunks, bits } = parts;
  const merges = countsMerges(db, wordTables);
  return changes.remembered(() => {
    const { dead, loose } = segments.counts();
    return {
      vectors: pending.count(),
      bits: bits?.isWorthwhile() === true ? loose : 0,
      deadBits: dead,
      texts: chunks.unpacked(),
      wordMerges: merges(),
    };
  });
}
