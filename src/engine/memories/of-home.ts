/* The memories of one process: opened at the first call, with what the receipt and upkeep ask of them. */
import { resolve } from "node:path";
import type { Environment } from "../../config/environment/env.ts";
import { memoriesPath } from "../../config/places/paths.ts";
import type { Memories } from "../../ports/memories.ts";
import type { Configured } from "../configure.ts";
import type { HomeShares } from "../receipt/of-home.ts";
import type { SharedParts } from "../shared-parts.ts";
import { type CallsOnFiles, Snapshots } from "../snapshots/snapshots.ts";
import { RefusedSnapshots } from "../store/refused.ts";
import {
  allStores,
  type MemoryStores,
  ownFiles,
  type StoreName,
  storesOfMemories,
} from "../store/store-for.ts";
import type { HomeOptions } from "../types.ts";
import { openBySetting } from "./by-setting.ts";
import { lazyMemories } from "./lazy-memories.ts";
import type { OpenMemories } from "./memories.ts";
import { openUserMemories } from "./user-memories.ts";

/** What the home has of memories that are open. */
export interface MemoriesAccess {
  share(): NonNullable<HomeShares["memories"]> | undefined;
  snapshotOfToday(): Promise<boolean>;
}

export const noMemories: MemoriesAccess = {
  share: () => undefined,
  snapshotOfToday: async () => false,
};

interface Beside {
  configured: Configured<unknown>;
  shared: SharedParts;
  environment: Environment;
  /** Somebody looks after memories: they collect nothing and make no snapshot by themselves. */
  isScheduled: (() => boolean) | undefined;
}

/** Nothing is opened before the first call. */
export function memoriesOfHome(
  { memoriesDatabase, ...options }: Omit<HomeOptions, "watch">,
  { configured, shared, environment, isScheduled }: Beside,
): { memories: Memories; access: MemoriesAccess } {
  /** Those that are open, by the name of their store. */
  const opened = new Map<StoreName, OpenMemories>();
  const keep = configured.configuration.settings["snapshots.keep"].value as string;
  const file = resolve(memoriesDatabase ?? memoriesPath(environment.dataFolder));
  const snapshots = new Snapshots(file, { keep });
  const open = async (store: StoreName): Promise<OpenMemories> => {
    const database = memoriesDatabase === undefined ? {} : { database: memoriesDatabase };
    const place = { isScheduled, store };
    const memories = await openUserMemories(
      { ...options, ...database },
      shared,
      environment,
      place,
    );
    opened.set(store, memories);
    return memories;
  };
  // A file that was named is what was meant, whatever the settings say.
  const isFile = memoriesDatabase !== undefined;
  const memories = lazyMemories(
    () => (isFile ? open(ownFiles) : openBySetting(environment, open)),
    isFile ? snapshots : snapshotsBySetting(snapshots, () => storesOfMemories(environment)),
  );
  const access: MemoriesAccess = {
    share: () =>
      shareOf([...opened].map(([store, one]) => [store === ownFiles ? file : store, one])),
    snapshotOfToday: async () => (await opened.get(ownFiles)?.snapshotOfToday()) === true,
  };
  return { memories, access };
}

function shareOf(all: readonly (readonly [database: string, memories: OpenMemories])[]) {
  const [first] = all;
  if (first === undefined) return undefined;
  return {
    database: first[0],
    bytes: all.reduce((sum, [, { residentBytes }]) => sum + residentBytes, 0),
    count: all.reduce((sum, [, { residentRows }]) => sum + residentRows, 0),
  };
}

/** Those of the file, where memories are kept in it; refused where none are. */
function snapshotsBySetting(
  ofFile: Snapshots,
  stores: () => MemoryStores,
): Pick<Snapshots, "calls" | "close"> {
  const calls = (): CallsOnFiles => {
    const all = allStores(stores());
    const [first = ownFiles] = all;
    return all.includes(ownFiles) ? ofFile.calls() : new RefusedSnapshots(first).calls();
  };
  return {
    calls: () => ({
      snapshots: async () => await calls().snapshots(),
      removeSnapshot: async (id) => await calls().removeSnapshot(id),
      verifySnapshot: async (id) => await calls().verifySnapshot(id),
      restoreSnapshot: async (id, options) => await calls().restoreSnapshot(id, options),
      pruneSnapshots: async (options) => await calls().pruneSnapshots(options),
    }),
    close: () => ofFile.close(),
  };
}
