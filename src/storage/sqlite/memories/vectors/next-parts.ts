/* New vectors of parts beside those that serve: rows and their note change in the same transactions. */
import { areSameVectors, type ModelName } from "../../../../base/model-name.ts";
import type { NextPartVectors } from "../../../../ports/memory-rows.ts";
import type { NotedMigration } from "../../../../ports/store.ts";
import type { Database, Statement } from "../../file/driver.ts";
import { quantize } from "../../vectors/quantize.ts";
import type { CeilingGuard } from "../file/guard.ts";
import type { MemoryEmbedding } from "./embedding.ts";

const making = "make vectors of memories anew";

export class StoredNextParts implements NextPartVectors {
  readonly #db: Database;
  readonly #guard: CeilingGuard;
  readonly #embedding: MemoryEmbedding;
  readonly #get: Statement;
  readonly #set: Statement;
  readonly #forget: Statement;
  readonly #clear: Statement;
  readonly #pending: Statement;
  readonly #put: Statement;
  readonly #counts: Statement;
  readonly #setFolder: Statement;

  constructor(db: Database, guard: CeilingGuard, embedding: MemoryEmbedding) {
    this.#db = db;
    this.#guard = guard;
    this.#embedding = embedding;
    this.#get = db.prepare("SELECT value FROM meta WHERE name = 'migration'").pluck();
    this.#set = db.prepare("INSERT OR REPLACE INTO meta(name, value) VALUES ('migration', ?)");
    this.#forget = db.prepare("DELETE FROM meta WHERE name = 'migration'");
    this.#clear = db.prepare("DELETE FROM next_vectors");
    this.#pending = db
      .prepare(
        `SELECT id FROM parts WHERE id > ? AND NOT EXISTS (SELECT 1 FROM next_vectors WHERE part_id = id)
         ORDER BY id LIMIT ?`,
      )
      .pluck();
    // A part may have been erased while its text was with the embedder.
    this.#put = db.prepare(
      `INSERT OR IGNORE INTO next_vectors(part_id, scale, data)
       SELECT $partId, $scale, $data WHERE EXISTS (SELECT 1 FROM parts WHERE id = $partId)`,
    );
    this.#counts = db.prepare(
      "SELECT (SELECT count(*) FROM next_vectors) AS done, (SELECT count(*) FROM parts) AS total",
    );
    this.#setFolder = db.prepare(
      "INSERT OR REPLACE INTO meta(name, value) VALUES ('model-folder', ?)",
    );
  }

  state(): NotedMigration | undefined {
    const text = this.#get.get() as string | undefined;
    try {
      return text === undefined ? undefined : (JSON.parse(text) as NotedMigration);
    } catch {
      // Nothing is lost with it: a migration begins again.
      return undefined;
    }
  }

  begin(to: ModelName, folder?: string): void {
    this.#guard.write(making, () => {
      const before = this.state();
      const isSame = before?.to.vectors === to.vectors && before && areSameVectors(before.to, to);
      if (isSame !== true) this.#clear.run();
      const counts = this.#counts.get() as { done: number; total: number };
      this.#note({ to, folder, isStopped: false, ...counts });
    });
  }

  stop(): void {
    this.#guard.write(making, () => {
      const noted = this.state();
      if (noted !== undefined) this.#note({ ...noted, isStopped: true });
    });
  }

  pending(limit: number, afterId: number): { id: number; text: string }[] {
    const ids = this.#pending.all(afterId, limit) as number[];
    return this.#embedding.partTexts(ids).map(({ partId, text }) => ({ id: partId, text }));
  }

  put(ids: readonly number[], vectors: Float32Array, of: ModelName): void {
    this.#guard.writeLightly(making, () => {
      const noted = this.state();
      if (noted === undefined || !areSameVectors(noted.to, of)) return;
      let done = noted.done;
      for (const [row, partId] of ids.entries()) {
        const own = vectors.subarray(row * of.dimensions, (row + 1) * of.dimensions);
        done += this.#put.run({ partId, ...quantize(own) }).changes;
      }
      this.#note({ ...noted, done, total: Math.max(done, noted.total) });
    });
  }

  take(): void {
    this.#guard.write("put new vectors of memories in place", () => {
      const noted = this.state();
      if (noted === undefined) return;
      this.#db.exec(`DELETE FROM vectors;
        INSERT INTO vectors(part_id, scale, data)
          SELECT part_id, scale, data FROM next_vectors ORDER BY part_id;
        INSERT OR IGNORE INTO pending(part_id, noted)
          SELECT id, 0 FROM parts WHERE id NOT IN (SELECT part_id FROM next_vectors);
        DELETE FROM pending WHERE part_id IN (SELECT part_id FROM next_vectors);
        DELETE FROM next_vectors;`);
      this.#embedding.retie(noted.to);
      this.#setFolder.run(noted.folder ?? "");
      this.#forget.run();
    });
  }

  drop(): void {
    this.#guard.write("forget new vectors of memories", () => {
      this.#clear.run();
      this.#forget.run();
    });
  }

  #note(note: NotedMigration): void {
    this.#set.run(JSON.stringify(note));
  }
}
