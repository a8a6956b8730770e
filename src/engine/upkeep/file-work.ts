/* What the thread for upkeep of files is told and answers. */

export type FileSort = "memories" | "index" | "cache";

export interface FileOfUpkeep {
  sort: FileSort;
  path: string;
}

export interface FileWork {
  task: "checkpoint" | "verify";
  files: FileOfUpkeep[];
  /** Not 0: the thread ends after the piece it is at. */
  stop: SharedArrayBuffer;
}

export interface FileAnswer {
  /** Files that were done; fewer than there are where it was stopped. */
  done: number;
  /** Pages of logs that are in their databases now. */
  pages: number;
  /** What is wrong, a sentence each. */
  findings: string[];
}
