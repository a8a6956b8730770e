/*
 * The right to index a project, or to make its vectors of another model: an advisory lock of the connection by which
 * the store writes, so the server frees it however the process ends. A row names the owner; it counts only while the
 * lock is held. Where the connection broke, the first write on the next one takes the lock again, and is refused where
 * another has it by then.
 */
import { hash } from "node:crypto";
import { hostname } from "node:os";
import { HaypileError } from "../../../base/errors.ts";
import type { IndexLock, IndexRight, LockOwner } from "../../../ports/store.ts";
import type { PgLink } from "../link/link.ts";
import type { Project } from "./project.ts";

/** The first number of our advisory locks: "hayp". */
const lockSpace = 0x68617970;

/** A connection may lock the same thing twice, and two stores may share one. */
const heldOn = new WeakMap<PgLink, Set<number>>();

export class IndexRights {
  readonly #project: Project;
  /** With the server's process that holds it. */
  readonly #held = new Map<IndexRight, number>();

  constructor(project: Project) {
    this.#project = project;
    project.onWrite = (backend) => this.#assertHeld(backend);
  }

  /** @throws HaypileError HAYPILE_DB_BUSY, and those of the link */
  take(right: IndexRight): IndexLock {
    const { link } = this.#project;
    const key = keyOf(this.#project, right);
    const held = heldOn.get(link) ?? new Set();
    heldOn.set(link, held);
    if (held.has(key)) throw this.#busy(right);
    const backend = this.#tryLock(key);
    if (backend === undefined) throw this.#busy(right);
    held.add(key);
    this.#held.set(right, backend);
    let isHeld = true;
    const lock = {
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        held.delete(key);
        this.#held.delete(right);
        this.#unlock(key);
      },
    };
    try {
      this.#noteOwner(right);
      return lock;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  owner(right: IndexRight): LockOwner | undefined {
    const { link, id } = this.#project;
    const [row] = link.lists(
      `SELECT owner, (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND granted
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
         AND classid::int8 = $3::int8 AND objid::int8 = $4::int8)
       FROM code_locks WHERE project = $1 AND kind = $2`,
      [id, right, lockSpace, keyOf(this.#project, right) >>> 0],
      { name: "code-lock-owner" },
    ) as [string, number][];
    if (row === undefined || row[1] === 0) return undefined;
    return readOwner(row[0]);
  }

  /** Gives up what is held. */
  close(): void {
    for (const right of [...this.#held.keys()]) {
      const key = keyOf(this.#project, right);
      heldOn.get(this.#project.link)?.delete(key);
      this.#unlock(key);
    }
    this.#held.clear();
  }

  /** @throws HaypileError HAYPILE_DB_BUSY: the connection broke meanwhile, and another has a right of ours */
  #assertHeld(backend: number): void {
    for (const [right, before] of this.#held) {
      if (before === backend) continue;
      if (this.#tryLock(keyOf(this.#project, right)) === undefined) throw this.#busy(right);
      this.#held.set(right, backend);
    }
  }

  /** @returns the server's process that holds it now; undefined: another does */
  #tryLock(key: number): number | undefined {
    const [row] = this.#project.link.lists(
      "SELECT pg_try_advisory_lock($1, $2), pg_backend_pid()",
      [lockSpace, key],
    ) as [boolean, number][];
    return row?.[0] === true ? row[1] : undefined;
  }

  #unlock(key: number): void {
    const { link } = this.#project;
    if (link.isClosed) return;
    try {
      link.run("SELECT pg_advisory_unlock($1, $2)", [lockSpace, key]);
    } catch {
      // Its connection is gone, and the lock with it.
    }
  }

  #noteOwner(right: IndexRight): void {
    const owner: LockOwner = {
      pid: process.pid,
      since: new Date().toISOString(),
      host: hostname(),
    };
    this.#project.link.run(
      `INSERT INTO code_locks(project, kind, owner) VALUES ($1, $2, $3)
       ON CONFLICT (project, kind) DO UPDATE SET owner = excluded.owner`,
      [this.#project.id, right, JSON.stringify(owner)],
    );
  }

  #busy(right: IndexRight): HaypileError {
    const { path } = this.#project;
    const owner = this.owner(right);
    const who =
      owner === undefined
        ? "another client"
        : `process ${owner.pid} on ${owner.host ?? "another machine"}, since ${owner.since}`;
    return new HaypileError(
      "HAYPILE_DB_BUSY",
      `The index ${path} is being written by ${who}. Wait until it is done. Searching works meanwhile.`,
      { data: { path, ...owner } },
    );
  }
}

/** Locks are of a database, in which several stores may be. */
function keyOf({ id, link }: Project, right: IndexRight): number {
  return hash("sha256", `${link.schema} ${id} ${right}`, "buffer").readInt32BE(0);
}

function readOwner(text: string): LockOwner | undefined {
  try {
    const { pid, since, host } = JSON.parse(text) as Partial<LockOwner>;
    const own = { pid: Number(pid), since: String(since) };
    return typeof host === "string" && host !== hostname() ? { ...own, host } : own;
  } catch {
    return undefined;
  }
}
