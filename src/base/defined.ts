/* Records in which undefined stands for what is not said. */

/** A record of which nothing need be said. */
export type Unsaid<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** Without the members that are undefined. */
export function defined<T extends object>(
  record: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** What is usual, and over it what is said. */
export function over<Usual extends object>(usual: Usual, said: Unsaid<Usual> | undefined): Usual {
  return { ...usual, ...defined(said ?? {}) };
}
