/*
 * What was erased leaves the server's files. DELETE hides rows, and VACUUM makes their room free, but leaves their bytes in it
 * until others are written there; a GIN index keeps a word for ever. So the tables (of partitioned ones: the partitions) that
 * held rows of the namespace or project are written anew, with their indexes. It needs who owns them, and holds up whoever asks
 * the same partition meanwhile; it never waits for others while others wait for it.
 *
 * Not reached from here: the server's write-ahead log until it is written over, its backups and archives
 * (docs/decisions/0223-erased-from-the-files.md).
 */
import { HaypileError } from "../../../base/errors.ts";
import type { PgLink } from "../link/link.ts";

export interface ErasedBytes {
  /** Tables and partitions that were written anew. */
  rewritten: string[];
  /** Those that others were using all the time, or that hold what others still may see. They are left for the next time. */
  left: string[];
  /** False: the role does not own the tables. What waits, waits for who does. */
  isOwner: boolean;
}

export interface EraseOptions {
  signal?: AbortSignal | undefined;
  /** Tries for each table before it is left. Default 40, about ten seconds. */
  tries?: number | undefined;
}

const pauseMs = 250;
const rewriteMs = 10 * 60_000;

/** Whether something waits to be erased from the files; undefined: the role does not own them. */
export function erasuresDue(link: PgLink): boolean | undefined {
  const [row] = link.rows<{ due: boolean | null }>(
    `SELECT CASE WHEN pg_has_role(relowner, 'USAGE') THEN own_erasures_due() END AS due
      FROM pg_class WHERE oid = to_regclass('erased')`,
  );
  return row?.due ?? undefined;
}

/** @throws HaypileError those of the link, HAYPILE_ABORTED. What was written anew until then is. */
export async function eraseBytes(
  link: PgLink,
  { signal, tries = 40 }: EraseOptions = {},
): Promise<ErasedBytes> {
  const result: ErasedBytes = { rewritten: [], left: [], isOwner: true };
  if (erasuresDue(link) === undefined) return { ...result, isOwner: false };
  const due = await link.later<{ scope: string; id: number; at: string; relations: string[] }>(
    "SELECT scope, id, at::text AS at, own_relations_of(scope, id) AS relations FROM erased",
    [],
    { signal },
  );
  const done = new Map<string, boolean>();
  for (const { scope, id, at, relations } of due) {
    for (const relation of relations) {
      if (!done.has(relation)) done.set(relation, await rewrite(link, relation, tries, signal));
    }
    if (!relations.every((relation) => done.get(relation) === true)) continue;
    // Unless more was erased since.
    const forgetIt = "DELETE FROM erased WHERE scope = $1 AND id = $2 AND at <= $3::timestamptz";
    await link.later(forgetIt, [scope, id, at]);
  }
  for (const [relation, isDone] of done) (isDone ? result.rewritten : result.left).push(relation);
  return result;
}

/** One pass at a time, begun by whoever erases and does not wait for it. */
export class Erasing {
  readonly #link: PgLink;
  #running: Promise<void> | undefined;

  constructor(link: PgLink) {
    this.#link = link;
  }

  /** True: no bytes of erased rows wait, or this role can do nothing about them. Else a pass is begun where none is at work. */
  begin(): boolean {
    if (erasuresDue(this.#link) !== true) return true;
    this.#running ??= eraseBytes(this.#link)
      // It is due still, and tried again by the next one.
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => {
        this.#running = undefined;
      });
    return false;
  }

  /** Resolves when the pass at work is over. */
  async settled(): Promise<void> {
    await this.#running;
  }
}

/** @returns false: somebody used it each time, or rows in it may still be seen by who began before */
async function rewrite(
  link: PgLink,
  relation: string,
  tries: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  for (let turn = 0; turn < tries; turn += 1) {
    const before = await fileOf(link, relation);
    if (before === undefined) return true;
    try {
      // Without waiting: who waits for a table has all others wait behind it.
      await link.later(`VACUUM (FULL, ANALYZE, SKIP_LOCKED) ${relation}`, [], {
        signal,
        limitMs: rewriteMs,
      });
    } catch (error) {
      if (!HaypileError.isInstance(error) || error.code !== "HAYPILE_DB_BUSY") throw error;
    }
    const after = await fileOf(link, relation);
    if (after === undefined) return true;
    if (after.file !== before.file && after.dead === 0) return true;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return false;
}

/** The number of its file, and how many rows ANALYZE found there that are gone for new readers; undefined: it is gone. */
async function fileOf(
  link: PgLink,
  relation: string,
): Promise<{ file: number; dead: number } | undefined> {
  const [row] = await link.later<{ file: number; dead: number }>(
    `SELECT pg_relation_filenode(c.oid) AS file, pg_stat_get_dead_tuples(c.oid) AS dead
      FROM pg_class c WHERE c.oid = to_regclass($1)`,
    [relation],
  );
  return row;
}
