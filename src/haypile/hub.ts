/*
 * What happens in the daemon, told to who listens now: pages and scripts over HTTP. Nobody is waited for, nothing is kept,
 * and where nobody listens a value is not even made.
 */

/** All sorts of happenings. */
export const hubKinds = ["query", "sample", "index", "alert", "memories"] as const;
export type HubKind = (typeof hubKinds)[number];

export type HubListener = (kind: HubKind, value: unknown) => void;

export class Hub {
  readonly #listeners = new Set<HubListener>();
  readonly #minders = new Set<(isHeard: boolean) => void>();

  /** Listens until the function that comes back is called. A listener must not throw, and answers at once. */
  listen(listener: HubListener): () => void {
    // Of its own, so that who listens twice is heard of twice.
    const own: HubListener = (kind, value) => listener(kind, value);
    this.#listeners.add(own);
    if (this.#listeners.size === 1) this.#mind(true);
    return () => {
      if (this.#listeners.delete(own) && this.#listeners.size === 0) this.#mind(false);
    };
  }

  /** Calls when the first begins to listen, and when the last ends: for what looks more often meanwhile. @returns ends that */
  mind(minder: (isHeard: boolean) => void): () => void {
    this.#minders.add(minder);
    return () => void this.#minders.delete(minder);
  }

  #mind(isHeard: boolean): void {
    for (const minder of [...this.#minders]) minder(isHeard);
  }

  /** Somebody listens. */
  get isHeard(): boolean {
    return this.#listeners.size > 0;
  }

  /** @param make the value, plain JSON; asked for only when somebody listens */
  tell(kind: HubKind, make: () => unknown): void {
    if (this.#listeners.size === 0) return;
    const value = make();
    for (const listener of [...this.#listeners]) listener(kind, value);
  }
}
