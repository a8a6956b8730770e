/*
 * The three groups of a store: roles of the server that nobody logs in as. Readers and writers have the privileges on its
 * tables (which rows, the grants say); admins give grants and read the whole audit.
 */
import { HaypileError } from "../../../base/errors.ts";
import type { TeamGroups } from "../../../ports/answers/team.ts";
import type { PgLink } from "../link/link.ts";

const groupKinds = ["reader", "writer", "admin"] as const;
type GroupKind = (typeof groupKinds)[number];

const mostBytes = 63;

/** Undefined before they were made. */
function groupsOf(link: PgLink): TeamGroups | undefined {
  const rows = link.rows<{ kind: GroupKind; role: string }>(
    "SELECT kind, r.rolname AS role FROM team_groups g JOIN pg_roles r ON r.oid = g.role",
  );
  if (rows.length < groupKinds.length) return undefined;
  const named = new Map(rows.map(({ kind, role }) => [kind, role]));
  return groupsBy((kind) => named.get(kind) ?? "");
}

/** Those that there are, given again what they need; undefined: there are none. */
function sharedGroups(link: PgLink): { groups: TeamGroups; made: string[] } | undefined {
  const groups = groupsOf(link);
  if (groups === undefined) return undefined;
  link.run("SELECT own_share()");
  return { groups, made: [] };
}

/**
 * Makes the groups where there are none, or takes those that an administrator made for it, and gives them what they need.
 * Called by who owns the tables.
 *
 * @param prefix of their names. Default: the name of the schema
 * @throws HaypileError HAYPILE_STORE_RIGHTS with what an administrator has to run; HAYPILE_USAGE where other tables use roles of
 *   these names
 */
export function makeGroups(
  link: PgLink,
  prefix = link.schema,
): { groups: TeamGroups; made: string[] } {
  const known = sharedGroups(link);
  if (known !== undefined) return known;
  const groups = groupsBy((kind) => `${prefix}_${kind}`);
  for (const name of Object.values(groups)) assertName(name);
  return link.transaction(() => {
    link.run("SELECT pg_advisory_xact_lock(hashtextextended('haypile groups', 0))");
    // Of two who make them at once, the second comes here when they are made.
    const meanwhile = sharedGroups(link);
    if (meanwhile !== undefined) return meanwhile;
    const made = newOnes(link, groups);
    try {
      for (const name of made) link.run(`CREATE ROLE ${quoted(name)}`);
      const { reader, writer, admin } = groups;
      link.run(`GRANT ${quoted(reader)} TO ${quoted(writer)}, ${quoted(admin)}`);
    } catch (error) {
      throw forAdministrator(error, link, made, groups);
    }
    for (const kind of groupKinds) {
      link.run(
        `INSERT INTO team_groups(kind, role) SELECT $1, oid FROM pg_roles WHERE rolname = $2
          ON CONFLICT (kind) DO UPDATE SET role = excluded.role`,
        [kind, groups[kind]],
      );
    }
    link.run("SELECT own_share()");
    return { groups, made };
  });
}

function groupsBy(nameOf: (kind: GroupKind) => string): TeamGroups {
  return { reader: nameOf("reader"), writer: nameOf("writer"), admin: nameOf("admin") };
}

/** Names of groups that there are not. @throws HaypileError HAYPILE_USAGE where one serves other tables */
function newOnes(link: PgLink, groups: TeamGroups): string[] {
  const names = Object.values(groups);
  const rows = link.rows<{ name: string; used: boolean }>(
    `SELECT r.rolname AS name, r.rolcanlogin OR r.rolsuper OR EXISTS (SELECT FROM pg_shdepend d
       WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.oid) AS used
     FROM pg_roles r WHERE r.rolname = ANY($1)`,
    [names],
  );
  const used = rows.find((row) => row.used);
  if (used !== undefined) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      `The server of ${link.name} has a role ${used.name} already, which serves something else, perhaps another store. Say another beginning for the groups of this one: haypile team init --groups NAME`,
      { data: { store: link.name, role: used.name } },
    );
  }
  const there = new Set(rows.map(({ name }) => name));
  return names.filter((name) => !there.has(name));
}

function forAdministrator(
  error: unknown,
  link: PgLink,
  made: readonly string[],
  groups: TeamGroups,
): unknown {
  if (!HaypileError.isInstance(error) || error.data.sqlState !== "42501") return error;
  const all = Object.values(groups).map(quoted).join(", ");
  const sql = [
    ...made.map((name) => `CREATE ROLE ${quoted(name)};`),
    `GRANT ${all} TO ${quoted(link.user)} WITH ADMIN OPTION;`,
  ];
  return new HaypileError(
    "HAYPILE_STORE_RIGHTS",
    `The role ${link.user} may not make the groups of ${link.name}. Let the server's administrator run this, then try again: ${sql.join(" ")}`,
    { cause: error, data: { store: link.name, sql } },
  );
}

/** @throws HaypileError HAYPILE_USAGE */
export function assertName(name: string): void {
  const bytes = Buffer.byteLength(name);
  if (bytes > 0 && bytes <= mostBytes && !name.includes("\0") && !/^pg_/iu.test(name)) return;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected the name of a role of at most ${mostBytes} bytes that does not begin with pg_, but got ${JSON.stringify(name)}.`,
    { data: { name } },
  );
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
