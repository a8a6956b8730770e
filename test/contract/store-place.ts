import type { Store } from "../../src/ports/store.ts";
import { type ContractOptions, openedIn } from "./opened-in.ts";

export type StoreContractOptions = ContractOptions<Store>;

export function storesIn(options: StoreContractOptions) {
  const { open, reopen } = openedIn(options);
  return {
    open,
    reopen,
    /** Tied to a model of four dimensions. */
    openClaimed: (): Store => {
      const opened = open();
      opened.vectors.claimModel({ id: "four", dimensions: 4 });
      return opened;
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
