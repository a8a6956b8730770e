/* What is copied of a file of memories, and what is looked for in a copy. */
import type { SnapshotCounts } from "../../../../ports/answers/time/snapshots.ts";
import { namedBy } from "../../../shared/memory-model.ts";
import type { CopiedKind } from "../../copies/copy.ts";
import { connect } from "../../file/open.ts";
import { memoryError } from "../file/errors.ts";
import { memoriesSchema } from "../file/schema.ts";

export const memoriesKind: CopiedKind = {
  schema: memoriesSchema,
  what: "the memories",
  none: { memories: 0, deleted: 0, texts: 0 } satisfies SnapshotCounts,
  counts: (db) => {
    const { memories, deleted, texts } = db
      .prepare(
        `SELECT count(*) FILTER (WHERE until IS NULL AND deleted IS NULL) AS memories,
           count(DISTINCT key) FILTER (WHERE deleted IS NOT NULL) AS deleted,
           count(*) AS texts FROM memories NOT INDEXED`,
      )
      .get() as SnapshotCounts;
    return { memories, deleted, texts };
  },
  model: (db) => {
    const model = db.prepare("SELECT value FROM meta WHERE name = 'model'").pluck().get();
    return namedBy(model as string | undefined)?.id ?? null;
  },
  error: memoryError,
  wayOut: '"haypile doctor" says whether the memories are damaged.',
};

/** Whether a file that nobody else has open has any text of a memory. @throws HaypileError HAYPILE_DB_* */
export function holdsMemory(path: string, key: string): boolean {
  const db = connect(path, { readonly: true });
  try {
    const found = db.prepare("SELECT 1 FROM memories WHERE key = ? LIMIT 1").get(key);
    return found !== undefined;
  } catch (error) {
    throw memoryError(error, path, "look into the snapshot", db);
  } finally {
    db.close();
  }
}
