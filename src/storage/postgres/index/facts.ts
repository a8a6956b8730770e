import { hostname } from "node:os";
import type { IndexFactTable, StoreStats } from "../../../ports/store.ts";
import type { KeptFacts } from "../../shared/index-meta.ts";
import type { Project } from "./project.ts";

/** The tables of schema version 1; a server with others says so when it is opened. */
const indexSchemaVersion = 1;

/** A size is looked at so often at most. */
const bytesStandMs = 10_000;

/**
 * Facts as they are kept; set() is a step inside a write of the caller. All are read at once, and stand until the code that
 * asked lets others have their turn: nobody else is answered meanwhile.
 */
export function keptFacts(project: Project): KeptFacts {
  const { link, id } = project;
  const all = (): Map<string, string> => {
    const rows = link.lists("SELECT name, value FROM code_facts WHERE project = $1", [id], {
      name: "code-facts",
    });
    return new Map(rows as [string, string][]);
  };
  return {
    get: (name) => project.seen("facts", all).get(name),
    set: (name, value) => {
      link.send(
        `INSERT INTO code_facts(project, name, value) VALUES ($1, $2, $3)
         ON CONFLICT (project, name) DO UPDATE SET value = excluded.value`,
        [id, name, value],
        { name: "code-note-fact" },
      );
    },
  };
}

/** What is true of one machine only: where it has the folder, and when it looked through it. */
const ofMachine: ReadonlySet<string> = new Set(["root", "mount", "walked-at"]);

function keyOf(name: string): string {
  return ofMachine.has(name) ? `${name} at ${hostname()}` : name;
}

export class PgFacts implements IndexFactTable {
  readonly #project: Project;
  readonly #kept: KeptFacts;
  #bytes: { at: number; bytes: number } | undefined;

  constructor(project: Project, kept: KeptFacts) {
    this.#project = project;
    this.#kept = kept;
  }

  get(name: string): string | undefined {
    return this.#kept.get(keyOf(name));
  }

  set(name: string, value: string): void {
    this.#project.write(() => this.#kept.set(keyOf(name), value));
  }

  stats(): StoreStats {
    const { link, id } = this.#project;
    const [row] = link.rows<{ files: number; chunks: number; waiting: number }>(
      `SELECT files, chunks, (SELECT count(*) FROM code_pending WHERE project = $1) AS waiting
       FROM code_projects WHERE id = $1`,
      [id],
      { name: "code-stats" },
    );
    const { files, chunks, waiting } = row ?? { files: 0, chunks: 0, waiting: 0 };
    return {
      files,
      chunks,
      vectors: chunks - waiting,
      databaseBytes: this.#databaseBytes(),
      cacheBytes: 0,
      schemaVersion: indexSchemaVersion,
    };
  }

  /** Of the server's tables of code: a project has none of its own, others may be in them too. */
  #databaseBytes(): number {
    const now = performance.now();
    if (this.#bytes !== undefined && now - this.#bytes.at < bytesStandMs) return this.#bytes.bytes;
    const [row] = this.#project.link.lists(
      `SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::int8 FROM pg_class
       WHERE relkind IN ('r', 'm') AND relname LIKE 'code\\_%' AND relnamespace = $1::regnamespace`,
      [`"${this.#project.link.schema}"`],
      { name: "code-bytes" },
    );
    const bytes = (row?.[0] as number | undefined) ?? 0;
    this.#bytes = { at: now, bytes };
    return bytes;
  }

  changeMark(): string {
    return this.#project.version();
  }
}
