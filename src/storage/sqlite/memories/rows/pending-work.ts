/* Work that the memories put off, counted. */
import type { PendingWork } from "../../../../base/measures/databases.ts";
import { Changes } from "../../file/changes.ts";
import type { Database } from "../../file/driver.ts";
import { countsMerges } from "../../measures/parts-of-words.ts";

/** What time alone makes due is counted again after so long. */
const freshMs = 10_000;

/** Counts again when something has changed, or some seconds later. */
export function memoriesPending(db: Database): () => PendingWork {
  const count = db.prepare(
    `SELECT (SELECT count(*) FROM pending) AS vectors,
       (SELECT count(DISTINCT key) FROM memories WHERE deleted IS NOT NULL) AS deleted,
       (SELECT count(*) FROM memories WHERE expires IS NOT NULL AND expires <= ?
          AND until IS NULL AND deleted IS NULL AND pinned = 0) AS expired`,
  );
  const merges = countsMerges(db, ["memory_words"]);
  const changes = new Changes(db);
  let known: { mark: string; at: number; value: PendingWork } | undefined;
  return () => {
    const mark = changes.mark();
    const now = performance.now();
    if (known?.mark !== mark || now - known.at > freshMs) {
      const counted = count.get(Date.now()) as {
        vectors: number;
        deleted: number;
        expired: number;
      };
      known = { mark, at: now, value: { ...counted, wordMerges: merges() } };
    }
    return known.value;
  };
}
