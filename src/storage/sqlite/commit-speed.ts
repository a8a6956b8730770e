/* How long a commit of our own store takes on the disk of a folder, by how SQLite waits for it. */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { removeTree } from "../../base/files/patient.ts";
import { openSqliteStore } from "./store.ts";

export interface CommitSpeed {
  synchronous: "full" | "normal";
  commits: number;
  commitsPerSecond: number;
  /** Median, milliseconds. */
  medianMs: number;
}

const mostCommits = 60;
const lines = Array.from({ length: 20 }, (_, at) => `const value${at} = compute(${at}, options);`);

/**
 * Writes files of four chunks each into a database of its own, one a commit, for so long at most.
 * @throws HaypileError as openSqliteStore()
 */
export function measureCommits(
  folder: string,
  synchronous: CommitSpeed["synchronous"],
  mostMs: number,
): CommitSpeed {
  const scratch = mkdtempSync(join(folder, "bench-commits-"));
  const times: number[] = [];
  try {
    const store = openSqliteStore({ path: join(scratch, "bench.db"), pragmas: { synchronous } });
    try {
      const start = performance.now();
      while (times.length < mostCommits && performance.now() - start < mostMs) {
        const at = times.length;
        const chunks = [0, 5, 10, 15].map((line) => ({
          text: `${lines.slice(line, line + 5).join("\n")}\n// ${at}`,
          startLine: line + 1,
          endLine: line + 5,
          tokens: 60,
        }));
        const before = performance.now();
        store.files.put([
          {
            path: `file-${at}.ts`,
            stamp: { sizeBytes: 800, mtimeMs: at, readMs: at },
            contentHash: at.toString(16).padStart(16, "0"),
            language: "typescript",
            chunks,
          },
        ]);
        times.push(performance.now() - before);
      }
    } finally {
      store.close();
    }
  } finally {
    removeTree(scratch);
  }
  const total = times.reduce((sum, ms) => sum + ms, 0);
  return {
    synchronous,
    commits: times.length,
    commitsPerSecond: (1000 * times.length) / total,
    medianMs: times.sort((a, b) => a - b)[times.length >> 1] ?? 0,
  };
}
