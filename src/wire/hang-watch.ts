/*
 * Minds that a daemon which was asked something does answer, for as long as somebody waits: when nothing has been
 * heard for a while it is looked at, and when it hangs the one who waits is told why.
 */
import type { HaypileError } from "../base/errors.ts";
import type { Owner } from "./owner.ts";
import { callLimits, callLimitsUnasked, Patience, type PatienceLimits } from "./pulse.ts";

export interface HangWatchOptions {
  owner: Owner;
  /** Whether anybody waits for an answer now. */
  isWaiting: () => boolean;
  /** Called once; the watch has ended then. */
  onHung: (why: HaypileError) => void;
  /** Default: those of a call. */
  limits?: PatienceLimits | undefined;
}

const lookMs = 5_000;

export class HangWatch {
  readonly #options: HangWatchOptions & { limits: PatienceLimits };
  readonly #timer: NodeJS.Timeout;
  #patience: Patience;
  #heardMs = performance.now();
  #isLooking = false;
  #isOver = false;

  constructor(options: HangWatchOptions) {
    const { owner } = options;
    const { limits = owner.control === undefined ? callLimitsUnasked : callLimits } = options;
    this.#options = { ...options, limits };
    this.#patience = new Patience(owner, limits);
    this.#timer = setInterval(() => void this.#mind(), Math.min(lookMs, limits.quietMs));
    this.#timer.unref();
  }

  /** Something came from the daemon, or somebody began to wait. */
  heard(): void {
    this.#heardMs = performance.now();
  }

  close(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
  }

  async #mind(): Promise<void> {
    const { isWaiting, onHung, owner, limits } = this.#options;
    if (this.#isLooking || this.#isOver) return;
    if (!isWaiting() || performance.now() - this.#heardMs < limits.quietMs) {
      this.#patience = new Patience(owner, limits);
      return;
    }
    this.#isLooking = true;
    const hung = await this.#patience.look().finally(() => {
      this.#isLooking = false;
    });
    if (hung === undefined || this.#isOver || !isWaiting()) return;
    this.close();
    onHung(hung);
  }
}
