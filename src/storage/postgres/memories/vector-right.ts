/*
 * The right to make new vectors of memories beside those that serve: an advisory lock of the connection by which the store
 * writes, so the server frees it however the process ends. Where the connection breaks it is lost, and another client may
 * take it: both then make vectors of the same texts, of which one each is kept, and the first that has all puts them in place.
 */
import { hostname } from "node:os";
import { HaypileError } from "../../../base/errors.ts";
import type { IndexLock, LockOwner, VectorRight } from "../../../ports/store.ts";
import type { PgLink } from "../link/link.ts";

/** The first number of our advisory locks of memories: "haym". */
const lockSpace = 0x6861796d;
const note = "vector-owner";

export class PgVectorRight implements VectorRight {
  readonly #link: PgLink;
  #isHeld = false;

  constructor(link: PgLink) {
    this.#link = link;
  }

  /** @throws HaypileError HAYPILE_DB_BUSY, and those of the link */
  lock(): IndexLock {
    const link = this.#link;
    const [row] = link.lists("SELECT pg_try_advisory_lock($1, hashtext($2))", this.#key);
    // A connection may lock the same thing twice.
    if (row?.[0] !== true || this.#isHeld) {
      if (row?.[0] === true) this.#unlock();
      throw this.#busy();
    }
    try {
      this.#noteOwner();
    } catch (error) {
      this.#unlock();
      throw error;
    }
    this.#isHeld = true;
    let isMine = true;
    return {
      release: () => {
        if (!isMine) return;
        isMine = false;
        this.#isHeld = false;
        this.#unlock();
      },
    };
  }

  owner(): LockOwner | undefined {
    const [row] = this.#link.lists(
      `SELECT value FROM memory_meta WHERE name = $3 AND EXISTS (
         SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND granted
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND classid::int8 = $1::int8 AND objid::int8 = hashtext($2)::int8 & 4294967295)`,
      [...this.#key, note],
    );
    return row === undefined ? undefined : (JSON.parse(row[0] as string) as LockOwner);
  }

  #noteOwner(): void {
    const owner: LockOwner = {
      pid: process.pid,
      since: new Date().toISOString(),
      host: hostname(),
    };
    this.#link.run(
      `INSERT INTO memory_meta(name, value) VALUES ($1, $2)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
      [note, JSON.stringify(owner)],
    );
  }

  get #key(): [number, string] {
    return [lockSpace, this.#link.schema];
  }

  #unlock(): void {
    if (this.#link.isClosed) return;
    try {
      this.#link.run("SELECT pg_advisory_unlock($1, hashtext($2))", this.#key);
    } catch {
      // Its connection is gone, and the lock with it.
    }
  }

  #busy(): HaypileError {
    const owner = this.owner();
    const who =
      owner === undefined
        ? "another client"
        : `process ${owner.pid} on ${owner.host ?? "another machine"}, since ${owner.since}`;
    return new HaypileError(
      "HAYPILE_DB_BUSY",
      `New vectors of the memories in ${this.#link.name} are being made by ${who}. Wait until that is done. Recall works meanwhile.`,
      { data: { store: this.#link.name, ...owner } },
    );
  }
}
