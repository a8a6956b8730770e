/* A row in every table of a store that has a namespace or a project, whatever its columns are: made of the catalog. */
import type { Psql } from "./team-store.ts";

export interface Seed {
  /** Stands in every text, list of words and run of bytes of it. A lexeme: small letters only. */
  word: string;
  /** Every number of it begins with these five digits, but for those of two bytes. */
  number: number;
  namespace: string;
  project: string;
}

interface Column {
  table: string;
  name: string;
  type: string;
}

/** @param psql of a superuser @returns the ids, and the tables that have a row now */
export async function seedEverywhere(
  psql: Psql,
  seed: Seed,
): Promise<{ namespace: number; project: number; tables: string[] }> {
  const [[namespace] = []] = await psql.ask(
    `INSERT INTO namespaces(name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id`,
    [seed.namespace],
  );
  const [[project] = []] = await psql.ask(
    "INSERT INTO code_projects(name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id",
    [seed.project],
  );
  const rows = await psql.ask(`
    SELECT c.relname, a.attname, format_type(a.atttypid, NULL) FROM guarded g
      JOIN pg_class c ON c.oid = g.relation JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE g.scope IN ('namespace', 'project') AND a.attnum > 0 AND NOT a.attisdropped AND a.attidentity = ''
      AND a.attgenerated = '' ORDER BY c.relname, a.attnum`);
  const columns = rows.map(([table, name, type]) => ({ table, name, type }) as Column);
  const tables = [...new Set(columns.map(({ table }) => table))];
  const ids = { namespace_id: namespace, project } as Record<string, string | null | undefined>;
  for (const table of tables) {
    const own = columns.filter((column) => column.table === table);
    const values = own.map((column, at) => ids[column.name] ?? valueFor(column, seed, at));
    await psql.ask(
      `INSERT INTO ${table}(${own.map(({ name }) => `"${name}"`).join(", ")}) VALUES (${values.join(", ")})`,
    );
  }
  return { namespace: Number(namespace), project: Number(project), tables };
}

function valueFor({ type, name }: Column, { word, number }: Seed, at: number): string {
  const own = number * 100 + at;
  switch (type) {
    case "smallint":
      return "2";
    case "integer":
    case "bigint":
    case "real":
    case "double precision":
      return String(own);
    case "boolean":
      return "true";
    case "uuid":
      return "gen_random_uuid()";
    case "timestamp with time zone":
      return "now()";
    case "bytea":
      return `convert_to('${word}', 'UTF8')`;
    case "text[]":
      return `ARRAY['${word}']`;
    case "integer[]":
    case "bigint[]":
      return `ARRAY[${own}]`;
    case "tsvector":
      return `'${word}'::tsvector`;
    case "halfvec":
      return `'[${String(number).split("").join(",")}]'`;
    case "text":
      // Ids of memories outlive their texts, in the audit; words of ours are no texts.
      if (/^(?:(?:from_|to_)?key|kind|language|relation)$/u.test(name)) return `'k${number}'`;
      return `'${word} ${name}'`;
    default:
      throw new Error(`no value is known for ${name} ${type}: say one in seeded.ts`);
  }
}

/** Whether something of a seed shows in what a server said. */
export function shows({ word, number }: Seed, said: string): boolean {
  const hex = Buffer.from(word).toString("hex");
  const digits = String(number);
  return (
    said.includes(word) ||
    said.includes(hex) ||
    said.includes(digits) ||
    said.includes(digits.split("").join(","))
  );
}
