/* A model that is loaded when it is first needed, once. */
import { HaypileError } from "../base/errors.ts";
import { memoryEvents } from "../base/events.ts";

export class LazyModel<Loaded extends { close(): Promise<void> }> {
  readonly #load: () => Promise<Loaded>;
  #loading: Promise<Loaded> | undefined;
  #loaded: Loaded | undefined;
  #closed = false;

  readonly #owner: string;

  /** @param owner its name in the receipt of memory: "model all-minilm-l6-v2" */
  constructor(owner: string, load: () => Promise<Loaded>) {
    this.#owner = owner;
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

  /**
   * Loads now. A failed load is tried again at the next call.
   * @param why for the receipt of memory
   */
  async ready(why = "it was asked for by name"): Promise<Loaded> {
    if (this.#closed) {
      throw new HaypileError("HAYPILE_CLOSED", "The engine was closed before this call.");
    }
    this.#loading ??= this.#load();
    try {
      const loaded = await this.#loading;
      if (this.#loaded === undefined) memoryEvents.note(this.#owner, "loaded", why);
      this.#loaded = loaded;
      return loaded;
    } catch (error) {
      this.#loading = undefined;
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const loaded = await this.#loading?.catch(() => undefined);
    await loaded?.close();
    if (this.#loaded !== undefined) memoryEvents.note(this.#owner, "freed", "it was closed");
    this.#loaded = undefined;
  }
}
