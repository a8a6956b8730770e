/* A model that is loaded when it is first needed, once. */
import { HaypileError } from "../base/errors.ts";

export class LazyModel<Loaded extends { close(): Promise<void> }> {
  readonly #load: () => Promise<Loaded>;
  #loading: Promise<Loaded> | undefined;
  #loaded: Loaded | undefined;
  #closed = false;

  constructor(load: () => Promise<Loaded>) {
    this.#load = load;
  }

  /** The loaded model; undefined while nothing needed it. */
  get loaded(): Loaded | undefined {
    return this.#loaded;
  }

  /** True from the first need on, and once closed. */
  get isStarted(): boolean {
    return this.#loading !== undefined || this.#closed;
  }

  /** Loads now. A failed load is tried again at the next call. */
  async ready(): Promise<Loaded> {
    if (this.#closed) {
      throw new HaypileError("HAYPILE_CLOSED", "The engine was closed before this call.");
    }
    this.#loading ??= this.#load();
    try {
      this.#loaded = await this.#loading;
      return this.#loaded;
    } catch (error) {
      this.#loading = undefined;
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const loaded = await this.#loading?.catch(() => undefined);
    await loaded?.close();
  }
}
