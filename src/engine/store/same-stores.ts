/* Stores that the settings name by several addresses. */
import type { Environment } from "../../config/environment/env.ts";
import { isSameAddress, isSameLogin, isSameStore } from "../../storage/postgres/same-store.ts";
import { readConfiguration } from "../configure.ts";
import { withoutProject } from "./project-of-address.ts";
import { linkTo, ownFiles, type StoreName } from "./store-for.ts";

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
 * By each name the first of those that say the same: one server, database, schema and user. Nobody is asked, so a socket and a
 * port of one server are two. Never throws: whoever opens what is no address is told.
 */
export function firstNames(stores: readonly StoreName[]): ReadonlyMap<StoreName, StoreName> {
  const first = new Map<StoreName, StoreName>();
  for (const store of stores) {
    const known = [...first.values()].find((one) => areBy(isSameLogin, one, store));
    first.set(store, known ?? store);
  }
  return first;
}

/** By each name of a store that another one reaches as somebody else, the first of them, by their addresses. Never throws. */
export function sharedNames(stores: readonly StoreName[]): ReadonlyMap<StoreName, StoreName> {
  const shared = new Map<StoreName, StoreName>();
  for (const store of stores) {
    const [first = store, ...more] = stores.filter((one) => areBy(isSameAddress, one, store));
    if (more.length > 0) shared.set(store, first);
  }
  return shared;
}

function areBy(compare: typeof isSameAddress, a: StoreName, b: StoreName): boolean {
  if (a === b) return true;
  if (a === ownFiles || b === ownFiles) return false;
  try {
    return compare({ url: withoutProject(a).url }, { url: withoutProject(b).url });
  } catch {
    return false;
  }
}
