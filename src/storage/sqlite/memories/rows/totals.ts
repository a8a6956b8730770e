/* How much there is, and the secret that tokens of this database are made with. */
import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import type { FootprintFacts, MemoryCounts } from "../../../../ports/memory-rows.ts";
import type { Database, Statement } from "../../file/driver.ts";
import type { CeilingGuard } from "../file/guard.ts";
import { damage } from "../file/sums.ts";

export class MemoryTotals implements FootprintFacts {
  readonly #guard: CeilingGuard;
  readonly #path: string;
  readonly #all: Statement;
  readonly #byNamespace: Statement;
  readonly #secret: Statement;
  readonly #keepSecret: Statement;

  constructor(db: Database, path: string, guard: CeilingGuard) {
    this.#guard = guard;
    this.#path = path;
    this.#all = db.prepare(
      `SELECT count(*) FILTER (WHERE until IS NULL AND deleted IS NULL) AS memories,
         count(DISTINCT key) FILTER (WHERE deleted IS NOT NULL) AS deleted,
         (SELECT count(*) FROM pending) AS pendingParts FROM memories NOT INDEXED`,
    );
    this.#byNamespace = db.prepare(
      `SELECT name AS namespace, count(*) AS memories, sum(length(CAST(text AS BLOB))) AS bytes
       FROM memories NOT INDEXED LEFT JOIN namespaces ON namespaces.id = namespace_id
       WHERE until IS NULL AND deleted IS NULL GROUP BY name ORDER BY name`,
    );
    this.#secret = db.prepare("SELECT value FROM meta WHERE name = 'secret'").pluck();
    this.#keepSecret = db.prepare("INSERT OR IGNORE INTO meta(name, value) VALUES ('secret', ?)");
  }

  counts(): MemoryCounts {
    const all = this.#all.get() as Omit<MemoryCounts, "bytesOnDisk" | "namespaces">;
    const namespaces = this.#byNamespace.all() as MemoryCounts["namespaces"];
    const hasNameless = namespaces.some(({ namespace }) => (namespace as string | null) === null);
    if (hasNameless) throw damage("the namespace of some memories is missing");
    return { ...all, namespaces, bytesOnDisk: sizeOf(this.#path) + sizeOf(`${this.#path}-wal`) };
  }

  secret(): string {
    const known = this.#secret.get() as string | undefined;
    if (known !== undefined) return known;
    // Another process may be faster: what it made stays.
    this.#guard.write("make a secret", () => {
      this.#keepSecret.run(randomBytes(16).toString("hex"));
    });
    return this.#secret.get() as string;
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
