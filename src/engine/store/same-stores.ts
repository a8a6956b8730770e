/* Stores that the settings name by several addresses, each counted once. */
import { log } from "../../base/log.ts";
import type { Environment } from "../../config/environment/env.ts";
import { isSameStore } from "../../storage/postgres/same-store.ts";
import { readConfiguration } from "../configure.ts";
import { linkTo, type StoreName } from "./store-for.ts";

/** A server that takes longer is away, and others are not held up by it. */
const longestMs = 3_000;

/**
 * Whether two names are of one store, as the servers say.
 * @param waitMs for each server
 * @throws HaypileError HAYPILE_STORE_AWAY, HAYPILE_STORE_REFUSED, and as linkTo()
 */
export async function areOneStore(
  a: StoreName,
  b: StoreName,
  environment: Environment,
  waitMs: number,
): Promise<boolean> {
  if (a === b) return true;
  const configuration = readConfiguration(undefined, {}, environment);
  const [one, other] = [a, b].map((store) => linkTo(store, configuration, environment));
  if (one === undefined || other === undefined) return false;
  return await isSameStore(one, other, waitMs);
}

/**
 * By each name the first of those that are of the same store; itself where a server does not say. Never throws.
 */
export async function firstNames(
  stores: readonly StoreName[],
  environment: Environment,
): Promise<ReadonlyMap<StoreName, StoreName>> {
  const first = new Map<StoreName, StoreName>();
  for (const store of stores) {
    let own = store;
    for (const known of new Set(first.values())) {
      try {
        if (!(await areOneStore(known, store, environment, longestMs))) continue;
        own = known;
        break;
      } catch (error) {
        // Whoever asks that store is told why it cannot be asked.
        log("debug", `whether ${known} and ${store} are one store is not known: ${String(error)}`);
      }
    }
    first.set(store, own);
  }
  return first;
}
