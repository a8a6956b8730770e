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

  /** Listens until the function that comes back is called. A listener must not throw, and answers at once. */
  listen(listener: HubListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
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
