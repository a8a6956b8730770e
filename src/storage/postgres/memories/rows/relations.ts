/* What stands beside memories, by key: links, notes of their history, anchors, how often they were used. */
import type { MemoryRelations, StoredAnchor } from "../../../../ports/memory-rows.ts";
import type { PgLink } from "../../link/link.ts";
import { restored, stored } from "../../stored-text.ts";

interface Link {
  from: string;
  to: string;
  relation: string;
  at: number;
}

type RawAnchor = [
  key: string,
  path: string,
  symbol: string | null,
  hash: string | null,
  seen: Uint8Array | null,
  commit: string | null,
  verified: number,
];

const links = `SELECT from_key AS "from", to_key AS "to", relation, at FROM memory_links`;

export class PgRelations implements MemoryRelations {
  readonly #link: PgLink;

  constructor(link: PgLink) {
    this.#link = link;
  }

  link(from: string, to: string, relation: string, at: number): void {
    this.#link.send(
      `INSERT INTO memory_links(namespace_id, from_key, to_key, relation, at)
       VALUES (namespace_of($1), $1, $2, $3, $4) ON CONFLICT DO NOTHING`,
      [from, to, stored(relation), at],
      { name: "memory-link" },
    );
  }

  unlink(from: string, to: string, relation: string): void {
    this.#link.send(
      "DELETE FROM memory_links WHERE from_key = $1 AND to_key = $2 AND relation = $3",
      [from, to, stored(relation)],
    );
    this.#mustWrite(from);
  }

  links(keys: readonly string[]): Link[] {
    return this.#links(`${links} WHERE from_key = ANY($1::text[]) ORDER BY 1, 2, 3`, keys, "from");
  }

  linksTo(keys: readonly string[]): Link[] {
    return this.#links(`${links} WHERE to_key = ANY($1::text[]) ORDER BY 1, 2, 3`, keys, "to");
  }

  linksOf(
    relation: string,
    after: { from: string; to: string } | undefined,
    limit: number,
  ): { from: string; to: string }[] {
    const { from, to } = after ?? { from: "", to: "" };
    return this.#link.rows(
      `SELECT from_key AS "from", to_key AS "to" FROM memory_links
       WHERE relation = $1 AND (from_key, to_key) > ($2, $3) ORDER BY from_key, to_key LIMIT $4`,
      [stored(relation), from, to, limit],
      { name: "memory-links-of" },
    );
  }

  anchored(after: string, limit: number, paths?: readonly string[]): string[] {
    const found =
      paths === undefined
        ? this.#link.lists(
            "SELECT DISTINCT key FROM memory_anchors WHERE key > $1 ORDER BY key LIMIT $2",
            [after, limit],
          )
        : this.#link.lists(
            `SELECT DISTINCT key FROM memory_anchors WHERE key > $1 AND path = ANY($3::text[])
             ORDER BY key LIMIT $2`,
            [after, limit, paths.map(stored)],
          );
    return found.map(([key]) => key as string);
  }

  successor(key: string): string | undefined {
    const [row] = this.#link.lists(
      `SELECT from_key FROM memory_links WHERE to_key = $1 AND relation IN ('supersedes', 'merged')
       ORDER BY at DESC, from_key, relation LIMIT 1`,
      [key],
      { name: "memory-successor" },
    );
    return row?.[0] as string | undefined;
  }

  addNote(key: string, at: number, what: string): void {
    this.#link.send(
      "INSERT INTO memory_notes(namespace_id, key, at, what) VALUES (namespace_of($1), $1, $2, $3)",
      [key, at, stored(what)],
      { name: "memory-note" },
    );
  }

  notes(key: string): { at: number; what: string }[] {
    const found = this.#link.lists(
      "SELECT at, what FROM memory_notes WHERE key = $1 ORDER BY id",
      [key],
      { name: "memory-notes" },
    );
    return found.map(([at, what]) => ({ at: at as number, what: restored(what as string) }));
  }

  setAnchors(key: string, anchors: readonly StoredAnchor[]): void {
    this.#link.send("DELETE FROM memory_anchors WHERE key = $1", [key]);
    this.#mustWrite(key);
    for (const { path, symbol, hash, seen, commit, verified } of anchors) {
      const named = symbol === undefined ? null : stored(symbol);
      this.#link.send(
        `INSERT INTO memory_anchors(namespace_id, key, path, symbol, hash, seen, git_commit, verified)
         VALUES (namespace_of($1), $1, $2, $3, $4, $5, $6, $7)`,
        [key, stored(path), named, hash ?? null, seen ?? null, commit ?? null, verified],
        { name: "memory-anchor" },
      );
    }
  }

  anchors(keys: readonly string[]): (StoredAnchor & { key: string })[] {
    if (keys.length === 0) return [];
    const found = this.#link.lists(
      `SELECT key, path, symbol, hash, seen, git_commit, verified FROM memory_anchors
       WHERE key = ANY($1::text[]) ORDER BY id`,
      [keys],
      { name: "memory-anchors" },
    ) as RawAnchor[];
    return found.map(([key, path, symbol, hash, seen, commit, verified]) => ({
      ...{ key, verified, path: restored(path) },
      symbol: symbol === null ? undefined : restored(symbol),
      hash: hash ?? undefined,
      seen: seen ?? undefined,
      commit: commit ?? undefined,
    }));
  }

  /** Not of memories that this user only reads. */
  countUse(keys: readonly string[], at: number): void {
    this.#link.send(
      `INSERT INTO memory_uses(key, namespace_id, count, at)
       SELECT used.key, used.namespace_id, used.count, $2 FROM (
         SELECT key, count(*) AS count, namespace_of(key) AS namespace_id
         FROM unnest($1::text[]) AS key GROUP BY key ORDER BY key
       ) AS used WHERE used.namespace_id = 0 OR used.namespace_id IN (SELECT writable_namespaces())
       ON CONFLICT (key) DO UPDATE SET count = memory_uses.count + excluded.count,
         at = greatest(memory_uses.at, excluded.at)`,
      [keys, at],
      { name: "memory-use" },
    );
  }

  uses(keys: readonly string[]): Map<string, { count: number; at: number }> {
    if (keys.length === 0) return new Map();
    const found = this.#link.lists(
      "SELECT key, count, at FROM memory_uses WHERE key = ANY($1::text[]) ORDER BY key",
      [keys],
      { name: "memory-uses" },
    ) as [string, number, number][];
    return new Map(found.map(([key, count, at]) => [key, { count, at }]));
  }

  erase(keys: readonly string[]): void {
    this.#link.send(
      "DELETE FROM memory_links WHERE from_key = ANY($1::text[]) OR to_key = ANY($1::text[])",
      [keys],
    );
    for (const table of ["memory_notes", "memory_anchors", "memory_uses"]) {
      this.#link.send(`DELETE FROM ${table} WHERE key = ANY($1::text[])`, [keys]);
    }
  }

  /** The server leaves rows that this user may not write as they are, and says nothing. */
  #mustWrite(key: string): void {
    this.#link.send(
      "SELECT must_write_rows(ARRAY(SELECT id FROM memory_rows WHERE key = $1))",
      [key],
      { name: "memory-must-write" },
    );
  }

  #links(text: string, keys: readonly string[], end: string): Link[] {
    if (keys.length === 0) return [];
    const found = this.#link.rows<Link>(text, [keys], { name: `memory-links-${end}` });
    return found.map((one) => ({ ...one, relation: restored(one.relation) }));
  }
}
