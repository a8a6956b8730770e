/*
 * Parts that wait for their vectors, shared out among the clients of a store. Whoever takes one has it for some minutes;
 * others pass over it. An equal text waits with it, however many parts have it: the vector comes to all of them when it
 * is stored, and where an equal text has one already it is taken from there and nothing is embedded.
 */
import { createHash, randomInt } from "node:crypto";
import type { PgLink } from "../../link/link.ts";
import { rowsOf } from "../../vectors/halves.ts";
import type { OwnModel } from "./own-model.ts";

/** A client that is gone does not keep texts from their vectors for longer. */
const lease = "3 minutes";

export interface PartText {
  partId: number;
  text: string;
}

export interface ClaimParts {
  link: PgLink;
  model: OwnModel;
  /** In the order of the ids; those that are gone are left out. */
  partTexts: (partIds: readonly number[]) => PartText[];
}

/** How many vectors came to each namespace. */
export type Stored = ReadonlyMap<number, number>;

const waiting = `SELECT p.part_id, replace(p.text_hash::text, '-', '') FROM memory_pending p
  JOIN memory_parts t ON t.namespace_id = p.namespace_id AND t.id = p.part_id
  JOIN memory_rows m ON m.namespace_id = t.namespace_id AND m.id = t.row_id
  WHERE p.namespace_id IN (SELECT writable_namespaces())
    AND (p.claimed_until IS NULL OR p.claimed_until < now() OR p.claimed_by = $1)`;

/** What another client holds it fills by itself, when it has its turn with the text: nobody waits for who waits for him. */
const filled = `WITH free AS MATERIALIZED (
    SELECT p.namespace_id, p.part_id, p.text_hash FROM memory_pending p
    WHERE p.text_hash = ANY($1::uuid[]) AND p.namespace_id IN (SELECT writable_namespaces())
    FOR UPDATE OF p SKIP LOCKED
  ), same AS (
    SELECT DISTINCT ON (p.part_id) p.namespace_id, p.part_id, p.text_hash, v.scale, v.v
    FROM free p JOIN memory_vectors v ON v.text_hash = p.text_hash
  ), put AS (
    INSERT INTO memory_vectors(namespace_id, part_id, text_hash, scale, v)
      SELECT namespace_id, part_id, text_hash, scale, v FROM same ON CONFLICT DO NOTHING
  ), done AS (
    DELETE FROM memory_pending p USING same
    WHERE p.namespace_id = same.namespace_id AND p.part_id = same.part_id
  ) SELECT namespace_id, part_id FROM same`;

/** In the message that begins a transaction. A claim, or a vector, that is lost can be made again: none waits for the disk. */
const held = `SET LOCAL synchronous_commit = off;
  SELECT value FROM memory_meta WHERE name = 'model' FOR SHARE`;
/** Rows by their ids are found the same way whatever the ids are: planned once for a connection. */
const planned = "SET LOCAL plan_cache_mode = force_generic_plan";

export class Claims {
  readonly #parts: ClaimParts;
  /** Whose a claim is: no other client has this number. */
  readonly #client = randomInt(2 ** 47);

  constructor(parts: ClaimParts) {
    this.#parts = parts;
  }

  /** Parts above an id, noted early enough, lowest first: those that this client is to embed. */
  next(after: number, limit: number, notedBefore: number): number[] {
    let from = after;
    for (;;) {
      const { claimed, last } = this.#claim(
        `${waiting} AND p.part_id > $2 AND p.noted <= $3 AND m.deleted IS NULL
         ORDER BY p.part_id LIMIT $4 FOR UPDATE OF p SKIP LOCKED`,
        [this.#client, from, Math.min(notedBefore, Number.MAX_SAFE_INTEGER), limit],
      );
      // What others embed, or what had its vector elsewhere, is passed over.
      if (claimed.length > 0 || last === undefined) return claimed;
      from = last;
    }
  }

  of(rowIds: readonly number[]): number[] {
    const { claimed } = this.#claim(
      `${waiting} AND t.row_id = ANY($2::int8[]) ORDER BY p.part_id FOR UPDATE OF p SKIP LOCKED`,
      [this.#client, [...rowIds]],
      "memory-claim",
    );
    return claimed;
  }

  /** Gives back what was taken and has no vector yet. */
  release(): void {
    this.#parts.link.run(
      "UPDATE memory_pending SET claimed_by = NULL, claimed_until = NULL WHERE claimed_by = $1",
      [this.#client],
    );
  }

  /** Vectors of another model than the one that runs here are not taken. @returns how many came to which namespace */
  put(partIds: readonly number[], vectors: Float32Array): Stored {
    const { link, model } = this.#parts;
    const size = vectors.length / Math.max(1, partIds.length);
    if (partIds.length === 0 || model.own?.dimensions !== size) return new Map();
    return link.transaction(() => {
      if (!this.#holdsOwn(`${planned}; ${held}`)) return new Map();
      // A part that was erased, or embedded by another client, meanwhile does not wait any more.
      const rows = link.lists(
        `WITH came AS (
           SELECT p.namespace_id, p.part_id, p.text_hash, a.scale, a.v
           FROM unnest($1::int8[], $2::real[], $3::text[]) AS a(id, scale, v)
           JOIN memory_pending p ON p.part_id = a.id ORDER BY p.part_id FOR UPDATE OF p
         ), put AS (
           INSERT INTO memory_vectors(namespace_id, part_id, text_hash, scale, v)
             SELECT namespace_id, part_id, text_hash, scale, v::halfvec FROM came ON CONFLICT DO NOTHING
         ), done AS (
           DELETE FROM memory_pending p USING came
           WHERE p.namespace_id = came.namespace_id AND p.part_id = came.part_id
         ) SELECT namespace_id, text_hash::text FROM came`,
        rowsOf(partIds, vectors, size),
        { name: "memory-vectors-put" },
      );
      const stored = counted(rows);
      const hashes = rows.flatMap(([, hash]) => (typeof hash === "string" ? [hash] : []));
      if (hashes.length > 0) counted(this.#fill(hashes), stored);
      return stored;
    });
  }

  #claim(
    text: string,
    values: (number | number[])[],
    name?: string,
  ): { claimed: number[]; last: number | undefined } {
    const { link } = this.#parts;
    return link.transaction(() => {
      const isOwn = this.#holdsOwn(name === undefined ? held : `${planned}; ${held}`);
      const rows = link.lists(text, values, { name }) as [number, string | null][];
      if (rows.length === 0) return { claimed: [], last: undefined };
      const hashes = this.#hashes(rows);
      const ids = rows.flatMap(([id]) => (hashes.has(id) ? [id] : []));
      const sorted = [...new Set(hashes.values())].sort();
      // Of two clients that come with one text, the second waits here, and then sees what the first did.
      link.send(
        "SELECT pg_advisory_xact_lock(hashtextextended($1 || h, 216)) FROM unnest($2::text[]) h",
        [link.schema, sorted],
        { name: "memory-claim-lock" },
      );
      if (isOwn) {
        const without = rows.flatMap(([id, hash]) => (hash === null && hashes.has(id) ? [id] : []));
        if (without.length > 0) {
          link.send(
            `UPDATE memory_pending p SET text_hash = a.hash FROM unnest($1::int8[], $2::uuid[]) AS a(id, hash)
             WHERE p.part_id = a.id AND p.text_hash IS NULL`,
            [without, without.map((id) => hashes.get(id) as string)],
          );
        }
        link.send(filled, [sorted], { name: "memory-vectors-fill" });
      }
      return { claimed: this.#mark(ids, hashes), last: rows.at(-1)?.[0] };
    });
  }

  /** One part of each text, unless another that waits with it has been taken. */
  #mark(ids: readonly number[], hashes: ReadonlyMap<number, string>): number[] {
    const firsts = new Map<string, number>();
    for (const id of ids) {
      const hash = hashes.get(id) as string;
      if (!firsts.has(hash)) firsts.set(hash, id);
    }
    const marked = this.#parts.link.lists(
      `UPDATE memory_pending p SET text_hash = a.hash, claimed_by = $1, claimed_until = now() + interval '${lease}'
       FROM unnest($2::int8[], $3::uuid[]) AS a(id, hash)
       WHERE p.part_id = a.id AND NOT EXISTS (SELECT FROM memory_pending o
         WHERE o.text_hash = a.hash AND o.part_id <> a.id AND o.claimed_until > now())
       RETURNING p.part_id`,
      [this.#client, [...firsts.values()], [...firsts.keys()]],
      { name: "memory-claim-mark" },
    );
    return marked.map(([id]) => id as number).sort((a, b) => a - b);
  }

  /** Holds the note of the model as it is until the transaction ends. @returns whether it is of the model that runs here */
  #holdsOwn(text: string): boolean {
    const { link, model } = this.#parts;
    const [row] = link.lists(text);
    const note = row?.[0] as string | undefined;
    model.note(note);
    return model.isOwn(note);
  }

  /** Equal texts that wait get the vector that one of them has. */
  #fill(hashes: readonly string[]): unknown[][] {
    return this.#parts.link.lists(filled, [hashes], { name: "memory-vectors-fill" });
  }

  #hashes(rows: readonly [number, string | null][]): Map<number, string> {
    const hashes = new Map<number, string>();
    for (const [id, hash] of rows) if (hash !== null) hashes.set(id, hash);
    const without = rows.flatMap(([id]) => (hashes.has(id) ? [] : [id]));
    for (const { partId, text } of without.length === 0 ? [] : this.#parts.partTexts(without)) {
      hashes.set(partId, hashOf(text));
    }
    return hashes;
  }
}

/** Tells texts apart; the server keeps it as a uuid. */
export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}

function counted(
  rows: readonly unknown[][],
  into = new Map<number, number>(),
): Map<number, number> {
  for (const [namespace] of rows) {
    into.set(namespace as number, (into.get(namespace as number) ?? 0) + 1);
  }
  return into;
}
