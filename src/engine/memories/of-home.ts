/* The memories of one process: opened at the first call, with what the receipt and upkeep ask of them. */
import { resolve } from "node:path";
import type { Environment } from "../../config/environment/env.ts";
import { memoriesPath } from "../../config/places/paths.ts";
import type { Memories } from "../../ports/memories.ts";
import type { Configured } from "../configure.ts";
import type { HomeShares } from "../receipt/of-home.ts";
import type { SharedParts } from "../shared-parts.ts";
import { Snapshots } from "../snapshots/snapshots.ts";
import type { HomeOptions } from "../types.ts";
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
  let opened: OpenMemories | undefined;
  const file = resolve(memoriesDatabase ?? memoriesPath(environment.dataFolder));
  const keep = configured.configuration.settings["snapshots.keep"].value as string;
  const memories = lazyMemories(async () => {
    const database = memoriesDatabase === undefined ? {} : { database: memoriesDatabase };
    opened = await openUserMemories({ ...options, ...database }, shared, environment, isScheduled);
    return opened;
  }, new Snapshots(file, { keep }));
  const access: MemoriesAccess = {
    share: () =>
      opened && {
        ...{ database: file, bytes: opened.residentBytes },
        count: opened.residentRows,
      },
    snapshotOfToday: async () => (await opened?.snapshotOfToday()) === true,
  };
  return { memories, access };
}
