/*
 * Vectors of the model a project is on its way to. The note among its facts and the rows change in the same
 * transactions, so that whoever looks, and whoever goes on after a kill, finds both of one moment.
 */
import { areSameVectors, type ModelName } from "../../../../base/model-name.ts";
import { unrankedUrgency } from "../../../../base/paths/urgency.ts";
import type { NextVectors, NotedMigration } from "../../../../ports/store.ts";
import type { IndexMeta } from "../../../shared/index-meta.ts";
import { restored } from "../../stored-text.ts";
import { comparedUpTo } from "../../vectors/choice.ts";
import { Graphs } from "../../vectors/graphs.ts";
import { rowsOf } from "../../vectors/halves.ts";
import type { Project } from "../project.ts";

const noteKey = "store.migration";
/** Of millions of vectors a statement takes minutes. */
const limit = { limitMs: 30 * 60_000 };

/** Chunks that shall have a vector: those of few lines have none, and wait for none. */
const wanted = `SELECT chunk_id FROM code_vectors WHERE project = $1
  UNION SELECT chunk_id FROM code_pending WHERE project = $1`;

export class PgNextVectors implements NextVectors {
  readonly #project: Project;
  readonly #meta: IndexMeta;
  readonly #graphs: Graphs;

  constructor({ project, meta }: { project: Project; meta: IndexMeta }) {
    this.#project = project;
    this.#meta = meta;
    this.#graphs = new Graphs(project.link, "code");
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
    this.#project.write(() => {
      const before = this.state();
      const isSame = before?.to.vectors === to.vectors && before && areSameVectors(before.to, to);
      if (isSame !== true) this.#clear();
      this.#note({ to, folder, isStopped: false, ...this.#counts() });
    });
  }

  /** Static vectors are never dropped here: there is nothing to wait for. */
  wantStatic(): void {}

  stop(): void {
    this.#project.write(() => {
      const noted = this.state();
      if (noted !== undefined) this.#note({ ...noted, isStopped: true });
    });
  }

  pending(limit: number, afterId: number): { id: number; text: string }[] {
    const { link, id } = this.#project;
    const rows = link.lists(
      `SELECT c.id, c.context, c.body FROM code_chunks c WHERE c.project = $1 AND c.id > $2
         AND (EXISTS (SELECT FROM code_vectors v WHERE v.project = $1 AND v.chunk_id = c.id)
           OR EXISTS (SELECT FROM code_pending p WHERE p.project = $1 AND p.chunk_id = c.id))
         AND NOT EXISTS (SELECT FROM code_next_vectors n WHERE n.project = $1 AND n.chunk_id = c.id)
       ORDER BY c.id LIMIT $3`,
      [id, afterId, limit],
      { name: "code-next-pending" },
    );
    return rows.map((row) => {
      const [chunkId, context, body] = row as [number, string, string];
      return { id: chunkId, text: restored(context) + restored(body) };
    });
  }

  put(ids: readonly number[], vectors: Float32Array, of: ModelName): void {
    if (ids.length === 0) return;
    const { link, id } = this.#project;
    this.#project.write(() => {
      const noted = this.state();
      if (noted === undefined || !areSameVectors(noted.to, of)) return;
      // A chunk may have gone while its text was with the embedder.
      const stored = link.run(
        `INSERT INTO code_next_vectors(project, chunk_id, scale, v)
         SELECT $4, a.id, a.scale, a.v::halfvec
         FROM unnest($1::int4[], $2::real[], $3::text[]) AS a(id, scale, v)
         WHERE EXISTS (SELECT FROM code_chunks c WHERE c.project = $4 AND c.id = a.id)
         ON CONFLICT DO NOTHING`,
        [...rowsOf(ids, vectors, of.dimensions), id],
        { name: "code-next-put" },
      );
      const done = noted.done + stored;
      this.#note({ ...noted, done, total: Math.max(done, noted.total) });
    });
  }

  take(mostTokens?: number): void {
    const { id } = this.#project;
    // By itself, before the work of minutes: whoever searches another project of the same partition waits for it. Vectors that
    // come would else be put into the old graph one by one, or not be in it, being of another length.
    const isNoted = this.#project.write(() => {
      if (this.state() === undefined) return false;
      this.#dropGraph();
      return true;
    });
    if (!isNoted) return;
    let count = Number.POSITIVE_INFINITY;
    try {
      count = this.#project.write(() => this.#takeAll(mostTokens));
    } finally {
      // Also where the old ones stay.
      if (count > comparedUpTo) this.#graphs.look(id);
    }
  }

  #takeAll(mostTokens: number | undefined): number {
    const { link, id } = this.#project;
    const noted = this.state();
    if (noted === undefined) return 0;
    // Waited for, each of them: the next one, and the commit, have their own limit.
    link.run(
      `INSERT INTO code_pending(project, chunk_id, urgency)
         SELECT $1, chunk_id, $2 FROM (${wanted}) w
         WHERE NOT EXISTS (SELECT FROM code_next_vectors n WHERE n.project = $1 AND n.chunk_id = w.chunk_id)
         ON CONFLICT DO NOTHING`,
      [id, unrankedUrgency],
      limit,
    );
    link.run("DELETE FROM code_vectors WHERE project = $1", [id], limit);
    link.run(
      `INSERT INTO code_vectors(project, chunk_id, scale, v)
         SELECT project, chunk_id, scale, v FROM code_next_vectors WHERE project = $1`,
      [id],
      limit,
    );
    this.#clear();
    link.run(
      `DELETE FROM code_pending WHERE project = $1
         AND chunk_id IN (SELECT chunk_id FROM code_vectors WHERE project = $1)`,
      [id],
      limit,
    );
    if (mostTokens !== undefined) {
      link.run(
        `UPDATE code_files SET size_bytes = -1, content_hash = '' WHERE project = $1 AND id IN
           (SELECT p.file_id FROM code_places p JOIN code_chunks c ON c.project = $1 AND c.id = p.chunk_id
            WHERE p.project = $1 AND c.tokens > $2)`,
        [id, mostTokens],
        limit,
      );
    }
    this.#meta.retie(noted.to, noted.folder);
    this.#forgetNote();
    // Where somebody made it again meanwhile; else nobody waits for this.
    this.#dropGraph();
    return noted.done;
  }

  #dropGraph(): void {
    const { link, id } = this.#project;
    link.run("SELECT code_drop_graph($1)", [id]);
  }

  drop(): void {
    this.#project.write(() => {
      this.#clear();
      this.#forgetNote();
    });
  }

  #clear(): void {
    const { link, id } = this.#project;
    link.run("DELETE FROM code_next_vectors WHERE project = $1", [id], limit);
  }

  #forgetNote(): void {
    const { link, id } = this.#project;
    link.send("DELETE FROM code_facts WHERE project = $1 AND name = $2", [id, noteKey]);
  }

  #counts(): { done: number; total: number } {
    const { link, id } = this.#project;
    const [row] = link.rows<{ done: number; total: number }>(
      `SELECT (SELECT count(*) FROM code_next_vectors WHERE project = $1) AS done,
         (SELECT count(*) FROM (${wanted}) w) AS total`,
      [id],
      limit,
    );
    return row ?? { done: 0, total: 0 };
  }

  #note(note: NotedMigration): void {
    this.#meta.set(noteKey, JSON.stringify(note));
  }
}
