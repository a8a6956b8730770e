/*
 * The models of one engine share what the limit leaves them: before one is loaded that does not fit
 * beside the others, those that nothing uses are unloaded, the longest unused first. One in use or
 * pinned is never unloaded.
 */
import type { LazyModel } from "./lazy-model.ts";

type Member = LazyModel<{ close(): Promise<void> }>;

export class ModelPool {
  readonly #members: Member[] = [];

  add(model: Member): void {
    this.#members.push(model);
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
