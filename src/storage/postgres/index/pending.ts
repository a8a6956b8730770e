/* Chunks that have no vector yet, and the order in which they get one. See the role in SQLite: the order is the same. */
import {
  askedBeforeUrgency,
  askedUrgency,
  recentDays,
  urgencyOf,
} from "../../../base/paths/urgency.ts";
import type { PendingChunks, WaitingChunk } from "../../../ports/store.ts";
import { restored } from "../stored-text.ts";
import type { Project } from "./project.ts";

/** So many are "asked for" at once; when more come, those asked for earlier step back. */
const mostAsked = 2_048;
const recentMs = recentDays * 24 * 3_600 * 1_000;

const waiting = "one.id, context || body AS text, urgency";
const joined =
  "code_pending AS pending JOIN code_chunks AS one ON one.project = $1 AND one.id = pending.chunk_id";

/** What the urgency of a chunk goes by, at one of its places and for one definition that begins there. */
type RankRow = [
  chunk: number,
  urgency: number,
  path: string,
  isRecent: boolean,
  uses: number,
  isPublic: boolean,
];

export class PgPending implements PendingChunks {
  readonly #project: Project;

  constructor(project: Project) {
    this.#project = project;
  }

  page(afterId: number, limit: number): WaitingChunk[] {
    return this.#read(
      `SELECT ${waiting} FROM ${joined} WHERE pending.project = $1 AND chunk_id > $2 ORDER BY chunk_id LIMIT $3`,
      [afterId, limit],
      "code-pending-page",
    );
  }

  next(limit: number, except: readonly number[]): WaitingChunk[] {
    return this.#read(
      `SELECT ${waiting} FROM ${joined} WHERE pending.project = $1 AND chunk_id <> ALL($2::int4[])
       ORDER BY urgency, chunk_id LIMIT $3`,
      [except, limit],
      "code-pending-next",
    );
  }

  of(ids: readonly number[]): WaitingChunk[] {
    if (ids.length === 0) return [];
    return this.#read(
      `SELECT ${waiting} FROM unnest($2::int4[]) WITH ORDINALITY AS asked(id, place)
       JOIN code_pending AS pending ON pending.project = $1 AND pending.chunk_id = asked.id
       JOIN code_chunks AS one ON one.project = $1 AND one.id = asked.id ORDER BY place`,
      [ids],
      "code-pending-of",
    );
  }

  count(): number {
    const { link, id } = this.#project;
    const [row] = link.lists("SELECT count(*) FROM code_pending WHERE project = $1", [id], {
      name: "code-pending-count",
    });
    return row?.[0] as number;
  }

  /** Takes no lock when it would change nothing. Who may only read asks for nothing. */
  ask(ids: readonly number[]): void {
    if (ids.length === 0 || !this.#project.mayWrite) return;
    const { link, id } = this.#project;
    const notAsked = `project = $1 AND urgency <> ${askedUrgency} AND chunk_id = ANY($2::int4[])`;
    const [row] = link.lists(
      `SELECT EXISTS (SELECT 1 FROM code_pending WHERE ${notAsked}),
         (SELECT count(*) FROM code_pending WHERE project = $1 AND urgency = ${askedUrgency})`,
      [id, ids],
      { name: "code-would-ask" },
    ) as [boolean, number][];
    if (row?.[0] !== true) return;
    this.#project.write(() => {
      if (row[1] + ids.length > mostAsked) {
        link.send(
          `UPDATE code_pending SET urgency = ${askedBeforeUrgency} WHERE project = $1 AND urgency = ${askedUrgency}`,
          [id],
        );
      }
      link.send(`UPDATE code_pending SET urgency = ${askedUrgency} WHERE ${notAsked}`, [id, ids], {
        name: "code-ask",
      });
    });
  }

  rank(afterId: number, limit: number, recent?: readonly string[]): number | undefined {
    return this.#project.write(() => {
      const { link, id } = this.#project;
      const [end] = link.lists(
        `SELECT max(chunk_id), (SELECT max(mtime_ms) FROM code_files WHERE project = $1) FROM
           (SELECT chunk_id FROM code_pending WHERE project = $1 AND chunk_id > $2 ORDER BY chunk_id LIMIT $3) AS page`,
        [id, afterId, limit],
        { name: "code-rank-page" },
      ) as [number | null, number | null][];
      const last = end?.[0] ?? null;
      if (last === null) return undefined;
      const since = (end?.[1] ?? 0) - recentMs;
      this.#rankSome(afterId, last, since, recent === undefined ? undefined : new Set(recent));
      return last;
    });
  }

  #rankSome(after: number, last: number, since: number, recent?: ReadonlySet<string>): void {
    const { link, id } = this.#project;
    const rows = link.lists(
      `SELECT pending.chunk_id, pending.urgency, file.path, file.mtime_ms >= $4,
         coalesce(name.uses, 0), coalesce(symbol.is_public, true)
       FROM code_pending AS pending
       JOIN code_places AS one ON one.project = $1 AND one.chunk_id = pending.chunk_id
       JOIN code_files AS file ON file.project = $1 AND file.id = one.file_id
       LEFT JOIN code_symbols AS symbol ON symbol.project = $1 AND symbol.file_id = one.file_id
         AND symbol.start_line BETWEEN one.start_line AND one.end_line
       LEFT JOIN code_names AS name ON name.project = $1 AND name.id = symbol.name_id
       WHERE pending.project = $1 AND pending.chunk_id > $2 AND pending.chunk_id <= $3 AND pending.urgency >= 0`,
      [id, after, last, since],
      { name: "code-rank-facts" },
    ) as RankRow[];
    const before = new Map<number, number>();
    // The most urgent definition at the most urgent place decides.
    const least = new Map<number, number>();
    for (const [chunk, urgency, path, isNew, uses, isPublic] of rows) {
      const isRecent = recent === undefined ? isNew : recent.has(path);
      const own = urgencyOf({ path, isRecent, uses, isPublic });
      before.set(chunk, urgency);
      least.set(chunk, Math.min(own, least.get(chunk) ?? own));
    }
    const changed = [...least].filter(([chunk, urgency]) => before.get(chunk) !== urgency);
    if (changed.length === 0) return;
    link.send(
      `UPDATE code_pending AS one SET urgency = put.urgency
       FROM unnest($2::int4[], $3::int4[]) AS put(chunk_id, urgency)
       WHERE one.project = $1 AND one.chunk_id = put.chunk_id`,
      [id, changed.map(([chunk]) => chunk), changed.map(([, urgency]) => urgency)],
      { name: "code-rank" },
    );
  }

  #read(text: string, values: (number | readonly number[])[], name: string): WaitingChunk[] {
    const { link, id } = this.#project;
    return link
      .rows<WaitingChunk>(text, [id, ...values], { name })
      .map((row) => ({ ...row, text: restored(row.text) }));
  }
}
