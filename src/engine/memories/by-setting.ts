/*
 * Memories where the settings say: in one store, or in several by namespace. The user's file is looked at before each call, and
 * where it names other stores than before, these memories count as replaced: the next call opens those.
 */
import type { Environment } from "../../config/environment/env.ts";
import { stateOf } from "../../config/environment/given.ts";
import { optionNames } from "../../config/options/options.ts";
import { userFile } from "../../config/places/paths.ts";
import { optionsOfUser } from "../../config/user-options.ts";
import { firstNames, sharedNames } from "../store/same-stores.ts";
import { allStores, type StoreName, storeOf, storesOfMemories } from "../store/store-for.ts";
import { type FollowedMemories, lazyMemories, memoriesFrom } from "./lazy-memories.ts";
import type { OpenMemories } from "./memories.ts";
import { Parts } from "./routes/parts.ts";
import { routedMemories } from "./routes/routed.ts";

/**
 * @param open those of one store
 * @throws HaypileError HAYPILE_CONFIG_INVALID, and as `open`
 */
export async function openBySetting(
  environment: Environment,
  open: (store: StoreName) => Promise<OpenMemories>,
): Promise<FollowedMemories> {
  const isChanged = watched(environment);
  const stores = storesOfMemories(environment);
  const names = allStores(stores);
  const [only] = names;
  if (names.length === 1 && only !== undefined) {
    const opened = await open(only);
    return {
      ...memoriesFrom(
        async () => opened,
        () => opened.close(),
      ),
      get isReplaced() {
        return opened.isReplaced || isChanged();
      },
    };
  }
  // Two logins of one store stay two: one may do what the other may not.
  const first = firstNames(names);
  const distinct = [...new Set(first.values())];
  const shared = sharedNames(distinct);
  const all = distinct.map((store) => ({
    store,
    memories: lazyMemories(() => open(store)),
    sharedAs: shared.get(store),
  }));
  const parts = new Parts(all, (namespace) => {
    const store = storeOf(stores, namespace);
    return first.get(store) ?? store;
  });
  const close = async (): Promise<void> => {
    await Promise.all(all.map(({ memories }) => memories.close()));
  };
  return {
    ...routedMemories(parts, close),
    get isReplaced() {
      return isChanged();
    },
  };
}

/** Whether the settings of the stores are others than at first. A file that cannot be read changes nothing. */
function watched(environment: Environment): () => boolean {
  const path = userFile(environment.configFolder);
  let seen = stateOf(path);
  const first = JSON.stringify(optionsOfUser(environment, ofStores));
  let isChanged = false;
  return () => {
    const now = stateOf(path);
    if (isChanged || now === seen) return isChanged;
    seen = now;
    try {
      isChanged = JSON.stringify(optionsOfUser(environment, ofStores)) !== first;
    } catch {
      // The command that reads the file says what is wrong with it.
    }
    return isChanged;
  };
}

const ofStores = optionNames.filter((name) => /^(?:store\.|memories\.stores?$)/u.test(name));
