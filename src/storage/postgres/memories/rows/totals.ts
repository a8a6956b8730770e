/* How much there is, and the secret that tokens of this store are made with. */
import { randomBytes } from "node:crypto";
import type { FootprintFacts, MemoryCounts } from "../../../../ports/memory-rows.ts";
import type { PgLink } from "../../link/link.ts";
import { restored } from "../../stored-text.ts";
import type { PgGuard } from "../guard.ts";

export class PgTotals implements FootprintFacts {
  readonly #link: PgLink;
  readonly #guard: PgGuard;

  constructor(link: PgLink, guard: PgGuard) {
    this.#link = link;
    this.#guard = guard;
  }

  counts(): MemoryCounts {
    const [all] = this.#link.rows<Omit<MemoryCounts, "namespaces">>(
      `SELECT count(*) FILTER (WHERE until IS NULL AND deleted IS NULL) AS memories,
         count(DISTINCT key) FILTER (WHERE deleted IS NOT NULL) AS deleted,
         (SELECT count(*) FROM memory_pending) AS "pendingParts",
         (SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::int8 FROM pg_class c
          WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
            AND (c.relname LIKE 'memory\\_%' OR c.relname LIKE 'sync\\_%')) AS "bytesOnDisk"
       FROM memory_rows`,
    );
    const namespaces = this.#link.rows<MemoryCounts["namespaces"][number]>(
      `SELECT n.name AS namespace, count(*) AS memories, sum(octet_length(m.text))::int8 AS bytes
       FROM memory_rows m JOIN namespaces n ON n.id = m.namespace_id
       WHERE m.until IS NULL AND m.deleted IS NULL GROUP BY n.name ORDER BY n.name`,
    );
    const none = { memories: 0, deleted: 0, pendingParts: 0, bytesOnDisk: 0 };
    return {
      ...(all ?? none),
      namespaces: namespaces.map((one) => ({ ...one, namespace: restored(one.namespace) })),
    };
  }

  secret(): string {
    const known = this.#secret();
    if (known !== undefined) return known;
    // Another client may be faster: what it made stays.
    this.#guard.write("make a secret", () => {
      this.#link.send(
        "INSERT INTO memory_meta(name, value) VALUES ('secret', $1) ON CONFLICT DO NOTHING",
        [randomBytes(16).toString("hex")],
      );
    });
    return this.#secret() as string;
  }

  #secret(): string | undefined {
    const [row] = this.#link.lists("SELECT value FROM memory_meta WHERE name = 'secret'");
    return row?.[0] as string | undefined;
  }
}
