/* Makes the tables of a store, and brings those of an older Haypile to this one's form. */
import type { PgLink } from "../link/link.ts";
import { indexTables } from "./tables/index.ts";
import { memoriesTables } from "./tables/memories.ts";
import { rightsTables } from "./tables/rights.ts";
import { symbolsTables } from "./tables/symbols.ts";
import { vectorsTables } from "./tables/vectors.ts";

const first = [memoriesTables, vectorsTables, indexTables, symbolsTables, rightsTables];

/** In one transaction, under a lock: of several who come first, one makes them. */
export function ensureSchema(link: PgLink, schema: string): void {
  link.transaction(() => {
    link.run("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [`haypile ${schema}`]);
    link.run(`CREATE SCHEMA IF NOT EXISTS "${schema}"`);
    for (const sql of first) if (sql !== "") link.run(sql);
  });
}
