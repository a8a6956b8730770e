/* Chunks that files let go of, and those that wait for a vector: steps inside a write. */
import { unrankedUrgency } from "../../../base/paths/urgency.ts";
import type { Project, ProjectCounters } from "./project.ts";

/** What hangs on a chunk beside its words, and goes with it. */
const tablesOfChunks = [
  "code_pending",
  "code_vectors",
  "code_static_vectors",
  "code_next_vectors",
] as const;

export class DroppedChunks {
  readonly #project: Project;

  constructor(project: Project) {
    this.#project = project;
  }

  /** Files let go of their chunks. @returns which those were */
  release(fileIds: readonly number[]): number[] {
    if (fileIds.length === 0) return [];
    const { link, id } = this.#project;
    const rows = link.lists(
      `WITH gone AS (
         DELETE FROM code_places WHERE project = $1 AND file_id = ANY($2::int4[]) RETURNING chunk_id
       ) SELECT DISTINCT chunk_id FROM gone ORDER BY chunk_id`,
      [id, fileIds],
      { name: "code-release" },
    );
    return rows.map(([chunk]) => chunk as number);
  }

  /** Drops those that no file holds any more. */
  dropUnused(ids: readonly number[], counters: ProjectCounters): void {
    if (ids.length === 0) return;
    const { link, id } = this.#project;
    const rows = link.lists(
      `WITH gone AS (
         DELETE FROM code_chunks AS one WHERE project = $1 AND id = ANY($2::int4[])
           AND NOT EXISTS (SELECT 1 FROM code_places WHERE project = $1 AND chunk_id = one.id)
         RETURNING id
       ), words AS (
         DELETE FROM code_words WHERE project = $1 AND chunk_id IN (SELECT id FROM gone) RETURNING chunk_id, size
       ) SELECT chunk_id, size FROM words`,
      [id, ids],
      { name: "code-drop" },
    ) as [number, number][];
    if (rows.length === 0) return;
    const dropped = rows.map(([chunk]) => chunk);
    counters.chunks -= rows.length;
    for (const [, size] of rows) counters.chunkWords -= size;
    for (const table of tablesOfChunks) {
      link.send(
        `DELETE FROM ${table} WHERE project = $1 AND chunk_id = ANY($2::int4[])`,
        [id, dropped],
        { name: `${table}-drop` },
      );
    }
  }

  addPending(ids: readonly number[]): void {
    if (ids.length === 0) return;
    const { link, id } = this.#project;
    link.send(
      `INSERT INTO code_pending(project, chunk_id, urgency)
       SELECT $1::int4, chunk_id, ${unrankedUrgency} FROM unnest($2::int4[]) AS put(chunk_id)`,
      [id, ids],
      { name: "code-add-pending" },
    );
  }
}
