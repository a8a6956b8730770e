import { afterEach } from "vitest";

/** A place to open one store in, again and again; `cleanUp` comes after each test. */
export interface Place<Store> {
  open(): Store;
  cleanUp(): void;
}

export interface ContractOptions<Store> {
  makePlace(): Place<Store>;
  /** Called after each test on the closed place: what must be true inside. */
  checkSound?(place: Place<Store>): void;
}

/** Opens stores for the tests of a suite, one place a test, and closes and looks through them after it. */
export function openedIn<Store extends { close(): void }>(options: ContractOptions<Store>) {
  let place: Place<Store> | undefined;
  let store: Store | undefined;
  const open = (): Store => {
    place ??= options.makePlace();
    store = place.open();
    return store;
  };

  afterEach(() => {
    const used = place;
    store?.close();
    store = undefined;
    place = undefined;
    if (used === undefined) return;
    try {
      options.checkSound?.(used);
    } finally {
      used.cleanUp();
    }
  });

  return {
    open,
    /** Closes the one that is open, and opens its place again. */
    reopen: (): Store => {
      store?.close();
      return open();
    },
  };
}
