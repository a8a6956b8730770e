/* A search over several folders at once: what it is told and what it answers. */
import type { AtRevision, SearchCallOptions, SearchHit } from "./search.ts";

export interface FoldersSearchOptions extends SearchCallOptions {
  /** "*": all indexes of this user. Else names of collections and folders, any of them. */
  in: string | readonly string[];
}

/** A folder that is to be searched. */
export interface AskedFolder {
  /** Absolute. */
  folder: string;
  /** What the user said of it: "the payments service's API". */
  context?: string | undefined;
  /** Why it need not be asked: its index is damaged, or it is gone. */
  problem?: string | undefined;
}

export interface FolderHit extends SearchHit {
  /** The indexed folder, absolute; the path is relative to it. */
  folder: string;
  /** Its name, short, and unlike those of the others. */
  name: string;
  /** What the user said of the folder. */
  context?: string | undefined;
}

export interface SearchedFolder {
  folder: string;
  name: string;
  context?: string | undefined;
  /** Hits of it among those that came. */
  hits: number;
  /** The model of its vectors; undefined: it did not answer, or has none. */
  model?: string | undefined;
  /** The revision that was searched; left out: the folder as it is now. */
  at?: AtRevision | undefined;
  /** An index run is at work: hits may be missing. */
  isIndexing: boolean;
  /** Files that differ from its index, among those looked at. */
  changedFiles: number;
  /** What was cut of its answer, and why. */
  cut: string[];
  /** Best score of what was left out because it is not near enough. */
  nearest?: number | undefined;
  /** Why it did not answer, as a sentence; undefined: it did. */
  failed?: string | undefined;
}

export interface FoldersSearchResult {
  /** The best of all, best first. */
  hits: FolderHit[];
  /** In the order in which they were asked for. */
  folders: SearchedFolder[];
  /** What holds of the answer as a whole: models that differ, time that was up. */
  notes: string[];
  timesMs: { total: number };
}
