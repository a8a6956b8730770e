import { HaypileError } from "../../base/errors.ts";
import {
  areSameVectors,
  isSameModel,
  type ModelName,
  modelInWords,
} from "../../base/model-name.ts";
import { corruptError } from "../sqlite/file/errors.ts";

export type ModelClaim = ModelName;

/** Keys with this prefix are the store's own. */
const modelKey = "store.model";
/** Earlier versions noted the number format of the weights, and no format of vectors: it is their name for it. */
const weightsKey = "model-weights";
/** Folder of a model without a known name, to which a migration led. */
export const modelFolderKey = "model-folder";

/** Where facts are kept; set() is a step inside a transaction of the caller. */
export interface KeptFacts {
  get(name: string): string | undefined;
  set(name: string, value: string): void;
}

/** Facts by name, among them the one model all vectors of the index are from. */
export class IndexMeta {
  readonly #path: string;
  readonly #facts: KeptFacts;
  #parsed: { text: string; claim: ModelClaim } | undefined;

  constructor(path: string, facts: KeptFacts) {
    this.#path = path;
    this.#facts = facts;
  }

  get(key: string): string | undefined {
    return this.#facts.get(key);
  }

  set(key: string, value: string): void {
    this.#facts.set(key, value);
  }

  /** As the index has it now: a migration may have changed it, in this process or another. */
  model(): ModelClaim | undefined {
    const claim = this.#claim();
    if (claim === undefined || claim.vectors !== undefined) return claim;
    return { ...claim, vectors: this.get(weightsKey) };
  }

  /**
   * Call it inside a transaction: another process may have claimed the index meanwhile.
   * @param empty the index holds nothing yet: an earlier claim, of a run that failed, gives way
   */
  claimModel(model: ModelClaim, empty = false): void {
    if (this.#claim() !== undefined && !empty) this.checkModel(model);
    const { id, dimensions, vectors = empty ? undefined : this.model()?.vectors } = model;
    this.set(modelKey, JSON.stringify({ id, dimensions, vectors }));
  }

  /** Ties the index to another model, whose vectors take the place of all others in the same transaction. */
  retie(model: ModelClaim, folder = ""): void {
    if (this.get(modelFolderKey) !== undefined || folder !== "") this.set(modelFolderKey, folder);
    const { id, dimensions, vectors } = model;
    this.set(modelKey, JSON.stringify({ id, dimensions, vectors }));
    if (vectors !== undefined) this.set(weightsKey, vectors);
  }

  /** The claim is there, and says all that this model says. */
  isClaimedBy(model: ModelClaim): boolean {
    const own = this.#claim();
    return own !== undefined && isSameModel(own, model) && own.vectors === model.vectors;
  }

  /** @throws HaypileError HAYPILE_DIMENSIONS_DIFFER, HAYPILE_VECTORS_DIFFER */
  checkModel(model: ModelClaim): void {
    const own = this.#ownModel();
    if (areSameVectors(own, model)) return;
    if (!isSameModel(own, model)) {
      throw this.#differ(
        `the model ${model.id} with ${model.dimensions} dimensions was asked for`,
        model,
      );
    }
    throw new HaypileError(
      "HAYPILE_VECTORS_DIFFER",
      `The vectors of the index ${this.#path} are of ${modelInWords(own)}, but those of ${modelInWords(model)} came. They are not mixed, and nothing was changed. Make all of them anew with "haypile index" or "haypile migrate-model".`,
      { data: { path: this.#path, index: own, asked: model } },
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

  #claim(): ModelClaim | undefined {
    const text = this.get(modelKey);
    if (text === undefined) return undefined;
    if (this.#parsed?.text !== text) this.#parsed = { text, claim: this.#parse(text) };
    return this.#parsed.claim;
  }

  #parse(text: string): ModelClaim {
    try {
      const { id, dimensions, vectors } = JSON.parse(text) as ModelClaim;
      if (typeof id === "string" && Number.isInteger(dimensions)) {
        return { id, dimensions, vectors: typeof vectors === "string" ? vectors : undefined };
      }
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
      `The index ${this.#path} was made with the model ${own.id} with ${own.dimensions} dimensions, but ${what}. Nothing was changed. Use ${own.id}, or change its model with "haypile migrate-model", or index again into another file with --db, or delete this index and index again.`,
      { data: { path: this.#path, index: own, asked } },
    );
  }
}
