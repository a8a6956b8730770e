/*
 * The way back to an earlier version of the tables. It is one transaction in a file that nobody else has open: SQLite lets no
 * other connection in from before the first read to the end, and a process that is killed leaves the one version or the other.
 */
import { HaypileError } from "../../../base/errors.ts";
import type { Database } from "../file/driver.ts";
import { sqliteCode } from "../file/errors.ts";
import type { WayBack } from "../file/migrations/migration.ts";
import { connect } from "../file/open.ts";
import { type DatabaseSchema, forgetProgram, readSchemaVersion } from "../file/schema.ts";
import { lookAtVersion } from "./look.ts";

export interface WayDown {
  from: number;
  to: number;
  /** What is gone for good, in words; none: nothing. */
  loses: string[];
  /** What goes and is made again by itself. */
  remakes: string[];
}

/** Of its own pages; what does not fit goes to the log. */
const cacheKib = 4_096;

/** The lowest version that a file can be taken down to in place. */
export function lowestVersion({ steps }: DatabaseSchema): number {
  let version = steps.length;
  while (version > 1 && steps[version - 1]?.down !== undefined) version -= 1;
  return version;
}

/**
 * What it would take, and nothing is changed.
 * @param to from lowestVersion() to that of the file
 * @throws HaypileError HAYPILE_DB_NEWER, HAYPILE_DB_NOT_A_DATABASE; the driver's error
 */
export function wayDown(path: string, schema: DatabaseSchema, to: number): WayDown {
  return lookAtVersion(path, schema, (db) => wayIn(db, path, schema, to)).more as WayDown;
}

/**
 * @param mayLose false: where something would be gone, nothing is changed
 * @returns what it took, as the file was when nobody else had it any more
 * @throws HaypileError HAYPILE_DB_BUSY where another has it open, HAYPILE_CONFLICT where something would be gone,
 *   or another took it below that version,
 *   HAYPILE_DB_NEWER, HAYPILE_DB_NOT_A_DATABASE; the driver's error
 */
export function stepDown(
  path: string,
  schema: DatabaseSchema,
  to: number,
  mayLose: boolean,
): WayDown {
  const db = connect(path, { creates: false, timeout: 0 });
  try {
    db.pragma("trusted_schema = OFF");
    db.pragma(`cache_size = -${cacheKib}`);
    // What was forgotten is overwritten here as everywhere.
    db.pragma("secure_delete = ON");
    // Said before anything is read, so the first look takes the file for this connection alone.
    db.pragma("locking_mode = EXCLUSIVE");
    db.exec("BEGIN EXCLUSIVE");
    const way = wayIn(db, path, schema, to);
    if (way.from < to) throw isBelow(path, way);
    if (way.loses.length > 0 && !mayLose) throw wouldLose(path, way);
    for (const { sql } of waysBack(schema, way)) db.exec(sql);
    forgetProgram(db, schema.factNames);
    db.pragma(`user_version = ${to}`);
    db.exec("COMMIT");
    return way;
  } catch (error) {
    if (!sqliteCode(error).startsWith("SQLITE_BUSY")) throw error;
    throw new HaypileError(
      "HAYPILE_DB_BUSY",
      `Could not take ${path} to version ${to}: another process has it open. Nothing was changed. End it ("haypile stop" ends the daemon), then run it again.`,
      { cause: error, data: { path } },
    );
  } finally {
    db.close();
  }
}

function wayIn(db: Database, path: string, schema: DatabaseSchema, to: number): WayDown {
  const from = readSchemaVersion(db, path, schema);
  const ways = waysBack(schema, { from, to });
  return {
    from,
    to,
    loses: ways.flatMap((way) => way.loses(db)),
    remakes: ways.flatMap((way) => way.remakes(db)),
  };
}

/** The newest step first. */
function waysBack(
  { steps }: DatabaseSchema,
  { from, to }: Pick<WayDown, "from" | "to">,
): WayBack[] {
  return steps
    .slice(to, from)
    .reverse()
    .flatMap(({ down }) => down ?? []);
}

/** Its number would be raised, and its tables not. */
function isBelow(path: string, { from, to }: WayDown): HaypileError {
  return new HaypileError(
    "HAYPILE_CONFLICT",
    `Expected version ${to} or a later one in ${path}, but another process has taken it down to ${from} meanwhile. Nothing was changed. "haypile migrate" says what the files have now.`,
    { data: { path, from, to } },
  );
}

function wouldLose(path: string, { from, to, loses }: WayDown): HaypileError {
  return new HaypileError(
    "HAYPILE_CONFLICT",
    `Expected that nothing is lost between version ${from} and ${to} of ${path}, but this would be gone: ${loses.join("; ")}. Nothing was changed.`,
    { data: { path, from, to, loses } },
  );
}
