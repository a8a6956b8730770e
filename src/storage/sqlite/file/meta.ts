import { HaypileError } from "../../../base/errors.ts";
import type { Database, Statement } from "./driver.ts";
import { corruptError } from "./errors.ts";

export interface ModelClaim {
  id: string;
  dimensions: number;
}

/** Keys with this prefix are the store's own. */
const modelKey = "store.model";

/** Facts by name, among them the one model all vectors of the index are from. */
export class Meta {
  readonly #path: string;
  readonly #get: Statement;
  readonly #set: Statement;
  #model: ModelClaim | undefined;

  constructor(db: Database, path: string) {
    this.#path = path;
    this.#get = db.prepare("SELECT value FROM meta WHERE key = ?").pluck();
    this.#set = db.prepare(
      "INSERT INTO meta(key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    );
  }

  get(key: string): string | undefined {
    return this.#get.get(key) as string | undefined;
  }

  set(key: string, value: string): void {
    this.#set.run(key, value);
  }

  /** Read from the file until it is there; after that only claimModel() changes it. */
  model(): ModelClaim | undefined {
    if (this.#model === undefined) {
      const text = this.get(modelKey);
      if (text !== undefined) this.#model = this.#parse(text);
    }
    return this.#model;
  }

  /** Call it inside a transaction: another process may have claimed the index meanwhile. */
  /** @param empty the index holds nothing yet: an earlier claim, of a run that failed, gives way */
  claimModel(model: ModelClaim, empty = false): void {
    if (this.model() !== undefined && !empty) this.checkModel(model);
    else {
      this.set(modelKey, JSON.stringify({ id: model.id, dimensions: model.dimensions }));
      this.#model = undefined;
    }
  }

  checkModel(model: ModelClaim): void {
    const own = this.#ownModel();
    if (own.id === model.id && own.dimensions === model.dimensions) return;
    throw this.#differ(
      `the model ${model.id} with ${model.dimensions} dimensions was asked for`,
      model,
    );
  }

  checkQuery(dimensions: number): void {
    if (this.#ownModel().dimensions === dimensions) return;
    throw this.#differ(`a query vector of ${dimensions} dimensions came`, { dimensions });
  }

  /** `values` must be one row of the model's dimensions for each of `rows`. */
  checkMatrix(rows: number, values: number): ModelClaim {
    const own = this.#ownModel();
    if (values === rows * own.dimensions) return own;
    throw new HaypileError(
      "HAYPILE_INTERNAL",
      `${rows} vectors of ${own.dimensions} dimensions were expected, ${values} values came. Nothing was stored. Please report it.`,
      { data: { rows, values, dimensions: own.dimensions } },
    );
  }

  #parse(text: string): ModelClaim {
    try {
      const { id, dimensions } = JSON.parse(text) as ModelClaim;
      if (typeof id === "string" && Number.isInteger(dimensions)) return { id, dimensions };
    } catch {
      // Told below, as a value of the wrong shape is.
    }
    throw corruptError(this.#path, "the note of its model cannot be read");
  }

  #ownModel(): ModelClaim {
    const own = this.model();
    if (own !== undefined) return own;
    throw new HaypileError(
      "HAYPILE_INTERNAL",
      "Vectors came before the index was tied to a model. Please report it.",
    );
  }

  #differ(what: string, asked: Partial<ModelClaim>): HaypileError {
    const own = this.#ownModel();
    return new HaypileError(
      "HAYPILE_DIMENSIONS_DIFFER",
      `The index ${this.#path} was made with the model ${own.id} with ${own.dimensions} dimensions, but ${what}. Nothing was changed. Use ${own.id}, or index again into another file with --db, or delete this index and index again.`,
      { data: { path: this.#path, index: own, asked } },
    );
  }
}
