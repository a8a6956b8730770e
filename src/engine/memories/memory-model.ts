/*
 * The model of a file of memories. The file keeps its model, and may get another while it is open, by this process or
 * another: whoever embeds follows it first.
 */
import { log } from "../../base/log.ts";
import { areSameVectors, type ModelName } from "../../base/model-name.ts";
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
  isOf(there: ModelName): boolean {
    const { saysVectors } = this.#current.located;
    return areSameVectors(there, this.name) && !(there.vectors === undefined && saysVectors);
  }

  follow = async (): Promise<void> => {
    const there = this.#store.vectors.model();
    if (there === undefined || this.#isNamed || this.isOf(there)) return;
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
    if (found !== undefined && areSameVectors(nameOf(found.located), there)) this.become(found);
  }
}
