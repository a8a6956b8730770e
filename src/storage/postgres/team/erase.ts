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
import type { PgLink, PgSideSession } from "../link/link.ts";

export interface EraseOptions {
  signal?: AbortSignal | undefined;
  /** How often a table that others use is tried. Default 12, for about ten seconds. */
  tries?: number | undefined;
}

const firstPauseMs = 250;
const mostPauseMs = 1_000;
const rewriteMs = 10 * 60_000;
/** Of the clients of a store one writes anew at a time: how soon the others look again. */
const lookMs = 250;

/** Whether something waits to be erased from the files; undefined: the role does not own them. */
export function erasuresDue(link: PgLink): boolean | undefined {
  const [row] = link.rows<{ due: boolean | null }>("SELECT erasures_due() AS due");
  return row?.due ?? undefined;
}

/**
 * Waits for another client that is at it.
 * @throws HaypileError those of the link, HAYPILE_ABORTED. What was written anew until then is.
 */
export async function eraseBytes(link: PgLink, options: EraseOptions = {}): Promise<ErasedBytes> {
  if (erasuresDue(link) === undefined) return { rewritten: [], left: [], isOwner: false };
  const session = link.session();
  try {
    for (;;) {
      const erased = await onePass(session, options);
      if (erased !== undefined) return erased;
      await pause(lookMs);
    }
  } finally {
    await session.end();
  }
}

/**
 * Passes that are begun by whoever erases and does not wait for them. One stands for all that was erased before it began, by
 * any client, and between two there is a pause: each holds up who uses the tables, and has every connection plan anew.
 */
export class Erasing {
  readonly #link: PgLink;
  #running: Promise<void> | undefined;
  /** Each is called after a pass that began when it was there. */
  readonly #waiting: (() => void)[] = [];
  /** Something was erased since it was last looked at. */
  #isMore = false;
  /** For a pass, and while another client's is waited for. */
  #session: PgSideSession | undefined;
  #wake: (() => void) | undefined;

  constructor(link: PgLink) {
    this.#link = link;
  }

  /** True: no bytes of erased rows wait, or this role can do nothing about them. Else a pass comes, where none is at work. */
  begin(): boolean {
    if (this.#running !== undefined) {
      this.#isMore = true;
      return false;
    }
    if (erasuresDue(this.#link) !== true) return true;
    this.#running = this.#work()
      .finally(() => this.#endSession())
      // It is due still, and tried again by the next one.
      .catch(() => undefined)
      .finally(() => {
        this.#running = undefined;
        for (const done of this.#waiting.splice(0)) done();
      });
    return false;
  }

  /** Resolves when all that was erased before is out of the files, or others keep it there; no pause is waited for. */
  async settled(): Promise<void> {
    if (this.#running === undefined) return;
    await new Promise<void>((done) => {
      this.#waiting.push(done);
      this.#wake?.();
    });
  }

  async #work(): Promise<void> {
    /** Of those who wait, the first so many have had their pass. */
    let served = 0;
    for (;;) {
      this.#isMore = false;
      const { due, restMs } = await stateOf(this.#link);
      if (!due && !this.#isMore) return;
      for (const done of this.#waiting.splice(0, served)) done();
      served = 0;
      if (!due) continue;
      const count = this.#waiting.length;
      if (restMs > 0 && count === 0) {
        await this.#endSession();
        await this.#rest(restMs);
        continue;
      }
      this.#session ??= this.#link.session();
      const erased = await onePass(this.#session);
      if (erased === undefined) {
        await this.#rest(lookMs);
        continue;
      }
      // The lock goes with it.
      await this.#endSession();
      served = count;
      if (erased.left.length > 0) return;
    }
  }

  async #endSession(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.end();
  }

  /** No process lives on for it alone. */
  async #rest(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      if (this.#waiting.length > 0) return;
      timer.unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }
}

/**
 * Its lock is kept until the session is ended, by whoever made it: so it is given back whatever happens here, and nothing is
 * done without it.
 * @returns undefined: another client is at it
 */
async function onePass(
  session: PgSideSession,
  { signal, tries = 12 }: EraseOptions = {},
): Promise<ErasedBytes | undefined> {
  const [lock] = await session.later<{ got: boolean }>(
    `SELECT pg_try_advisory_lock(${lockOfPass}) AS got`,
    [],
    { signal },
  );
  if (lock?.got !== true) return undefined;
  await restFor(session, 0);
  const due = await session.later<{ scope: string; id: number; at: string; relations: string[] }>(
    "SELECT scope, id, at::text AS at, own_relations_of(scope, id) AS relations FROM erased",
    [],
    { signal },
  );
  const all = new Set(due.flatMap(({ relations }) => relations));
  const rewriting = new Rewriting(session, signal);
  const done = await rewriting.all(all, tries);
  for (const { scope, id, at, relations } of due) {
    if (!relations.every((relation) => done.has(relation))) continue;
    // Unless more was erased since.
    const forgetIt = "DELETE FROM erased WHERE scope = $1 AND id = $2 AND at <= $3::timestamptz";
    await session.later(forgetIt, [scope, id, at], { signal });
  }
  await restFor(session, rewriting.tookMs);
  const isDone = (relation: string): boolean => done.has(relation);
  return {
    rewritten: [...all].filter(isDone),
    left: [...all].filter((relation) => !isDone(relation)),
    isOwner: true,
  };
}

const lockOfPass = "hashtextextended('haypile erase ' || current_schema(), 223)";

/** Of the time, a tenth at most is spent on it. */
async function restFor(session: PgSideSession, tookMs: number): Promise<void> {
  await session.later(
    "UPDATE erasing SET rests_until = clock_timestamp() + greatest(10000, $1::float8 * 10) * interval '1 ms'",
    [tookMs],
  );
}

async function stateOf(link: PgLink): Promise<{ due: boolean; restMs: number }> {
  const [state] = await link.later<{ due: boolean; restMs: number }>(
    `SELECT EXISTS (SELECT FROM erased) AS due,
       least(extract(epoch FROM rests_until - clock_timestamp()) * 1000, 3600000)::float8 AS "restMs" FROM erasing`,
  );
  return state ?? { due: false, restMs: 0 };
}

class Rewriting {
  readonly #session: PgSideSession;
  readonly #signal: AbortSignal | undefined;
  /** Without the pauses. */
  tookMs = 0;

  constructor(session: PgSideSession, signal: AbortSignal | undefined) {
    this.#session = session;
    this.#signal = signal;
  }

  /** @returns those that hold nothing any more that was erased */
  async all(relations: ReadonlySet<string>, tries: number): Promise<Set<string>> {
    const done = await this.#bare(relations);
    const open = new Set([...relations].filter((relation) => !done.has(relation)));
    for (let turn = 0; open.size > 0 && turn < tries; turn += 1) {
      if (turn > 0) await pause(Math.min(mostPauseMs, firstPauseMs * 1.5 ** (turn - 1)));
      const began = performance.now();
      for (const relation of open) {
        const outcome = await this.#rewrite(relation);
        if (outcome === "used") continue;
        open.delete(relation);
        if (outcome === "done") done.add(relation);
      }
      this.tookMs += performance.now() - began;
    }
    return done;
  }

  /** "used": others have it; "seen": it was written anew with rows that who began before may still see. */
  async #rewrite(relation: string): Promise<"done" | "used" | "seen"> {
    const before = await this.#fileOf(relation);
    if (before === undefined) return "done";
    try {
      // Without waiting: who waits for a table has all others wait behind it.
      const text = `VACUUM (FULL, ANALYZE, SKIP_LOCKED) ${relation}`;
      await this.#session.later(text, [], { signal: this.#signal, limitMs: rewriteMs });
    } catch (error) {
      if (!HaypileError.isInstance(error) || error.code !== "HAYPILE_DB_BUSY") throw error;
    }
    const after = await this.#fileOf(relation);
    if (after === undefined) return "done";
    if (after.file === before.file) return "used";
    return after.dead === 0 ? "done" : "seen";
  }

  /** The number of its file, and how many rows ANALYZE found there that are gone for new readers; undefined: it is gone. */
  async #fileOf(relation: string): Promise<{ file: number; dead: number } | undefined> {
    const [row] = await this.#session.later<{ file: number; dead: number }>(
      `SELECT pg_relation_filenode(c.oid) AS file, pg_stat_get_dead_tuples(c.oid) AS dead
        FROM pg_class c WHERE c.oid = to_regclass($1)`,
      [relation],
    );
    return row;
  }

  /** Those without a page of rows, whose indexes are B-trees of a first page alone: nothing stands in them. */
  async #bare(relations: ReadonlySet<string>): Promise<Set<string>> {
    const found = await this.#session.later<{ name: string }>(
      `SELECT asked.name FROM unnest($1::text[]) AS asked(name) JOIN pg_class c ON c.oid = to_regclass(asked.name)
       WHERE pg_relation_size(c.oid) = 0 AND coalesce(pg_relation_size(nullif(c.reltoastrelid, 0)), 0) = 0
         AND NOT EXISTS (SELECT FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
           JOIN pg_am a ON a.oid = x.relam WHERE i.indrelid = c.oid
           AND (a.amname <> 'btree' OR pg_relation_size(x.oid) > current_setting('block_size')::int8))`,
      [[...relations]],
    );
    return new Set(found.map(({ name }) => name));
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
