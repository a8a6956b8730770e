/*
 * Makes the tables of a store, and brings those of an older Haypile to this one's form: forward only, each step in the order of
 * its version, all in one transaction, under a lock that others who come at once wait for. Only who owns the tables changes
 * them; all others are told what to do.
 */
import { HaypileError } from "../../../base/errors.ts";
import { version as ownVersion } from "../../../base/package/version.ts";
import type { PgLink } from "../link/link.ts";
import { seal } from "./seal.ts";
import { readState, type StoreState } from "./state.ts";
import { type SchemaStep, schemaSteps } from "./steps.ts";

export interface SchemaOptions {
  /** Default: those of this Haypile. */
  steps?: readonly SchemaStep[] | undefined;
}

/** A change may rewrite tables; others who come wait for it. */
const changeMs = 10 * 60_000;

const leastServer = 15;
const leastVector = [0, 8, 0] as const;

/**
 * Of several who come first, one makes the tables. Where they are as they should be, this is two questions.
 * @throws HaypileError HAYPILE_DB_NEWER where they are of a later Haypile, HAYPILE_STORE_RIGHTS where another role has to make or
 *   change them, HAYPILE_STORE_REFUSED where the server is not fit
 */
export function ensureSchema(
  link: PgLink,
  schema: string = link.schema,
  { steps = schemaSteps }: SchemaOptions = {},
): void {
  const latest = steps.at(-1)?.version ?? 0;
  const state = readState(link, schema);
  if (isFit(link, state, latest)) return;
  assertMayChange(link, state, schema, latest);
  link.transaction(() => change(link, schema, steps));
}

/** Another Haypile may have changed the tables since. @throws HaypileError HAYPILE_DB_NEWER, HAYPILE_STORE_RIGHTS */
export function checkVersion(link: PgLink, { steps = schemaSteps }: SchemaOptions = {}): void {
  const latest = steps.at(-1)?.version ?? 0;
  const state = readState(link, link.schema);
  if (isFit(link, state, latest)) return;
  if (state.version !== undefined) throw tooOld(link, state.version, latest);
  throw refused(link, 'has no tables of a store. Make them with "haypile team init".');
}

/** @throws HaypileError for what no step of ours can put right */
function isFit(link: PgLink, state: StoreState, latest: number): boolean {
  const { version, server, isReplica } = state;
  if (server < leastServer * 10_000) {
    throw refused(
      link,
      `is PostgreSQL ${Math.floor(server / 10_000)}, and Haypile needs ${leastServer} or later. Bring the server up to date, or name another one.`,
    );
  }
  if (version !== undefined && version > latest) {
    throw new HaypileError(
      "HAYPILE_DB_NEWER",
      `The tables of ${link.name} are of version ${version}, made by Haypile ${state.by ?? "of a later version"}, and this Haypile (${ownVersion}) knows them up to ${latest}. Install Haypile ${state.by ?? "anew"} or later; tables do not go back.`,
      { data: { store: link.name, version, latest } },
    );
  }
  if (state.isMine !== undefined && !state.mayRead) {
    throw new HaypileError(
      "HAYPILE_STORE_RIGHTS",
      `The role ${link.user} may not use the store ${link.name}. Ask who looks after it: "haypile team grant ${link.user} …".`,
      { data: { store: link.name, user: link.user } },
    );
  }
  if (version !== undefined) checkVector(link, state.vector);
  if (version === latest) return true;
  if (isReplica) {
    throw refused(
      link,
      version === undefined
        ? "is a replica that takes no writes, and there are no tables of a store. Name the primary."
        : `is a replica, and its tables are of version ${version} where this Haypile needs ${latest}. Name the primary, so that they can be brought up to date there.`,
    );
  }
  return false;
}

function assertMayChange(link: PgLink, state: StoreState, schema: string, latest: number): void {
  const { version, hasSchema, stranger, isMine, mayMake } = state;
  if (version !== undefined && isMine !== true) throw tooOld(link, version, latest);
  if (stranger !== undefined) {
    // Who owns a schema can drop what is in it, and put functions there that ours would call as our role.
    throw refused(
      link,
      `has a schema ${quoted(schema)} that belongs to ${quoted(stranger)}, who could change whatever is made there. Let the server's administrator run ALTER SCHEMA ${quoted(schema)} OWNER TO ${quoted(link.user)} after a look at what is in it, or name another schema (?schema=NAME in the address).`,
    );
  }
  if (version === undefined && !mayMake) {
    const what = hasSchema
      ? `GRANT CREATE ON SCHEMA ${quoted(schema)} TO ${quoted(link.user)}`
      : `CREATE SCHEMA ${quoted(schema)} AUTHORIZATION ${quoted(link.user)}`;
    throw new HaypileError(
      "HAYPILE_STORE_RIGHTS",
      `There is no store at ${link.name} yet, and the role ${link.user} may not make one. Log in as the role that shall own it, or let the server's administrator run: ${what};`,
      { data: { store: link.name, user: link.user, sql: what } },
    );
  }
}

function change(link: PgLink, schema: string, steps: readonly SchemaStep[]): void {
  const long = { limitMs: changeMs };
  link.run(`SET LOCAL statement_timeout = ${changeMs}; SET LOCAL lock_timeout = ${changeMs}`);
  link.run(
    "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
    [`haypile schema ${schema}`],
    long,
  );
  // Who held the lock may have done it.
  const state = readState(link, schema);
  const latest = steps.at(-1)?.version ?? 0;
  if (isFit(link, state, latest)) return;
  if (!state.hasSchema) link.run(`CREATE SCHEMA ${quoted(schema)}`);
  makeVector(link, schema, state.vector);
  link.run(`SET LOCAL check_function_bodies = off; SET LOCAL client_min_messages = warning`);
  if (state.version === undefined) {
    link.run(`CREATE TABLE schema_versions(
      version int4 PRIMARY KEY, made_at timestamptz NOT NULL DEFAULT now(), made_by text NOT NULL DEFAULT session_user,
      haypile text NOT NULL)`);
  }
  for (const { version, sql } of steps) {
    if (version <= (state.version ?? 0)) continue;
    for (const text of sql) if (text !== "") link.run(text, [], long);
    link.run("INSERT INTO schema_versions(version, haypile) VALUES ($1, $2)", [
      version,
      ownVersion,
    ]);
  }
  link.run(seal, [], long);
}

function makeVector(link: PgLink, schema: string, version: string | undefined): void {
  if (version === undefined) {
    try {
      link.run("CREATE EXTENSION vector WITH SCHEMA public");
    } catch (error) {
      const { sqlState } = HaypileError.isInstance(error) ? error.data : {};
      if (sqlState === "42501") {
        throw new HaypileError(
          "HAYPILE_STORE_RIGHTS",
          `The database of ${link.name} has no pgvector yet, and only a superuser may make it. Let the server's administrator run there, once: CREATE EXTENSION vector;`,
          { cause: error, data: { store: link.name, sql: "CREATE EXTENSION vector" } },
        );
      }
      if (sqlState === "58P01" || sqlState === "0A000") {
        throw refused(
          link,
          'has no pgvector. Install it on the server (Debian: apt install postgresql-NN-pgvector; see "haypile doctor"), then try again.',
          error,
        );
      }
      throw error;
    }
  }
  const [row] = link.rows<{ version: string; schema: string }>(
    `SELECT extversion AS version, quote_ident(nspname) AS schema FROM pg_extension e
      JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname = 'vector'`,
  );
  checkVector(link, row?.version);
  const path = [quoted(schema), ...(row === undefined ? [] : [row.schema])].join(", ");
  link.run("SELECT set_config('search_path', $1, false)", [path]);
}

function checkVector(link: PgLink, version: string | undefined): void {
  if (version === undefined) {
    throw refused(
      link,
      "has lost its pgvector: the extension was dropped, and the vectors of the store with it. Bring the database back from a backup.",
    );
  }
  const parts = version.split(".").map(Number);
  for (const [at, least] of leastVector.entries()) {
    const part = parts[at] ?? 0;
    if (part > least) return;
    if (part < least) {
      throw refused(
        link,
        `has pgvector ${version}, and Haypile needs ${leastVector.join(".")} or later (0.8.4 or later is best). Install a later one, then run there: ALTER EXTENSION vector UPDATE;`,
      );
    }
  }
}

function tooOld(link: PgLink, version: number, latest: number): HaypileError {
  return new HaypileError(
    "HAYPILE_STORE_RIGHTS",
    `The tables of ${link.name} are of version ${version}, and this Haypile (${ownVersion}) needs ${latest}. The role ${link.user} does not own them: let who does run "haypile team init" of this version, or use the Haypile of before until then.`,
    { data: { store: link.name, version, latest } },
  );
}

function refused(link: PgLink, says: string, cause?: unknown): HaypileError {
  return new HaypileError("HAYPILE_STORE_REFUSED", `The server of ${link.name} ${says}`, {
    cause,
    data: { store: link.name },
  });
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
