/* What an index file says of itself, read beside whoever uses it: nothing is migrated, checked or changed. */
import { statSync, utimesSync } from "node:fs";
import { HaypileError } from "../../../base/errors.ts";
import type { ModelName } from "../../../base/model-name.ts";
import type { IndexContents } from "../../../ports/answers/index-facts.ts";
import { databaseBytes } from "./database-bytes.ts";
import type { Database } from "./driver.ts";
import { corruptError, sqliteCode, sqliteError } from "./errors.ts";
import { connect } from "./open.ts";
import { applicationId } from "./schema.ts";

export interface IndexFacts {
  /** The folder it is of; undefined before its first run came so far. */
  root: string | undefined;
  /** End of the last run that finished, ISO 8601. */
  lastIndex: string | undefined;
  /** Where the file system of the folder began at the last run; undefined: that was not noted. */
  mount: string | undefined;
  /** What the run at work says of itself, if one is; "" where none is. */
  note: string;
  /** Undefined where it was not asked for, or is not known of so old a version. */
  contents: Omit<IndexContents, "indexing"> | undefined;
}

/** Somebody may be writing; a list is not worth a long wait. */
const busyTimeoutMs = 250;

/**
 * Reads the facts of an index of any version that has them.
 *
 * @param wantsContents count what it holds, too: that reads through a list of its files and one of its chunks
 * @throws HaypileError HAYPILE_DB_NOT_A_DATABASE, HAYPILE_DB_CORRUPT, HAYPILE_DB_BUSY, HAYPILE_PERMISSION,
 *   HAYPILE_PATH_MISSING, HAYPILE_IO
 */
export function readIndexFacts(path: string, wantsContents = false): IndexFacts {
  // A log with something in it was left by a writer that was killed, or is at work: that is for the next real
  // opening to take in. Without one, a connection that could write takes its side files away again.
  const hasLog = databaseBytes(path) > (statSync(path, { throwIfNoEntry: false })?.size ?? 0);
  let db: Database | undefined;
  try {
    db = connect(path, { readonly: hasLog, creates: false, timeout: busyTimeoutMs });
    db.pragma("query_only = ON");
    db.pragma("trusted_schema = OFF");
    // One that is being made at this moment.
    if ((db.pragma("page_count", { simple: true }) as number) === 0) return nothingYet;
    if ((db.pragma("application_id", { simple: true }) as number) !== applicationId) {
      throw new HaypileError(
        "HAYPILE_DB_NOT_A_DATABASE",
        `An index was expected, but ${path} is a database of another kind.`,
        { data: { path } },
      );
    }
    const get = db.prepare("SELECT value FROM meta WHERE key = ?").pluck();
    const fact = (key: string): string | undefined => textOf(get.get(key));
    return {
      root: fact("root"),
      lastIndex: fact("last-index"),
      mount: fact("mount"),
      note: fact("run") ?? "",
      contents: wantsContents ? contentsOf(db, fact) : undefined,
    };
  } catch (error) {
    if (sqliteCode(error) === "SQLITE_ERROR") throw corruptError(path, String(error), error);
    throw sqliteError(error, path, "read the index");
  } finally {
    db?.close();
  }
}

/** A sound database, and of another program. */
export function isForeignDatabase(path: string): boolean {
  let db: Database | undefined;
  try {
    db = connect(path, { readonly: true, creates: false, timeout: busyTimeoutMs });
    const objects = db.prepare("SELECT count(*) FROM sqlite_schema").pluck().get() as number;
    return objects > 0 && db.pragma("application_id", { simple: true }) !== applicationId;
  } catch {
    return false;
  } finally {
    db?.close();
  }
}

const nothingYet: IndexFacts = {
  root: undefined,
  lastIndex: undefined,
  mount: undefined,
  note: "",
  contents: undefined,
};

/** Languages that are named; the rest is left out. */
const mostLanguages = 32;
/** The version that has all the tables which are counted. */
const countedFrom = 8;

function contentsOf(
  db: Database,
  fact: (key: string) => string | undefined,
): IndexFacts["contents"] {
  if ((db.pragma("user_version", { simple: true }) as number) < countedFrom) return undefined;
  const count = (table: string): number =>
    db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
  const languages = db
    .prepare(
      `SELECT language, count(*) AS files FROM files GROUP BY language
       ORDER BY files DESC, language LIMIT ${mostLanguages}`,
    )
    .all() as { language: string; files: number }[];
  return {
    files: count("files"),
    chunks: count("chunks"),
    waiting: count("pending"),
    languages,
    unparsed: db
      .prepare("SELECT count(*) FROM unparsed WHERE why <> 'partly'")
      .pluck()
      .get() as number,
    model: modelIn(fact("store.model"), fact("model-weights")),
  };
}

function modelIn(text: string | undefined, weights: string | undefined): ModelName | undefined {
  try {
    const { id, dimensions, vectors } = JSON.parse(text ?? "null") as ModelName;
    return { id: String(id), dimensions: Number(dimensions), vectors: vectors ?? weights };
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Notes that the index is used now: by the time of its lock file, which stays beside it and holds nothing. */
export function noteUse(database: string): void {
  const now = new Date();
  try {
    utimesSync(`${database}.lock`, now, now);
  } catch {
    // Not made yet, or not ours to change: the times of the database do.
  }
}

/** When it was last opened or written, as far as its files tell. */
export function lastUseOf(database: string): Date | undefined {
  const times = ["", "-wal", ".lock"].flatMap(
    (ending) => statSync(`${database}${ending}`, { throwIfNoEntry: false })?.mtimeMs ?? [],
  );
  return times.length === 0 ? undefined : new Date(Math.max(...times));
}
