/* What the first phase of an index run counts. */
import type { FileCounts, SyntaxReport } from "../ports/answers/index-run.ts";

/** Counted as the phase goes on. */
export interface TextCounts {
  files: FileCounts;
  filesFound: number;
  filesDone: number;
  chunksWritten: number;
  tokensWritten: number;
  bytesRead: number;
  brokenEncoding: { count: number; examples: string[] };
  longLines: { count: number; examples: string[] };
  syntax: SyntaxReport;
}

export function emptyCounts(): TextCounts {
  return {
    files: { seen: 0, new: 0, changed: 0, touched: 0, unchanged: 0, deleted: 0 },
    filesFound: 0,
    filesDone: 0,
    chunksWritten: 0,
    tokensWritten: 0,
    bytesRead: 0,
    brokenEncoding: { count: 0, examples: [] },
    longLines: { count: 0, examples: [] },
    syntax: {
      parsed: 0,
      withErrors: 0,
      failed: {},
      definitions: 0,
      references: 0,
      missing: { count: 0, examples: [] },
    },
  };
}
