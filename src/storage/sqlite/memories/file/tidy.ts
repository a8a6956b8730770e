/* Puts the file in order, a little at a time: each step says whether there is more of its kind to do. */
import type { Database } from "../../file/driver.ts";

/** Pages given back, or of the word index merged, in one step. */
const pagesPerStep = 256;

/** Changes that are kept for processes that have not looked for long; who missed some reads everything anew. */
const changesKept = 50_000;

export function tidySteps(db: Database): (() => boolean)[] {
  const changes = db.prepare("SELECT total_changes()").pluck();
  const merge = db.prepare(
    `INSERT INTO memory_words(memory_words, rank) VALUES ('merge', ${pagesPerStep})`,
  );
  const freePages = (): number => Number(db.pragma("freelist_count", { simple: true }));
  const cut = db.prepare(
    `DELETE FROM changes WHERE seq <= (SELECT max(seq) FROM changes) - ${changesKept}`,
  );
  return [
    () => {
      cut.run();
      return false;
    },
    () => {
      const before = changes.get() as number;
      merge.run();
      // FTS5 says by fewer than two changes that nothing was left to merge.
      return (changes.get() as number) - before >= 2;
    },
    () => {
      const before = freePages();
      if (before > 0) db.pragma(`incremental_vacuum(${pagesPerStep})`);
      return freePages() > 0 && freePages() < before;
    },
  ];
}
