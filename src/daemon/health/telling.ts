/* Tells alerts to who is to be told, one at a time, in their order, and not for ever. */
import { setTimeout as wait } from "node:timers/promises";
import type { Alert, TellingStats } from "../../ports/answers/daemon/stats.ts";

const mostWaiting = 20;

export class Telling {
  readonly #tell: (alert: Alert) => Promise<void>;
  readonly #pausesMs: readonly number[];
  readonly #isFinal: (error: unknown) => boolean;
  readonly #onFailed: (error: string) => void;
  readonly #waiting: Alert[] = [];
  readonly #stop = new AbortController();
  readonly stats: TellingStats = { told: 0, failed: 0, dropped: 0 };
  #running: Promise<void> | undefined;

  /**
   * @param pausesMs before each further try
   * @param isFinal no further try helps
   */
  constructor(
    tell: (alert: Alert) => Promise<void>,
    pausesMs: readonly number[],
    isFinal: (error: unknown) => boolean,
    onFailed: (error: string) => void,
  ) {
    this.#tell = tell;
    this.#pausesMs = pausesMs;
    this.#isFinal = isFinal;
    this.#onFailed = onFailed;
  }

  add(alert: Alert): void {
    if (this.#stop.signal.aborted) return;
    this.#waiting.push(alert);
    if (this.#waiting.length > mostWaiting) {
      this.#waiting.shift();
      this.stats.dropped += 1;
    }
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** What waits is not told any more. */
  close(): void {
    this.#stop.abort();
    this.#waiting.length = 0;
  }

  /** Resolves when nothing waits. */
  async whenTold(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let alert = this.#waiting.shift(); alert; alert = this.#waiting.shift()) {
      await this.#tellOne(alert);
    }
  }

  async #tellOne(alert: Alert): Promise<void> {
    for (let tries = 0; ; tries += 1) {
      try {
        await this.#tell(alert);
        this.stats.told += 1;
        return;
      } catch (error) {
        const pauseMs = this.#pausesMs[tries];
        const text = error instanceof Error ? error.message : String(error);
        if (pauseMs === undefined || this.#isFinal(error) || this.#stop.signal.aborted) {
          this.stats.failed += 1;
          this.stats.lastError = text;
          this.#onFailed(text);
          return;
        }
        await wait(pauseMs, undefined, { ref: false, signal: this.#stop.signal }).catch(
          () => undefined,
        );
      }
    }
  }
}
