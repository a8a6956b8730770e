/*
 * A code index in a team's store: one project, known by its name, with a number of its own in every table. A write
 * takes the row of the project first, so writes of one project come one after the other and those of two do not meet,
 * and counts its version up: who has seen a version knows by it whether anything has changed since.
 */
import { HaypileError } from "../../../base/errors.ts";
import { waitsForTurn } from "../../../base/way-back.ts";
import type { PgLink } from "../link/link.ts";

/** What the row of a project counts, as the transaction that holds it left it. */
export interface ProjectCounters {
  lastFile: number;
  lastChunk: number;
  chunks: number;
  chunkWords: number;
  files: number;
  pathWords: number;
}

/** What was read in this turn of the event loop: nobody is answered in between. */
type Seen = Map<string, unknown>;

const seenBefore = new WeakMap<PgLink, Map<number, Seen>>();

function seenBy(link: PgLink, id: number): Seen {
  const ofLink = seenBefore.get(link) ?? new Map<number, Seen>();
  seenBefore.set(link, ofLink);
  const seen = ofLink.get(id) ?? new Map<string, unknown>();
  ofLink.set(id, seen);
  return seen;
}

/** A write of another waits so long for its turn: it holds up everybody, so the limit is short. */
const lockWaitMs = 5_000;
/** Where it need not be done now, or is tried again after a pause: whoever waits inside of a write holds up this process. */
const quickWaitMs = 10;

export class Project {
  readonly link: PgLink;
  readonly name: string;
  /** "postgres://user@host:5432/database#name": for messages, and where a path is asked for. */
  readonly path: string;
  readonly id: number;
  /** Writes of this client that were begun or are over: what was read before another number of them may be old. */
  writes = 0;
  /** Called in each write with the server's process that does it; what it throws ends the write. */
  onWrite: ((backend: number) => void) | undefined;
  #counters: ProjectCounters | undefined;
  #isQuick = false;
  /** Of this project, whoever else in this process has it by the same link. */
  readonly #seen: Seen;
  #mayWrite: boolean | undefined;

  /** @param id see projectId() */
  constructor(link: PgLink, name: string, id: number) {
    this.link = link;
    this.name = name;
    this.path = pathOf(link, name);
    this.id = id;
    this.#seen = seenBy(link, id);
  }

  /**
   * All or nothing, while no other write of this project is at work; inside another one: part of it.
   * @throws HaypileError HAYPILE_DB_BUSY, and those of the link
   */
  write<T>(work: (counters: ProjectCounters) => T): T {
    const before = this.#counters;
    if (before !== undefined) return work(before);
    this.#seen.clear();
    this.writes += 1;
    try {
      return this.link.transaction(() => {
        const counters = this.#lock();
        const found = { ...counters };
        this.#counters = counters;
        const made = work(counters);
        if (areDifferent(found, counters)) this.#keep(counters);
        return made;
      });
    } finally {
      this.#counters = undefined;
      this.#seen.clear();
      this.writes += 1;
    }
  }

  /** Writes inside of `work` wait for nobody. */
  quickly<T>(work: () => T): T {
    const before = this.#isQuick;
    this.#isQuick = true;
    try {
      return work();
    } finally {
      this.#isQuick = before;
    }
  }

  /** This role may write to it, as far as was known when it was asked first. */
  get mayWrite(): boolean {
    if (this.#mayWrite === undefined) {
      const [row] = this.link.lists("SELECT may_write_project($1)", [this.id]);
      this.#mayWrite = row?.[0] === true;
    }
    return this.#mayWrite;
  }

  /**
   * Changes with every write, by this client or another. It stands until the code that asked lets others have their turn.
   */
  version(): string {
    return this.seen("version", () => this.#readVersion());
  }

  /** What `read` gave when it was asked since others had their turn; within a transaction it is read anew. */
  seen<T>(what: string, read: () => T): T {
    if (this.link.inTransaction) return read();
    const seen = this.#seen;
    if (!seen.has(what)) {
      if (seen.size === 0) queueMicrotask(() => seen.clear());
      seen.set(what, read());
    }
    return seen.get(what) as T;
  }

  #readVersion(): string {
    const [row] = this.link.lists(
      "SELECT version::text FROM code_projects WHERE id = $1",
      [this.id],
      { name: "code-version" },
    );
    if (row === undefined) throw this.#gone();
    return String(row[0]);
  }

  #lock(): ProjectCounters {
    const wait = this.#isQuick || waitsForTurn() ? quickWaitMs : lockWaitMs;
    this.link.send(`SET LOCAL lock_timeout = ${wait}`);
    const [row] = this.link.rows<ProjectCounters & { backend?: number }>(
      `UPDATE code_projects SET version = version + 1 WHERE id = $1
       RETURNING last_file AS "lastFile", last_chunk AS "lastChunk", chunks, chunk_words AS "chunkWords",
         files, path_words AS "pathWords", pg_backend_pid() AS backend`,
      [this.id],
      { name: "code-lock" },
    );
    if (row === undefined) throw this.mayWrite ? this.#gone() : this.#readOnly();
    this.onWrite?.(row.backend as number);
    delete row.backend;
    return row;
  }

  #keep({ lastFile, lastChunk, chunks, chunkWords, files, pathWords }: ProjectCounters): void {
    this.link.send(
      `UPDATE code_projects SET last_file = $2, last_chunk = $3, chunks = $4, chunk_words = $5, files = $6,
         path_words = $7 WHERE id = $1`,
      [this.id, lastFile, lastChunk, chunks, chunkWords, files, pathWords],
      { name: "code-count" },
    );
  }

  #readOnly(): HaypileError {
    return new HaypileError(
      "HAYPILE_STORE_RIGHTS",
      `The role ${this.link.user} may read the project ${this.path}, and not write to it. Searching works; ask who looks after the store for the right to index ("haypile team grant").`,
      { data: { project: this.name, store: this.link.name } },
    );
  }

  #gone(): HaypileError {
    return new HaypileError(
      "HAYPILE_NOT_INDEXED",
      `The project ${this.path} was deleted, or the role ${this.link.user} may not see it any more. Index its folder again, or ask who looks after the store for the right.`,
      { data: { project: this.name, store: this.link.name } },
    );
  }
}

export function pathOf({ name: server }: PgLink, name: string): string {
  return `${server}#${name}`;
}

/** The number of a project; undefined: there is none of that name that this role may see. */
export function projectId(link: PgLink, name: string): number | undefined {
  const [row] = link.lists("SELECT id FROM code_projects WHERE name = $1", [name]);
  return row?.[0] as number | undefined;
}

/** The number of a project, which is made where there is none. @throws HaypileError HAYPILE_STORE_RIGHTS */
export function madeProject(link: PgLink, name: string): number {
  const known = projectId(link, name);
  if (known !== undefined) return known;
  const forbidden = (cause?: unknown): HaypileError =>
    new HaypileError(
      "HAYPILE_STORE_RIGHTS",
      `The role ${link.user} has no right to the project ${name} of ${link.name}, and may make no new ones. Ask who looks after the store: "haypile team grant ${link.user} --new", or "--project ${name} --write".`,
      { cause, data: { project: name, store: link.name } },
    );
  try {
    link.run("INSERT INTO code_projects(name) VALUES ($1) ON CONFLICT (name) DO NOTHING", [name]);
  } catch (error) {
    if (!HaypileError.isInstance(error) || error.code !== "HAYPILE_STORE_RIGHTS") throw error;
    throw forbidden(error);
  }
  const made = projectId(link, name);
  if (made !== undefined) return made;
  throw forbidden();
}

function areDifferent(a: ProjectCounters, b: ProjectCounters): boolean {
  return (Object.keys(a) as (keyof ProjectCounters)[]).some((name) => a[name] !== b[name]);
}
