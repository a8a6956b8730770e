/* What there is of a store, asked of the catalogs: everybody may read those. */
import type { PgLink } from "../link/link.ts";

export interface StoreState {
  /** As server_version_num: 160014. */
  server: number;
  isReplica: boolean;
  /** Of pgvector; undefined: the extension is not made in this database. */
  vector: string | undefined;
  hasSchema: boolean;
  /** Who owns the schema, where that is neither this role, nor the database's owner, nor a superuser. */
  stranger: string | undefined;
  /** May read which version the tables have, which every member may. */
  mayRead: boolean;
  /** May make tables in it, or the schema itself. */
  mayMake: boolean;
  /** Whether the role owns the tables; undefined: there are none. */
  isMine: boolean | undefined;
  /** Of the tables; undefined: there are none, or they may not be seen. */
  version: number | undefined;
  /** The Haypile that made that version. */
  by: string | undefined;
}

type Found = Omit<StoreState, "version" | "by">;

export function readState(link: PgLink, schema: string): StoreState {
  const [found] = link.rows<Found>(
    `SELECT current_setting('server_version_num')::int AS server, pg_is_in_recovery() AS "isReplica",
      (SELECT extversion FROM pg_extension WHERE extname = 'vector') AS vector,
      n.oid IS NOT NULL AS "hasSchema",
      CASE WHEN NOT pg_has_role(n.nspowner, 'USAGE') AND NOT (SELECT rolsuper FROM pg_roles WHERE oid = n.nspowner)
        AND pg_get_userbyid(n.nspowner) <> 'pg_database_owner'
        AND n.nspowner <> (SELECT datdba FROM pg_database WHERE datname = current_database())
        THEN pg_get_userbyid(n.nspowner) END AS stranger,
      coalesce(has_schema_privilege(n.oid, 'CREATE'), has_database_privilege(current_database(), 'CREATE')) AS "mayMake",
      pg_has_role(c.relowner, 'USAGE') AS "isMine", 
      coalesce(has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE'), false) AS "mayRead"
    FROM (SELECT 1) one LEFT JOIN pg_namespace n ON n.nspname = $1
      LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = 'schema_versions'`,
    [schema],
  );
  if (found === undefined) throw new Error("a question without a condition has one row");
  const { isMine, vector, stranger, ...rest } = found;
  const own = { isMine: isMine ?? undefined, stranger: stranger ?? undefined };
  const state = { ...rest, ...own, vector: vector ?? undefined };
  if (!state.mayRead) return { ...state, version: undefined, by: undefined };
  const [last] = link.rows<{ version: number; haypile: string }>(
    `SELECT version, haypile FROM "${schema.replaceAll('"', '""')}".schema_versions ORDER BY version DESC LIMIT 1`,
  );
  return { ...state, version: last?.version, by: last?.haypile };
}
