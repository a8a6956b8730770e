/*
 * The model of a file of memories. The file keeps its model, and may get another while it is open, by this process or
 * another: whoever embeds follows it first.
 */
import { log } from "../../base/log.ts";
import { areSameVectors, isSameModel, type ModelName } from "../../base/model-name.ts";
import { whenFree } from "../../memories/writing/when-free.ts";
import { nameOf } from "../../models/files.ts";
import { isKnownModel } from "../../models/registry.ts";
import { findSum } from "../../models/sums.ts";
import type { EmbedOptions, TextEmbedder } from "../../ports/embedder.ts";
import type { MemoryStore } from "../../ports/memory-rows.ts";
import { findTarget, type ModelSource, type Target } from "../models/model-parts.ts";

export class MemoryModel implements TextEmbedder {
  readonly source: Omit<ModelSource, "database">;
  readonly #store: Pick<MemoryStore, "vectors">;
  /** Somebody named the model: the file is to follow it. */
  readonly #isNamed: boolean;
  #current: Target;
  /** Vectors of an older format are searched. */
  #searchesOlder = false;
  #following: { key: string; done: Promise<void> } | undefined;

  constructor(
    store: Pick<MemoryStore, "vectors">,
    current: Target,
    source: Omit<ModelSource, "database">,
  ) {
    this.#store = store;
    this.#current = current;
    this.source = source;
    const { model, modelFolder } = source.options;
    this.#isNamed = model !== undefined || modelFolder !== undefined;
  }

  get current(): Target {
    return this.#current;
  }

  /** What runs here. */
  get name(): ModelName {
    return nameOf(this.#current.located);
  }

  get modelId(): string {
    return this.name.id;
  }

  get dimensions(): number {
    return this.name.dimensions;
  }

  get vectors(): string {
    return this.#current.located.vectors;
  }

  get maxTokens(): number {
    return this.#current.located.maxTokens;
  }

  /** The vectors of the file are of what runs here; a file that knows no format has that of a model that names none. */
  isOf = (there: ModelName): boolean => isOf(this.#current, there);

  /** Of an older format that may be searched with what this model makes, but gets nothing of it beside it. */
  isComparable = (there: ModelName): boolean => {
    const { comparable, quantisation } = this.#current.located;
    // Files of 0.1 name no format: that was the number format of the weights.
    const format = there.vectors ?? quantisation ?? "fp32";
    return isSameModel(there, this.name) && !this.isOf(there) && comparable.includes(format);
  };

  follow = async (): Promise<void> => {
    const there = this.#store.vectors.model();
    if (there === undefined) return;
    const isOlder = this.isComparable(there);
    // Another process may have renewed them.
    if (isOlder || this.#searchesOlder) {
      await whenFree(() => this.#store.vectors.claimModel(isOlder ? there : this.name));
      this.#searchesOlder = isOlder;
    }
    if (isOlder || this.#isNamed || this.isOf(there)) return;
    const key = JSON.stringify(there);
    if (this.#following?.key !== key) this.#following = { key, done: this.#take(there) };
    await this.#following.done;
  };

  async embed(texts: readonly string[], options?: EmbedOptions): Promise<Float32Array> {
    return await this.#current.embedder.embed(texts, options);
  }

  countTokens(texts: readonly string[]): Promise<Uint32Array> {
    return this.#current.embedder.countTokens(texts);
  }

  /** Whoever shares the models closes them. */
  async close(): Promise<void> {}

  /** A model that has come to the file takes the place of the one that ran here. */
  become(target: Target): void {
    this.#current = target;
    this.#store.vectors.claimModel(this.name);
  }

  async #take(there: ModelName): Promise<void> {
    const folder = this.#store.vectors.modelFolder();
    const wanted =
      folder !== undefined
        ? { modelFolder: folder }
        : isKnownModel(there.id) || findSum(there.id) !== undefined
          ? { model: there.id }
          : undefined;
    const found =
      wanted &&
      (await findTarget(this.source, wanted).catch((error: unknown) => {
        log("warn", `memories are found by words alone: ${String(error)}`);
        return undefined;
      }));
    if (found !== undefined && isOf(found, there)) this.become(found);
  }
}

function isOf({ located }: Pick<Target, "located">, there: ModelName): boolean {
  const isUnnamed = there.vectors === undefined && located.saysVectors;
  return areSameVectors(there, nameOf(located)) && !isUnnamed;
}
