import { afterEach } from "vitest";
import type { Store } from "../../src/ports/store.ts";

/** A place to open one store in, again and again; `cleanUp` comes after each test. */
export interface StorePlace {
  open(): Store;
  cleanUp(): void;
}

export interface StoreContractOptions {
  makePlace(): StorePlace;
  /** Called after each test on the closed place: what must be true inside. */
  checkSound?(place: StorePlace): void;
}

export interface OpenedStores {
  open(): Store;
  /** Tied to a model of four dimensions. */
  openClaimed(): Store;
  /** Closes the one that is open, and opens its place again. */
  reopen(): Store;
}

/** Opens stores for the tests of a suite, one place a test, and closes and looks through them after it. */
export function storesIn(options: StoreContractOptions): OpenedStores {
  let place: StorePlace | undefined;
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
    openClaimed: () => {
      const opened = open();
      opened.vectors.claimModel({ id: "four", dimensions: 4 });
      return opened;
    },
    reopen: () => {
      store?.close();
      return open();
    },
  };
}

/** Of a text that waits for its vector. */
export function idOf({ pending }: Pick<Store, "pending">, text: string): number {
  for (const { id, text: own } of pending.page(0, 1_000)) {
    if (own === text) return id;
  }
  throw new Error(`no chunk without a vector has the text ${text}`);
}

/** Where the words of a query are found. */
export function pathsOf({ texts }: Pick<Store, "texts">, query: string): string[] {
  return texts.places(texts.search(query, 20).map((hit) => hit.chunkId)).map((at) => at.path);
}
