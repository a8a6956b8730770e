/*
 * Who keeps an index that several clients share: the one that was last told to index it. What happens by itself, taking in
 * files that changed and making vectors after that, is done by its keeper alone.
 */
import type { Facts, IndexStore } from "../../ports/store.ts";

const keeperKey = "keeper";

function nameOf({ client }: Pick<IndexStore, "client">, root: string): string {
  return JSON.stringify({ host: client, folder: root });
}

type Kept = Pick<IndexStore, "client"> & { facts: Pick<Facts, "get" | "set"> };

/** This client was told to index. */
export function keep(store: Kept, root: string): void {
  if (store.client === undefined) return;
  const own = nameOf(store, root);
  if (store.facts.get(keeperKey) !== own) store.facts.set(keeperKey, own);
}

/** Nobody else keeps it. An index in a file is kept by whoever has it open. */
export function isKeptHere(store: Kept, root: string): boolean {
  if (store.client === undefined) return true;
  const keeper = store.facts.get(keeperKey);
  return keeper === undefined || keeper === nameOf(store, root);
}
