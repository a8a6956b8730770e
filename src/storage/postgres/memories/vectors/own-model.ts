/* Which model runs here, and which one the vectors of the store are of. Both must be one for anything to be found. */
import { areSameVectors, type ModelName } from "../../../../base/model-name.ts";
import { namedBy, noteOf } from "../../../shared/memory-model.ts";
import type { PgSession } from "../../link/link.ts";

export class OwnModel {
  readonly #session: PgSession;
  #own: ModelName | undefined;
  #note: string | undefined;

  constructor(session: PgSession) {
    this.#session = session;
  }

  /** The note as the store has it now. */
  read(): string | undefined {
    this.note(this.#ask("model"));
    return this.#note;
  }

  /** The note as it was seen last. */
  get seen(): string | undefined {
    return this.#note ?? this.read();
  }

  note(text: string | undefined): void {
    this.#note = text;
  }

  model(): ModelName | undefined {
    return namedBy(this.read());
  }

  modelSeen(): ModelName | undefined {
    return namedBy(this.#note);
  }

  folder(): string | undefined {
    return this.#ask("model-folder") || undefined;
  }

  /** What was claimed: what runs here. */
  get own(): ModelName | undefined {
    return this.#own;
  }

  /** As it is written down. */
  noteOf(model: ModelName): string {
    return noteOf(model);
  }

  runs(model: ModelName): void {
    this.#own = model;
  }

  /** Dimensions of the vectors that are there, by the note that was seen last; undefined when they are another model's. */
  get dimensions(): number | undefined {
    return this.isOwn(this.seen) ? this.#own?.dimensions : undefined;
  }

  /** Vectors with this note are of the model that runs here. */
  isOwn(note: string | undefined): boolean {
    const there = namedBy(note);
    return this.#own !== undefined && there !== undefined && areSameVectors(this.#own, there);
  }

  /** In a transaction. */
  set(model: ModelName): void {
    this.keep("model", noteOf(model));
    this.note(noteOf(model));
  }

  /** In a transaction. */
  keep(name: string, value: string): void {
    this.#session.run(
      `INSERT INTO memory_meta(name, value) VALUES ($1, $2)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
      [name, value],
      { name: "memory-meta-set" },
    );
  }

  #ask(name: string): string | undefined {
    const [row] = this.#session.lists("SELECT value FROM memory_meta WHERE name = $1", [name], {
      name: "memory-meta",
    });
    return row?.[0] as string | undefined;
  }
}
