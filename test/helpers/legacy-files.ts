/* The legacy files of test/fixtures/schemas/, as scripts/make-schema-fixtures.ts made them. */
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { repository } from "./model.ts";
import { openRaw } from "./sqlite-files.ts";

const fixtures = join(repository, "test", "fixtures", "schemas");

export type LegacyKind = "index" | "memories";

/** Versions of which there is a file, in order. */
export function legacyVersions(kind: LegacyKind): number[] {
  return readdirSync(fixtures)
    .flatMap((name) => new RegExp(`^${kind}-(\\d+)\\.db\\.gz$`, "u").exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

export function putLegacyFile(kind: LegacyKind, version: number, path: string): void {
  writeFileSync(path, gunzipSync(readFileSync(join(fixtures, `${kind}-${version}.db.gz`))));
}

/** The folder that the indexes are of. */
export function copyLegacyProject(to: string): void {
  cpSync(join(fixtures, "project"), to, { recursive: true });
}

/** What tables, indexes and triggers a file has, without white space. */
export function tablesOf(path: string): string[] {
  const db = openRaw(path, { readonly: true });
  try {
    const all = db
      .prepare("SELECT name || ' ' || coalesce(sql, '') FROM sqlite_schema")
      .pluck()
      .all();
    return (all as string[]).map((sql) => sql.replace(/\s+/gu, "")).sort();
  } finally {
    db.close();
  }
}

export function versionOf(path: string): number {
  const db = openRaw(path, { readonly: true });
  try {
    return db.pragma("user_version", { simple: true }) as number;
  } finally {
    db.close();
  }
}
