/*
 * New vectors of parts beside those that serve. All namespaces of a store are of one model, so who makes them anew has to
 * be one who may write all of them.
 */
import { HaypileError } from "../../../../base/errors.ts";
import { areSameVectors, type ModelName } from "../../../../base/model-name.ts";
import type { NextPartVectors } from "../../../../ports/memory-rows.ts";
import type { NotedMigration } from "../../../../ports/store.ts";
import type { PgLink } from "../../link/link.ts";
import { comparedUpTo } from "../../vectors/choice.ts";
import { Graphs } from "../../vectors/graphs.ts";
import { rowsOf } from "../../vectors/halves.ts";
import { hashOf, type PartText } from "./claims.ts";
import { OwnModel } from "./own-model.ts";
import type { WriteGuard } from "./part-vectors.ts";

/** Of millions of vectors a statement takes minutes. */
const limit = { limitMs: 30 * 60_000 };
/** All who search wait behind whoever waits to drop a graph. */
const dropWaitMs = 2_000;
const making = "make vectors of memories anew";
const isMissing =
  "NOT EXISTS (SELECT FROM memory_next_vectors n WHERE n.namespace_id = p.namespace_id AND n.part_id = p.id)";

export interface NextPartsParts {
  link: PgLink;
  guard: WriteGuard;
  /** In the order of the ids; those that are gone are left out. */
  partTexts: (partIds: readonly number[]) => PartText[];
}

export class PgNextParts implements NextPartVectors {
  readonly #link: PgLink;
  readonly #guard: WriteGuard;
  readonly #partTexts: NextPartsParts["partTexts"];
  readonly #model: OwnModel;
  readonly #graphs: Graphs;
  /** Of texts that were handed out: their vectors come with them. */
  readonly #hashes = new Map<number, string>();

  constructor({ link, guard, partTexts }: NextPartsParts) {
    this.#link = link;
    this.#guard = guard;
    this.#partTexts = partTexts;
    this.#model = new OwnModel(link);
    this.#graphs = new Graphs(link, "memory");
  }

  state(): NotedMigration | undefined {
    return parsed(this.#link.lists(noted)[0]?.[0]);
  }

  begin(to: ModelName, folder?: string): void {
    this.#guard.write(making, () => {
      this.#assertWritesAll();
      const before = this.state();
      const isSame = before?.to.vectors === to.vectors && before && areSameVectors(before.to, to);
      if (isSame !== true) this.#link.run("DELETE FROM memory_next_vectors", [], limit);
      const [row] = this.#link.rows<{ done: number; total: number }>(
        `SELECT (SELECT count(*) FROM memory_next_vectors) AS done,
           (SELECT count(*) FROM memory_parts) AS total`,
        [],
        limit,
      );
      const { done = 0, total = 0 } = row ?? {};
      this.#note({ to, folder, isStopped: false, done, total });
    });
  }

  stop(): void {
    this.#guard.write(making, () => {
      this.#assertWritesAll();
      const before = this.state();
      if (before !== undefined) this.#note({ ...before, isStopped: true });
    });
  }

  pending(limit: number, afterId: number): { id: number; text: string }[] {
    const ids = this.#link
      .lists(
        `SELECT p.id FROM memory_parts p WHERE p.id > $1 AND ${isMissing} ORDER BY p.id LIMIT $2`,
        [afterId, limit],
      )
      .map(([id]) => id as number);
    if (ids.length === 0) return [];
    return this.#partTexts(ids).map(({ partId, text }) => {
      this.#hashes.set(partId, hashOf(text));
      return { id: partId, text };
    });
  }

  put(ids: readonly number[], vectors: Float32Array, of: ModelName): void {
    if (ids.length === 0) return;
    this.#guard.run(making, () =>
      this.#link.transaction(() => {
        const before = parsed(this.#link.lists(`${noted} FOR UPDATE`)[0]?.[0]);
        if (before === undefined || !areSameVectors(before.to, of)) return;
        // Parts that this user may not write would be passed over without a word.
        this.#assertWritesAll();
        // A part may have been erased while its text was with the embedder; one that is being erased waits for us.
        const stored = this.#link.run(
          `INSERT INTO memory_next_vectors(namespace_id, part_id, text_hash, scale, v)
           SELECT p.namespace_id, p.id, a.hash, a.scale, a.v::halfvec
           FROM unnest($1::int8[], $2::real[], $3::text[], $4::uuid[]) AS a(id, scale, v, hash)
           JOIN (SELECT namespace_id, id FROM memory_parts WHERE id = ANY($1) FOR SHARE) p ON p.id = a.id
           ON CONFLICT DO NOTHING`,
          [...rowsOf(ids, vectors, of.dimensions), ids.map((id) => this.#hashes.get(id) ?? null)],
        );
        const done = before.done + stored;
        this.#note({ ...before, done, total: Math.max(done, before.total) });
      }),
    );
    for (const id of ids) this.#hashes.delete(id);
  }

  take(): void {
    this.#guard.run(making, () => this.#dropGraphs());
    const namespaces = this.#guard.write("put new vectors of memories in place", () => {
      this.#assertWritesAll();
      const before = this.state();
      if (before === undefined) return [];
      // First the note: whoever stores or takes vectors of the model before has done so, or waits.
      this.#model.set(before.to);
      this.#model.keep("model-folder", before.folder ?? "");
      this.#forget();
      for (const sql of [
        "DELETE FROM memory_vectors",
        `INSERT INTO memory_vectors(namespace_id, part_id, text_hash, scale, v)
           SELECT namespace_id, part_id, text_hash, scale, v FROM memory_next_vectors`,
        `INSERT INTO memory_pending(part_id, namespace_id, noted)
           SELECT id, namespace_id, 0 FROM memory_parts p WHERE ${isMissing} ON CONFLICT DO NOTHING`,
        `DELETE FROM memory_pending p USING memory_next_vectors n
           WHERE n.namespace_id = p.namespace_id AND n.part_id = p.part_id`,
        // Where somebody made one again meanwhile; else nobody waits for this.
        "SELECT memory_drop_graphs()",
        "DELETE FROM memory_next_vectors",
      ]) {
        // Waited for, each of them: the next one, and the commit, have their own limit.
        this.#link.run(sql, [], limit);
      }
      return this.#link.lists(
        `SELECT namespace_id FROM memory_vectors GROUP BY namespace_id HAVING count(*) > ${comparedUpTo}`,
        [],
        limit,
      );
    });
    for (const [namespace] of namespaces) this.#graphs.look(namespace as number);
  }

  drop(): void {
    this.#guard.write("forget new vectors of memories", () => {
      this.#assertWritesAll();
      this.#link.run("DELETE FROM memory_next_vectors", [], limit);
      this.#forget();
    });
  }

  /**
   * By itself, before the work of minutes: all who search wait for it. Vectors that come would else be put into the old
   * graphs one by one, or not be in them, being of another length. Where the old ones stay, they are made again by the next who
   * stores vectors.
   */
  #dropGraphs(): void {
    this.#link.transaction(() => {
      this.#link.send(`SET LOCAL lock_timeout = ${dropWaitMs}`);
      this.#assertWritesAll();
      if (this.state() !== undefined) this.#link.run("SELECT memory_drop_graphs()");
    });
  }

  #forget(): void {
    this.#hashes.clear();
    this.#link.send("DELETE FROM memory_meta WHERE name = 'migration'");
  }

  #note(note: NotedMigration): void {
    this.#model.keep("migration", JSON.stringify(note));
  }

  #assertWritesAll(): void {
    if (this.#link.lists("SELECT memory_writes_all()")[0]?.[0] === true) return;
    throw new HaypileError(
      "HAYPILE_STORE_RIGHTS",
      `Could not ${making}: all namespaces of ${this.#link.name} have vectors of one model, and ${this.#link.user} may not write all of them. Nothing was changed. Ask who looks after the store to do it.`,
      { data: { store: this.#link.name, user: this.#link.user } },
    );
  }
}

const noted = "SELECT value FROM memory_meta WHERE name = 'migration'";

function parsed(text: unknown): NotedMigration | undefined {
  try {
    return typeof text === "string" ? (JSON.parse(text) as NotedMigration) : undefined;
  } catch {
    // Nothing is lost with it: a migration begins again.
    return undefined;
  }
}
