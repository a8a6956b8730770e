/*
 * A model that is loaded when it is first needed, once, and may be unloaded while nothing uses it:
 * by its owner when memory is short, or by itself after it was idle for a while. The next use loads it
 * again.
 */
import { HaypileError } from "../../base/errors.ts";
import { footprintEvents } from "../../base/events.ts";

export interface LazyModelOptions {
  /** Unloaded after so long without use, milliseconds; undefined or 0: never by itself. */
  idleMs?: number | undefined;
  /** After it was unloaded. */
  onUnload?: (() => void) | undefined;
}

export class LazyModel<Loaded extends { close(): Promise<void> }> {
  /** Its name in the receipt of memory. */
  readonly owner: string;
  readonly #load: () => Promise<Loaded>;
  readonly #options: LazyModelOptions;
  #loading: Promise<Loaded> | undefined;
  #loaded: Loaded | undefined;
  #unloading: Promise<void> = Promise.resolve();
  #users = 0;
  #pins = 0;
  #idleTimer: NodeJS.Timeout | undefined;
  #lastUseMs = 0;
  #closed = false;

  /** @param owner its name in the receipt of memory: "model all-minilm-l6-v2" */
  constructor(owner: string, load: () => Promise<Loaded>, options: LazyModelOptions = {}) {
    this.owner = owner;
    this.#load = load;
    this.#options = options;
  }

  /** The loaded model; undefined while nothing needed it. */
  get loaded(): Loaded | undefined {
    return this.#loaded;
  }

  /** When it was last used, as performance.now() tells time; 0: never. */
  get lastUseMs(): number {
    return this.#lastUseMs;
  }

  /** True from the first need on, and once closed. */
  get isStarted(): boolean {
    return this.#loading !== undefined || this.#closed;
  }

  /**
   * Loads now. A failed load is tried again at the next call.
   * @param why for the receipt of memory
   */
  async ready(why?: string): Promise<Loaded> {
    return await this.use((loaded) => Promise.resolve(loaded), why);
  }

  /** Runs work with the loaded model, which stays until the work is done. */
  async use<T>(run: (loaded: Loaded) => Promise<T>, why = "it was asked for by name"): Promise<T> {
    this.#users += 1;
    clearTimeout(this.#idleTimer);
    try {
      return await run(await this.#loadOnce(why));
    } finally {
      this.#users -= 1;
      this.#lastUseMs = performance.now();
      this.#waitForIdle();
    }
  }

  /** Keeps the model loaded until the function given back is called. */
  pin(): () => void {
    this.#pins += 1;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#pins -= 1;
      this.#waitForIdle();
    };
  }

  /** Frees the model unless it is in use or pinned. @returns whether it was freed */
  async unload(): Promise<boolean> {
    const loaded = this.#loaded;
    if (loaded === undefined || this.#users > 0 || this.#pins > 0 || this.#closed) return false;
    clearTimeout(this.#idleTimer);
    this.#loading = undefined;
    this.#loaded = undefined;
    // A load that comes meanwhile waits, so that there are never two; it is not for it to fail.
    const closing = loaded.close();
    this.#unloading = closing.catch(() => undefined);
    await closing;
    footprintEvents.note(
      this.owner,
      "freed",
      "nothing used it and memory was wanted or time was up",
    );
    this.#options.onUnload?.();
    return true;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idleTimer);
    const loaded = await this.#loading?.catch(() => undefined);
    await this.#unloading;
    await loaded?.close();
    if (this.#loaded !== undefined) footprintEvents.note(this.owner, "freed", "it was closed");
    this.#loaded = undefined;
  }

  async #loadOnce(why: string): Promise<Loaded> {
    if (this.#closed) {
      throw new HaypileError("HAYPILE_CLOSED", "The engine was closed before this call.");
    }
    this.#loading ??= this.#unloading.then(this.#load);
    try {
      const loaded = await this.#loading;
      if (this.#loaded === undefined) footprintEvents.note(this.owner, "loaded", why);
      this.#loaded = loaded;
      return loaded;
    } catch (error) {
      this.#loading = undefined;
      throw error;
    }
  }

  #waitForIdle(): void {
    const { idleMs } = this.#options;
    if (idleMs === undefined || idleMs === 0 || this.#users > 0 || this.#pins > 0) return;
    clearTimeout(this.#idleTimer);
    if (this.#loaded === undefined || this.#closed) return;
    this.#idleTimer = setTimeout(() => {
      this.unload().catch(() => undefined);
    }, idleMs);
    this.#idleTimer.unref();
  }
}
