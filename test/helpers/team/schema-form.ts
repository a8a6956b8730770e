/* The tables of a store as the catalogs describe them, one line for each thing: two stores are of one form where the lines are equal. */
import type { TestDatabase } from "../postgres.ts";

const questions = [
  `SELECT 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
     || ' ' || a.attnotnull || ' ' || coalesce(l.collname, '') || ' ' || a.attidentity::text || ' ' || coalesce(a.attstattarget, -1)
     || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '') AS line
   FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_collation l ON l.oid = a.attcollation
     LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
   WHERE c.relnamespace = 'haypile'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped`,
  `SELECT 'table ' || c.relname || ' ' || c.relkind::text || ' ' || c.relrowsecurity || ' ' || c.relispartition || ' '
     || coalesce(array_to_string(c.reloptions, ','), '') || ' ' || coalesce(pg_get_expr(c.relpartbound, c.oid), '') AS line
   FROM pg_class c WHERE c.relnamespace = 'haypile'::regnamespace AND c.relkind IN ('r', 'p', 'S', 'v', 'm')`,
  `SELECT 'index ' || pg_get_indexdef(i.indexrelid) AS line FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
   WHERE c.relnamespace = 'haypile'::regnamespace`,
  `SELECT 'constraint ' || r.conrelid::regclass || ' ' || r.conname || ' ' || pg_get_constraintdef(r.oid) AS line
   FROM pg_constraint r WHERE r.connamespace = 'haypile'::regnamespace`,
  `SELECT 'policy ' || p.polrelid::regclass || ' ' || p.polname || ' ' || p.polcmd::text || ' '
     || coalesce(pg_get_expr(p.polqual, p.polrelid), '') || ' ' || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '') AS line
   FROM pg_policy p`,
  `SELECT 'trigger ' || pg_get_triggerdef(t.oid) AS line FROM pg_trigger t WHERE NOT t.tgisinternal AND t.tgparentid = 0`,
  `SELECT 'function ' || pg_get_functiondef(p.oid) || coalesce((SELECT string_agg(x::text, ',') FROM unnest(p.proacl) x), 'all')
   AS line FROM pg_proc p WHERE p.pronamespace = 'haypile'::regnamespace`,
  `SELECT 'guarded ' || relation || ' ' || scope AS line FROM haypile.guarded`,
];

export async function schemaForm(database: TestDatabase): Promise<string[]> {
  const lines: string[] = [];
  for (const question of questions) {
    for (const { line } of await database.ask<{ line: string }>(question)) lines.push(line);
  }
  return lines.sort();
}
