/*
 * What SQLite says of the log of an open database. Nothing is told when a commit moves the log into the database, so the log
 * is looked at after each of our commits: wal_checkpoint(NOOP) takes no lock and moves nothing, and says how many pages
 * are in the log and how many of them were moved.
 */
import {
  type DatabaseSort,
  enterDatabase,
  leaveDatabase,
  OpenDatabaseFacts,
} from "../../../base/measures/databases.ts";
import type { Database, Statement } from "../file/driver.ts";

interface Watched {
  facts: OpenDatabaseFacts;
  /** [busy, pages, moved]; undefined where SQLite is older than this and would move the log. */
  look: Statement | undefined;
}

const watched = new WeakMap<Database, Watched>();

/** SQLite 3.51. */
const leastVersion = 3_051_000;

/** Enters an open database into the list of this process. @returns takes it out */
export function watchLog(
  db: Database,
  sort: DatabaseSort,
  path: string,
  { pending, folder }: Pick<Partial<OpenDatabaseFacts>, "pending" | "folder"> = {},
): () => void {
  const facts = new OpenDatabaseFacts(sort, path);
  facts.pending = pending;
  facts.folder = folder;
  facts.pageBytes = Number(db.pragma("page_size", { simple: true }));
  const cache = Number(db.pragma("cache_size", { simple: true }));
  facts.cacheBytes = cache < 0 ? -cache * 1_024 : cache * facts.pageBytes;
  const look = knowsNoop(db) ? db.prepare("PRAGMA wal_checkpoint(NOOP)").raw() : undefined;
  watched.set(db, { facts, look });
  const first = readLog(look);
  if (first !== undefined) {
    facts.logPages = first.pages;
    facts.logPagesMoved = first.moved;
    facts.logPagesMost = first.pages;
  }
  enterDatabase(facts);
  return () => {
    leaveDatabase(facts);
    watched.delete(db);
  };
}

/** @param ms what the commit took */
export function noteCommit(db: Database, ms: number): void {
  const found = watched.get(db);
  if (found === undefined) return;
  found.facts.noteCommit();
  const log = readLog(found.look);
  if (log !== undefined) found.facts.noteLog(log.pages, log.moved, ms);
}

/** Moves the log into the database and cuts it. @returns whether all of it was moved; false: others read */
export function truncateLog(db: Database): boolean {
  const began = performance.now();
  const found = watched.get(db);
  const before = readLog(found?.look);
  const [result] = db.pragma("wal_checkpoint(TRUNCATE)") as { busy: number }[];
  const isWhole = result?.busy === 0;
  if (found !== undefined) {
    const ms = performance.now() - began;
    const after = readLog(found.look);
    const waiting = before === undefined ? 0 : before.pages - before.moved;
    const left = after === undefined ? 0 : after.pages - after.moved;
    found.facts.noteCheckpoint(Math.max(0, waiting - left), ms, !isWhole);
    found.facts.logPages = after?.pages ?? 0;
    found.facts.logPagesMoved = after?.moved ?? 0;
  }
  return isWhole;
}

function readLog(look: Statement | undefined): { pages: number; moved: number } | undefined {
  if (look === undefined) return undefined;
  try {
    const [, pages, moved] = look.get() as [number, number, number];
    // -1 where there is no log.
    return { pages: Math.max(0, pages), moved: Math.max(0, moved) };
  } catch {
    // A statement is half read: the next commit says it.
    return undefined;
  }
}

function knowsNoop(db: Database): boolean {
  const version = String(db.prepare("SELECT sqlite_version()").pluck().get());
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  return major * 1_000_000 + minor * 1_000 + patch >= leastVersion;
}
