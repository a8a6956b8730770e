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
import type { ErasedBytes } from "../../../ports/answers/team.ts";
import type { PgLink } from "../link/link.ts";

export interface EraseOptions {
  signal?: AbortSignal | undefined;
  /** How often a table that others use is tried. Default 40, for about ten seconds. */
  tries?: number | undefined;
}

const pauseMs = 250;
const rewriteMs = 10 * 60_000;

/** Whether something waits to be erased from the files; undefined: the role does not own them. */
export function erasuresDue(link: PgLink): boolean | undefined {
  const [row] = link.rows<{ due: boolean | null }>("SELECT erasures_due() AS due");
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
  const all = new Set(due.flatMap(({ relations }) => relations));
  const done = await rewriteAll(link, all, tries, signal);
  for (const { scope, id, at, relations } of due) {
    if (!relations.every((relation) => done.has(relation))) continue;
    // Unless more was erased since.
    const forgetIt = "DELETE FROM erased WHERE scope = $1 AND id = $2 AND at <= $3::timestamptz";
    await link.later(forgetIt, [scope, id, at]);
  }
  for (const relation of all) (done.has(relation) ? result.rewritten : result.left).push(relation);
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

/** @returns those that hold nothing any more that was erased */
async function rewriteAll(
  link: PgLink,
  relations: ReadonlySet<string>,
  tries: number,
  signal: AbortSignal | undefined,
): Promise<Set<string>> {
  const done = new Set<string>();
  const open = new Set(relations);
  for (let turn = 0; open.size > 0 && turn < tries; turn += 1) {
    if (turn > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    for (const relation of open) {
      const outcome = await rewrite(link, relation, signal);
      if (outcome === "used") continue;
      open.delete(relation);
      if (outcome === "done") done.add(relation);
    }
  }
  return done;
}

/** "used": others have it; "seen": it was written anew with rows that who began before may still see. */
async function rewrite(
  link: PgLink,
  relation: string,
  signal: AbortSignal | undefined,
): Promise<"done" | "used" | "seen"> {
  const before = await fileOf(link, relation);
  if (before === undefined) return "done";
  try {
    // Without waiting: who waits for a table has all others wait behind it.
    const text = `VACUUM (FULL, ANALYZE, SKIP_LOCKED) ${relation}`;
    await link.later(text, [], { signal, limitMs: rewriteMs });
  } catch (error) {
    if (!HaypileError.isInstance(error) || error.code !== "HAYPILE_DB_BUSY") throw error;
  }
  const after = await fileOf(link, relation);
  if (after === undefined) return "done";
  if (after.file === before.file) return "used";
  return after.dead === 0 ? "done" : "seen";
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
