/* What stands beside memories, by key: links, notes of their history, anchors, how often they were used. */
import type { MemoryRelations, StoredAnchor } from "../../../../ports/memory-rows.ts";
import type { Database, Statement } from "../../file/driver.ts";
import { bodySum, damage } from "../file/sums.ts";

type RawAnchor = {
  key: string;
  path: string;
  symbol: string | null;
  hash: string | null;
  seen: Uint8Array | null;
  git_commit: string | null;
  verified: number;
  sum: number | null;
};

type RawLink = { from: string; to: string; relation: string; at: number; sum: number | null };

export class RelationTables implements MemoryRelations {
  readonly #addLink: Statement;
  readonly #links: Statement;
  readonly #linksTo: Statement;
  readonly #linksOf: Statement;
  readonly #unlink: Statement;
  readonly #anchored: Statement;
  readonly #anchoredTo: Statement;
  readonly #successor: Statement;
  readonly #addNote: Statement;
  readonly #notes: Statement;
  readonly #addAnchor: Statement;
  readonly #removeAnchors: Statement;
  readonly #anchors: Statement;
  readonly #use: Statement;
  readonly #uses: Statement;
  readonly #erase: readonly Statement[];

  constructor(db: Database) {
    this.#addLink = db.prepare(
      "INSERT OR IGNORE INTO links(from_key, to_key, relation, at, sum) VALUES (?, ?, ?, ?, ?)",
    );
    const among = "IN (SELECT value FROM json_each($keys))";
    this.#links = db.prepare(
      `SELECT from_key AS "from", to_key AS "to", relation, at, sum FROM links
       WHERE from_key ${among} ORDER BY 1, 2, 3`,
    );
    this.#linksTo = db.prepare(
      `SELECT from_key AS "from", to_key AS "to", relation, at, sum FROM links
       WHERE to_key ${among} ORDER BY 1, 2, 3`,
    );
    this.#linksOf = db.prepare(
      `SELECT from_key AS "from", to_key AS "to" FROM links NOT INDEXED
       WHERE relation = $relation AND (from_key, to_key) > ($from, $to)
       ORDER BY from_key, to_key LIMIT $limit`,
    );
    this.#unlink = db.prepare(
      "DELETE FROM links WHERE from_key = ? AND to_key = ? AND relation = ?",
    );
    this.#anchored = db
      .prepare("SELECT DISTINCT key FROM anchors WHERE key > ? ORDER BY key LIMIT ?")
      .pluck();
    this.#anchoredTo = db
      .prepare(
        `SELECT DISTINCT key FROM anchors
         WHERE key > ? AND path IN (SELECT value FROM json_each(?)) ORDER BY key LIMIT ?`,
      )
      .pluck();
    this.#successor = db
      .prepare(
        `SELECT from_key FROM links WHERE to_key = ? AND relation IN ('supersedes', 'merged')
         ORDER BY at DESC LIMIT 1`,
      )
      .pluck();
    this.#addNote = db.prepare("INSERT INTO notes(key, at, what, sum) VALUES (?, ?, ?, ?)");
    this.#notes = db.prepare("SELECT at, what, sum FROM notes WHERE key = ? ORDER BY id");
    this.#addAnchor = db.prepare(
      `INSERT INTO anchors(key, path, symbol, hash, seen, git_commit, verified, sum)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#removeAnchors = db.prepare("DELETE FROM anchors WHERE key = ?");
    this.#anchors = db.prepare(
      `SELECT key, path, symbol, hash, seen, git_commit, verified, sum FROM anchors WHERE key ${among} ORDER BY id`,
    );
    this.#use = db.prepare(
      `INSERT INTO uses(key, count, at) VALUES ($key, 1, $at)
       ON CONFLICT(key) DO UPDATE SET count = count + 1, at = max(at, $at)`,
    );
    this.#uses = db.prepare(`SELECT key, count, at FROM uses WHERE key ${among}`);
    this.#erase = [
      "DELETE FROM links WHERE from_key = $key OR to_key = $key",
      "DELETE FROM notes WHERE key = $key",
      "DELETE FROM anchors WHERE key = $key",
      "DELETE FROM uses WHERE key = $key",
    ].map((sql) => db.prepare(sql));
  }

  link(from: string, to: string, relation: string, at: number): void {
    this.#addLink.run(from, to, relation, at, bodySum([from, to, relation, at]));
  }

  unlink(from: string, to: string, relation: string): void {
    this.#unlink.run(from, to, relation);
  }

  links(keys: readonly string[]): Omit<RawLink, "sum">[] {
    return soundLinks(this.#links.all({ keys: JSON.stringify(keys) }) as RawLink[]);
  }

  linksTo(keys: readonly string[]): Omit<RawLink, "sum">[] {
    return soundLinks(this.#linksTo.all({ keys: JSON.stringify(keys) }) as RawLink[]);
  }

  linksOf(
    relation: string,
    after: { from: string; to: string } | undefined,
    limit: number,
  ): { from: string; to: string }[] {
    const { from, to } = after ?? { from: "", to: "" };
    return this.#linksOf.all({ relation, from, to, limit }) as { from: string; to: string }[];
  }

  anchored(after: string, limit: number, paths?: readonly string[]): string[] {
    return paths === undefined
      ? (this.#anchored.all(after, limit) as string[])
      : (this.#anchoredTo.all(after, JSON.stringify(paths), limit) as string[]);
  }

  successor(key: string): string | undefined {
    return this.#successor.get(key) as string | undefined;
  }

  addNote(key: string, at: number, what: string): void {
    this.#addNote.run(key, at, what, bodySum([key, at, what]));
  }

  notes(key: string): { at: number; what: string }[] {
    const found = this.#notes.all(key) as { at: number; what: string; sum: number | null }[];
    return found.map(({ at, what, sum }) => {
      assertSum(sum, [key, at, what], `the history of ${key}`);
      return { at, what };
    });
  }

  setAnchors(key: string, anchors: readonly StoredAnchor[]): void {
    this.#removeAnchors.run(key);
    for (const { path, symbol = null, hash = null, seen, commit = null, verified } of anchors) {
      const sum = bodySum([key, path, symbol, hash, commit, verified]);
      this.#addAnchor.run(key, path, symbol, hash, seen ?? null, commit, verified, sum);
    }
  }

  anchors(keys: readonly string[]): (StoredAnchor & { key: string })[] {
    const found = this.#anchors.all({ keys: JSON.stringify(keys) }) as RawAnchor[];
    return found.map(({ key, path, symbol, hash, seen, git_commit, verified, sum }) => {
      assertSum(sum, [key, path, symbol, hash, git_commit, verified], `an anchor of ${key}`);
      return {
        key,
        path,
        verified,
        symbol: symbol ?? undefined,
        hash: hash ?? undefined,
        seen: seen ?? undefined,
        commit: git_commit ?? undefined,
      };
    });
  }

  countUse(keys: readonly string[], at: number): void {
    for (const key of keys) this.#use.run({ key, at });
  }

  uses(keys: readonly string[]): Map<string, { count: number; at: number }> {
    const found = this.#uses.all({ keys: JSON.stringify(keys) }) as {
      key: string;
      count: number;
      at: number;
    }[];
    return new Map(found.map(({ key, count, at }) => [key, { count, at }]));
  }

  erase(key: string): void {
    for (const statement of this.#erase) statement.run({ key });
  }
}

function soundLinks(found: readonly RawLink[]): Omit<RawLink, "sum">[] {
  return found.map(({ sum, ...link }) => {
    assertSum(sum, [link.from, link.to, link.relation, link.at], `a link of ${link.from}`);
    return link;
  });
}

function assertSum(
  sum: number | null,
  of: readonly (string | number | null)[],
  what: string,
): void {
  if (sum !== null && sum !== bodySum(of)) throw damage(`${what} is not what was written`);
}
