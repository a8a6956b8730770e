/* What snapshots are of: memories, or the index of a folder. The files are the same; what is counted and asked is not. */
import { type CopiedKind, type Counts, countedIn } from "../../storage/sqlite/copies/copy.ts";
import { indexKind } from "../../storage/sqlite/copies/index-kind.ts";
import { memoriesKind } from "../../storage/sqlite/memories/copies/snapshot.ts";

/** Where snapshots of a database lie, and what it is. */
export interface Place {
  database: string;
  folder: string;
  /** It is the index of this folder; undefined: they are memories. */
  root?: string | undefined;
  /** Of the core; undefined: that of the package. */
  addonFolder?: string | undefined;
}

export function kindOf({ root }: Place): CopiedKind {
  return root === undefined ? memoriesKind : indexKind;
}

/** @throws HaypileError those of the database */
export function countsIn(place: Place, path: string): Counts {
  return countedIn(kindOf(place), path);
}

/** "the memories were damaged when it was made: …" */
export function wasDamaged({ root }: Place, finding: string): string {
  const what = root === undefined ? "the memories were" : "the index was";
  return `${what} damaged when it was made: ${finding}`;
}
