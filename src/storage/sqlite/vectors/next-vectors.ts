/*
 * Vectors of the model an index is on its way to. The note in `meta` and the rows change in the same transactions, so
 * that whoever looks, and whoever goes on after a kill, finds both of one moment.
 */
import { areSameVectors, type ModelName } from "../../../base/model-name.ts";
import type { NextVectors, NotedMigration } from "../../../ports/store.ts";
import type { Segments } from "../bits/segments.ts";
import type { Database, Statement } from "../file/driver.ts";
import type { Meta } from "../file/meta.ts";
import { textSql } from "../file/packed-text.ts";
import { inOneWrite } from "../roles/in-one-write.ts";
import { quantize } from "./quantize.ts";

const noteKey = "store.migration";

/** Chunks that shall have a vector: those of few lines have none, and wait for none. */
const wanted = "SELECT chunk_id FROM vectors UNION SELECT chunk_id FROM pending";

export class StoredNextVectors implements NextVectors {
  readonly #db: Database;
  readonly #meta: Meta;
  readonly #segments: Segments;
  readonly #forgetNote: Statement;
  readonly #clear: Statement;
  readonly #pending: Statement;
  readonly #put: Statement;
  readonly #readAgain: Statement;
  readonly #done: Statement;
  readonly #total: Statement;

  constructor(db: Database, meta: Meta, segments: Segments) {
    this.#db = db;
    this.#meta = meta;
    this.#segments = segments;
    this.#forgetNote = db.prepare(`DELETE FROM meta WHERE key = '${noteKey}'`);
    this.#clear = db.prepare("DELETE FROM next_vectors");
    this.#pending = db.prepare(
      `SELECT id, context || ${textSql} AS text FROM chunks
       WHERE id > ? AND (EXISTS (SELECT 1 FROM vectors WHERE chunk_id = id)
         OR EXISTS (SELECT 1 FROM pending WHERE chunk_id = id))
       AND NOT EXISTS (SELECT 1 FROM next_vectors WHERE chunk_id = id)
       ORDER BY id LIMIT ?`,
    );
    // A chunk may have gone while its text was with the embedder.
    this.#put = db.prepare(
      `INSERT OR IGNORE INTO next_vectors(chunk_id, scale, data)
       SELECT $id, $scale, $data WHERE EXISTS (SELECT 1 FROM chunks WHERE id = $id)`,
    );
    this.#readAgain = db.prepare(
      `UPDATE files SET size_bytes = -1, content_hash = '' WHERE id IN
       (SELECT file_id FROM file_chunks JOIN chunks ON chunks.id = chunk_id WHERE tokens > ?)`,
    );
    this.#done = db.prepare("SELECT count(*) FROM next_vectors").pluck();
    this.#total = db.prepare(`SELECT count(*) FROM (${wanted})`).pluck();
  }

  state(): NotedMigration | undefined {
    const text = this.#meta.get(noteKey);
    if (text === undefined) return undefined;
    try {
      return JSON.parse(text) as NotedMigration;
    } catch {
      // Nothing is lost with it: a migration begins again.
      return undefined;
    }
  }

  begin(to: ModelName, folder?: string): void {
    inOneWrite(this.#db, () => {
      const before = this.state();
      const isSame = before?.to.vectors === to.vectors && before && areSameVectors(before.to, to);
      if (isSame !== true) this.#clear.run();
      this.#note({ to, folder, isStopped: false, ...this.#counts() });
    });
  }

  wantStatic(): void {
    inOneWrite(this.#db, () => {
      this.#db.exec(`INSERT INTO static_pending SELECT id FROM chunks
        WHERE id NOT IN (SELECT chunk_id FROM static_vectors)
        AND id NOT IN (SELECT chunk_id FROM static_pending)`);
    });
  }

  stop(): void {
    inOneWrite(this.#db, () => {
      const noted = this.state();
      if (noted !== undefined) this.#note({ ...noted, isStopped: true });
    });
  }

  pending(limit: number, afterId: number): { id: number; text: string }[] {
    return this.#pending.all(afterId, limit) as { id: number; text: string }[];
  }

  put(ids: readonly number[], vectors: Float32Array, of: ModelName): void {
    inOneWrite(this.#db, () => {
      const noted = this.state();
      if (noted === undefined || !areSameVectors(noted.to, of)) return;
      let stored = 0;
      for (const [row, id] of ids.entries()) {
        const own = vectors.subarray(row * of.dimensions, (row + 1) * of.dimensions);
        stored += this.#put.run({ id, ...quantize(own) }).changes;
      }
      const done = noted.done + stored;
      this.#note({ ...noted, done, total: Math.max(done, noted.total) });
    });
  }

  take(mostTokens?: number): void {
    inOneWrite(this.#db, () => {
      const noted = this.state();
      if (noted === undefined) return;
      const db = this.#db;
      db.exec(`INSERT INTO pending(chunk_id)
        SELECT chunk_id FROM (${wanted}) WHERE chunk_id NOT IN (SELECT chunk_id FROM pending)
        AND chunk_id NOT IN (SELECT chunk_id FROM next_vectors)`);
      // Row by row they would note what is dead of segments that go anyway.
      const triggers = db
        .prepare(
          "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'vectors'",
        )
        .all() as { name: string; sql: string }[];
      for (const { name } of triggers) db.exec(`DROP TRIGGER "${name}"`);
      db.exec(`DELETE FROM vectors;
        INSERT INTO vectors SELECT chunk_id, scale, data FROM next_vectors ORDER BY chunk_id;
        DELETE FROM next_vectors;
        DELETE FROM pending WHERE chunk_id IN (SELECT chunk_id FROM vectors);
        DELETE FROM vector_codes;`);
      this.#segments.startOver();
      for (const { sql } of triggers) db.exec(sql);
      if (mostTokens !== undefined) this.#readAgain.run(mostTokens);
      this.#meta.retie(noted.to, noted.folder);
      this.#forgetNote.run();
    });
  }

  drop(): void {
    inOneWrite(this.#db, () => {
      this.#clear.run();
      this.#forgetNote.run();
    });
  }

  #counts(): { done: number; total: number } {
    return { done: this.#done.get() as number, total: this.#total.get() as number };
  }

  #note(note: NotedMigration): void {
    this.#meta.set(noteKey, JSON.stringify(note));
  }
}
