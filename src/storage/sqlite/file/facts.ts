import type { IndexFactTable, StoreStats } from "../../../ports/store.ts";
import { inOneWrite } from "../roles/in-one-write.ts";
import type { Chunks } from "../texts/chunks.ts";
import type { Documents } from "../texts/documents.ts";
import type { Pending } from "../vectors/pending.ts";
import type { Changes } from "./changes.ts";
import { databaseBytes } from "./database-bytes.ts";
import type { Database } from "./driver.ts";
import type { Meta } from "./meta.ts";
import { schemaVersion } from "./schema.ts";

export interface FactParts {
  db: Database;
  path: string;
  /** Upper bound of the page cache, bytes. */
  cacheBytes: number;
  meta: Meta;
  chunks: Chunks;
  documents: Documents;
  pending: Pending;
  changes: Changes;
}

export class StoredFacts implements IndexFactTable {
  readonly #parts: FactParts;

  constructor(parts: FactParts) {
    this.#parts = parts;
  }

  get(name: string): string | undefined {
    return this.#parts.meta.get(name);
  }

  set(name: string, value: string): void {
    inOneWrite(this.#parts.db, () => this.#parts.meta.set(name, value));
  }

  /** This build of SQLite keeps no count of the bytes in use: of the page cache it is what it can hold now. */
  stats(): StoreStats {
    const { path, cacheBytes, documents, pending } = this.#parts;
    const chunks = this.#parts.chunks.count();
    const bytes = databaseBytes(path);
    return {
      files: documents.count(),
      chunks,
      vectors: chunks - pending.count(),
      databaseBytes: bytes,
      cacheBytes: Math.min(cacheBytes, bytes),
      schemaVersion,
    };
  }

  changeMark(): string {
    return this.#parts.changes.mark();
  }
}
