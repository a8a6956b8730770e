/*
 * The models of one process share what the limit leaves them: before one is loaded that does not fit
 * beside the others, those that nothing uses are unloaded, the longest unused first. One in use or
 * pinned is never unloaded.
 */
import type { LazyModel } from "./lazy-model.ts";

type Member = LazyModel<{ close(): Promise<void> }>;

export class ModelPool {
  readonly #members = new Set<Member>();
  /** Models that stay loaded; undefined: as many as there is room for. */
  most: number | undefined;

  constructor(most?: number) {
    this.most = most;
  }

  /** @returns takes it out again; whoever adds a model calls it when the model is closed */
  add(model: Member): () => void {
    this.#members.add(model);
    return () => {
      this.#members.delete(model);
    };
  }

  /** Those that are in RAM now, by their owners' names. */
  loaded(): { owner: string; model: { close(): Promise<void> } }[] {
    return [...this.#members].flatMap(({ owner, loaded }) =>
      loaded === undefined ? [] : [{ owner, model: loaded }],
    );
  }

  /** How many models share the room. */
  get size(): number {
    return this.#members.size;
  }

  /** Before one more is loaded: unloads idle ones until there are fewer than may stay. */
  async makePlace(): Promise<void> {
    if (this.most === undefined) return;
    const loaded = [...this.#members].filter((model) => model.loaded !== undefined);
    let tooMany = loaded.length + 1 - this.most;
    for (const model of loaded.sort((a, b) => a.lastUseMs - b.lastUseMs)) {
      if (tooMany <= 0) return;
      if (await model.unload()) tooMany -= 1;
    }
  }

  /** Unloads idle models until so many bytes can be had, or none is left to unload. */
  async makeRoom(bytes: number, roomBytes: () => number): Promise<void> {
    const byUse = [...this.#members].sort((a, b) => a.lastUseMs - b.lastUseMs);
    for (const model of byUse) {
      if (roomBytes() >= bytes) return;
      await model.unload();
    }
  }

  /** Unloads all that nothing uses. */
  unloadIdle(): void {
    for (const model of this.#members) model.unload().catch(() => undefined);
  }
}
