/* Deletion in two steps, what may be collected, and the log of what is gone and why. */
import { HaypileError } from "../../../../base/errors.ts";
import type {
  Collectable,
  CollectableBefore,
  MemoryRemoval,
  RemovedMemory,
} from "../../../../ports/memory-rows.ts";
import type { PgLink } from "../../link/link.ts";
import { restored, stored } from "../../stored-text.ts";
import type { Erasing } from "../../team/erase.ts";
import type { PgGuard } from "../guard.ts";
import type { PgRelations } from "./relations.ts";
import type { PgMemoryRows } from "./rows.ts";

/** Lines of the log that are kept. */
const mostLogged = 10_000;

export interface RemovalParts {
  link: PgLink;
  guard: PgGuard;
  rows: PgMemoryRows;
  relations: PgRelations;
  erasing: Erasing;
}

export class PgRemoval implements MemoryRemoval {
  readonly #parts: RemovalParts;
  readonly #link: PgLink;

  constructor(parts: RemovalParts) {
    this.#parts = parts;
    this.#link = parts.link;
  }

  mark(keys: readonly string[], at: number, why: string): void {
    const marked = this.#link.lists(
      `UPDATE memory_rows SET deleted = $2 WHERE key = ANY($1::text[]) AND deleted IS NULL
       RETURNING key, id, namespace_id`,
      [keys, at],
      { name: "memory-mark" },
    ) as [string, number, number][];
    this.#noteChanged(new Set(marked.map(([key]) => key)));
    // That of its first text, where it was moved since.
    const fromLast = marked.sort(([, one], [, other]) => other - one);
    const namespaces = new Map(fromLast.map(([key, , namespace]) => [key, namespace]));
    // In the order given: the log is read from its end.
    for (const key of new Set(keys)) {
      const namespace = namespaces.get(key);
      if (namespace !== undefined) this.#log(key, namespace, at, why);
    }
    const others = keys.filter((key) => !namespaces.has(key));
    if (others.length > 0) {
      this.#link.send(
        "SELECT must_write_rows(ARRAY(SELECT id FROM memory_rows WHERE key = ANY($1::text[])))",
        [others],
      );
    }
    this.#link.send(
      `DELETE FROM memory_removed WHERE id <= (SELECT max(id) FROM memory_removed) - ${mostLogged}`,
    );
  }

  unmark(key: string): void {
    this.#link.send("UPDATE memory_rows SET deleted = NULL WHERE key = $1", [key]);
    this.#noteChanged(new Set([key]));
    this.#link.send("DELETE FROM memory_removed WHERE key = $1", [key]);
  }

  markedAt(at: number): string[] {
    return this.#keys(
      "SELECT key FROM memory_rows WHERE deleted = $1 GROUP BY key ORDER BY min(id)",
      at,
    );
  }

  erase(keys: readonly string[], at: number, why: string | undefined): void {
    const { rows, relations } = this.#parts;
    if (why !== undefined) {
      const found = this.#link.lists(
        `SELECT DISTINCT ON (key) key, namespace_id FROM memory_rows WHERE key = ANY($1::text[]) ORDER BY key, id`,
        [keys],
      ) as [string, number][];
      const namespaces = new Map(found);
      this.#link.send("DELETE FROM memory_removed WHERE key = ANY($1::text[])", [keys]);
      for (const key of new Set(keys)) {
        const namespace = namespaces.get(key);
        if (namespace !== undefined) this.#log(key, namespace, at, why);
      }
    }
    rows.erase(keys);
    relations.erase(keys);
  }

  /** Begun here; what is not done when this process ends is noted in the store, and done by the next tidy(). */
  truncateLog(): boolean {
    const { guard, erasing } = this.#parts;
    try {
      guard.run("write what was erased", () => erasing.begin());
    } catch (error) {
      // What was forgotten is: the server went away after that.
      if (!HaypileError.isInstance(error) || error.code !== "HAYPILE_STORE_AWAY") throw error;
    }
    return true;
  }

  /** Copies of a server are made by who looks after it. */
  dropCopies(): void {
    this.#parts.guard.run("remove copies", () => undefined);
  }

  removed(limit: number): RemovedMemory[] {
    const found = this.#link.rows<RemovedMemory>(
      `SELECT r.key, n.name AS namespace, r.at, r.why FROM memory_removed r
       JOIN namespaces n ON n.id = r.namespace_id ORDER BY r.id DESC LIMIT $1`,
      [limit],
    );
    return found.map((one) => ({
      ...one,
      namespace: restored(one.namespace),
      why: restored(one.why),
    }));
  }

  collectable(when: CollectableBefore): Collectable {
    const isKept = "deleted IS NULL AND NOT pinned";
    return {
      deleted: this.#keys(
        `SELECT key FROM memory_rows WHERE deleted IS NOT NULL AND deleted <= $1
         GROUP BY key ORDER BY min(deleted), min(id)`,
        when.deletedBefore,
      ),
      expired: this.#keys(
        `SELECT key FROM memory_rows WHERE expires IS NOT NULL AND expires <= $1 AND until IS NULL
           AND ${isKept} ORDER BY expires, id`,
        when.expiredBefore,
      ),
      // The newest text of the memory ended because another memory took its place.
      superseded: this.#keys(
        `SELECT key FROM memory_rows WHERE until IS NOT NULL AND until <= $1 AND ended = 2
           AND ${isKept} ORDER BY until, id`,
        when.supersededBefore,
      ),
    };
  }

  size(namespace: string): { memories: number; bytes: number } {
    const [row] = this.#link.rows<{ memories: number; bytes: number }>(
      `SELECT count(*) AS memories, coalesce(sum(octet_length(text)), 0)::int8 AS bytes FROM memory_rows
       WHERE until IS NULL AND deleted IS NULL
         AND namespace_id = (SELECT id FROM namespaces WHERE name = $1)`,
      [stored(namespace)],
      { name: "memory-size" },
    );
    return row ?? { memories: 0, bytes: 0 };
  }

  leastWorth(namespace: string, limit: number): { key: string; bytes: number }[] {
    return this.#link.rows(
      `SELECT m.key, octet_length(m.text) AS bytes FROM memory_rows m LEFT JOIN memory_uses u USING (key)
       WHERE until IS NULL AND deleted IS NULL AND NOT pinned
         AND m.namespace_id = (SELECT id FROM namespaces WHERE name = $1)
       ORDER BY importance, coalesce(u.count, 0), m.id LIMIT $2`,
      [stored(namespace), limit],
    );
  }

  #log(key: string, namespace: number, at: number, why: string): void {
    this.#link.send(
      "INSERT INTO memory_removed(namespace_id, key, at, why) VALUES ($1, $2, $3, $4)",
      [namespace, key, at, stored(why)],
      { name: "memory-log" },
    );
  }

  /** All texts of memories. */
  #noteChanged(keys: ReadonlySet<string>): void {
    if (keys.size === 0) return;
    const found = this.#link.lists(
      "SELECT id FROM memory_rows WHERE key = ANY($1::text[]) ORDER BY id",
      [[...keys]],
    );
    if (found.length > 0) this.#parts.rows.noteChanges(found.map(([id]) => id as number));
  }

  #keys(text: string, before: number): string[] {
    return this.#link.lists(text, [before]).map(([key]) => key as string);
  }
}
