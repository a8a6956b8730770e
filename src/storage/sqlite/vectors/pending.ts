import {
  askedBeforeUrgency,
  askedUrgency,
  recentDays,
  unrankedUrgency,
  urgencyOf,
} from "../../../base/paths/urgency.ts";
import type { PendingChunks, WaitingChunk } from "../../../ports/store.ts";
import { symbolBits } from "../../shared/symbols/symbol-ids.ts";
import type { Database, Statement } from "../file/driver.ts";
import { textSql } from "../file/packed-text.ts";
import { inOneWrite } from "../roles/in-one-write.ts";

/** So many are "asked for" at once; when more come, those asked for earlier step back. */
const mostAsked = 2048;
const recentMs = recentDays * 24 * 3600 * 1000;

/**
 * Chunks that have no vector yet, and the order in which they get one. add() is a step inside a transaction of the
 * caller.
 */
export class Pending implements PendingChunks {
  readonly #db: Database;
  readonly #add: Statement;
  readonly #page: Statement;
  readonly #next: Statement;
  readonly #of: Statement;
  readonly #count: Statement;
  readonly #countAsked: Statement;
  readonly #stepBack: Statement;
  readonly #ask: Statement;
  readonly #wouldAsk: Statement;
  readonly #newest: Statement;
  readonly #endOfPage: Statement;
  readonly #rank: Statement;

  constructor(db: Database) {
    this.#db = db;
    const waiting = `chunks.id, context || ${textSql} AS text, urgency`;
    this.#add = db.prepare(`INSERT INTO pending(chunk_id, urgency) VALUES (?, ${unrankedUrgency})`);
    this.#page = db.prepare(
      `SELECT ${waiting} FROM pending JOIN chunks ON id = chunk_id
       WHERE chunk_id > ? ORDER BY chunk_id LIMIT ?`,
    );
    this.#next = db.prepare(
      `SELECT ${waiting} FROM pending JOIN chunks ON id = chunk_id
       WHERE chunk_id NOT IN (SELECT value FROM json_each(?)) ORDER BY urgency, chunk_id LIMIT ?`,
    );
    this.#of = db.prepare(
      `SELECT ${waiting} FROM json_each(?) AS asked
       JOIN pending ON pending.chunk_id = asked.value JOIN chunks ON chunks.id = asked.value
       ORDER BY asked.key`,
    );
    this.#count = db.prepare("SELECT count(*) FROM pending").pluck();
    this.#countAsked = db
      .prepare(`SELECT count(*) FROM pending WHERE urgency = ${askedUrgency}`)
      .pluck();
    this.#stepBack = db.prepare(
      `UPDATE pending SET urgency = ${askedBeforeUrgency} WHERE urgency = ${askedUrgency}`,
    );
    const notAsked = `urgency <> ${askedUrgency} AND chunk_id IN (SELECT value FROM json_each(?))`;
    this.#ask = db.prepare(`UPDATE pending SET urgency = ${askedUrgency} WHERE ${notAsked}`);
    this.#wouldAsk = db.prepare(`SELECT EXISTS (SELECT 1 FROM pending WHERE ${notAsked})`).pluck();
    this.#newest = db.prepare("SELECT max(mtime_ms) FROM files").pluck();
    this.#endOfPage = db
      .prepare(
        `SELECT max(chunk_id) FROM
         (SELECT chunk_id FROM pending WHERE chunk_id > ? ORDER BY chunk_id LIMIT ?)`,
      )
      .pluck();
    // The most urgent definition at the most urgent place decides.
    db.function("urgency_of", { deterministic: true, directOnly: true }, urgencyInSql);
    this.#rank = db.prepare(
      `UPDATE pending SET urgency = facts.urgency FROM (
         SELECT waiting.chunk_id AS id, min(urgency_of(
           files.path,
           CASE WHEN $recent IS NULL THEN mtime_ms >= $since
             ELSE files.path IN (SELECT value FROM json_each($recent)) END,
           ifnull((SELECT uses FROM names WHERE names.id = symbols.name_id), 0),
           coalesce(symbols.is_public, 1)
         )) AS urgency
         FROM pending AS waiting JOIN file_chunks USING (chunk_id)
         JOIN files ON files.id = file_chunks.file_id
         LEFT JOIN symbols ON symbols.id >= files.id << ${symbolBits}
           AND symbols.id < (files.id + 1) << ${symbolBits}
           AND symbols.start_line BETWEEN file_chunks.start_line AND file_chunks.end_line
         WHERE waiting.chunk_id > $after AND waiting.chunk_id <= $last AND waiting.urgency >= 0
         GROUP BY waiting.chunk_id
       ) AS facts WHERE pending.chunk_id = facts.id AND pending.urgency <> facts.urgency`,
    );
  }

  add(chunkId: number): void {
    this.#add.run(chunkId);
  }

  /** Lowest id first, above `afterId`. */
  page(afterId: number, limit: number): WaitingChunk[] {
    return this.#page.all(afterId, limit) as WaitingChunk[];
  }

  /** Most urgent first. */
  next(limit: number, except: readonly number[]): WaitingChunk[] {
    return this.#next.all(JSON.stringify(except), limit) as WaitingChunk[];
  }

  of(ids: readonly number[]): WaitingChunk[] {
    return this.#of.all(JSON.stringify(ids)) as WaitingChunk[];
  }

  count(): number {
    return this.#count.get() as number;
  }

  /** Takes no lock when it would change nothing. */
  ask(ids: readonly number[]): void {
    const asked = JSON.stringify(ids);
    if (this.#wouldAsk.get(asked) !== 1) return;
    inOneWrite(this.#db, () => {
      if ((this.#countAsked.get() as number) + ids.length > mostAsked) this.#stepBack.run();
      this.#ask.run(asked);
    });
  }

  rank(afterId: number, limit: number, recent?: readonly string[]): number | undefined {
    return inOneWrite(this.#db, () => {
      const last = this.#endOfPage.get(afterId, limit) as number | null;
      if (last === null) return undefined;
      this.#rank.run({
        after: afterId,
        last,
        recent: recent === undefined ? null : JSON.stringify(recent),
        since: (this.#newest.get() as number) - recentMs,
      });
      return last;
    });
  }
}

function urgencyInSql(path: unknown, recent: unknown, uses: unknown, isPublic: unknown): number {
  return urgencyOf({
    path: String(path),
    isRecent: recent === 1,
    uses: Number(uses),
    isPublic: isPublic === 1,
  });
}
