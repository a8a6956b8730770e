/* The memories of the user, with the model and the parser of the machine. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type Environment, readEnvironment } from "../../config/environment/env.ts";
import { secureOwnFolders } from "../../config/places/own-folders.ts";
import { memoriesPath } from "../../config/places/paths.ts";
import { windowsCalls } from "../../native/system.ts";
import { scanKernels } from "../../native/vector-scan.ts";
import { wordSplitter } from "../../native/words.ts";
import type { MemoryStore } from "../../ports/memory-rows.ts";
import { modelOfMemories } from "../../storage/sqlite/memories/file/model-of-memories.ts";
import { activityOfMemories } from "../activity/wiring.ts";
import { configure } from "../configure.ts";
import type { SharedParts } from "../shared-parts.ts";
import { linkTo, ownFiles, type StoreName, storeWaitMs } from "../store/store-for.ts";
import type { OpenOptions } from "../types.ts";
import { CodeAnchorReader } from "./anchor-reader.ts";
import { type OpenMemories, openMemories } from "./memories.ts";
import { MemoryModel } from "./memory-model.ts";
import { findMemoryTarget, type OwnModel, sourceOfMemories } from "./memory-target.ts";

export type UserMemoriesOptions = Omit<OpenOptions, "folder" | "nearest">;

export interface UserMemoriesPlace {
  /** Somebody looks after them: they collect nothing and make no snapshot by themselves. */
  isScheduled?: (() => boolean) | undefined;
  /** Where they are kept. Default: the file. */
  store?: StoreName | undefined;
}

/**
 * Opens the memories of the user (`database` names another file) over models that are shared with others, who
 * close them afterwards. Where there is no model, memories are found by words.
 *
 * @throws HaypileError as openMemories() and openServerStore()
 */
export async function openUserMemories(
  given: UserMemoriesOptions,
  shared: SharedParts,
  environment: Environment = readEnvironment(),
  { isScheduled, store = ownFiles }: UserMemoriesPlace = {},
): Promise<OpenMemories> {
  secureOwnFolders(environment, windowsCalls);
  const { options, configuration } = configure<OpenOptions>(given, undefined, environment);
  const most = configuration.settings["memories.quota"].value ?? 0;
  const graceMs = configuration.settings["memories.grace"].value;
  const file =
    given.database === undefined ? memoriesPath(environment.dataFolder) : resolve(given.database);
  const link = linkTo(store, configuration, environment);
  const waitMs = storeWaitMs(configuration);
  const here = {
    wordSplitter: wordSplitter(environment.addonFolder),
    kernels: scanKernels(environment.addonFolder),
  };
  // Loaded by those alone who have a server.
  const opening = link && (await import("../store/open-server.ts"));
  const server = link && (await opening?.openServerStore({ link, waitMs, ...here }));
  const database = server?.path ?? file;
  const said = configuration.settings["memories.model"].value;
  const source = sourceOfMemories({ options, environment, common: shared }, said);
  const target = await findMemoryTarget(source, ownModel(server, file)).catch((error: unknown) => {
    server?.close();
    throw error;
  });
  let leaveLadder: (() => void) | undefined;
  const memories = await openMemories({
    database,
    server,
    embedder: target?.embedder,
    model: target && ((store) => new MemoryModel(store, target, source)),
    addonFolder: environment.addonFolder,
    anchorReader: new CodeAnchorReader(shared.parser, environment.dataFolder),
    quotas: most > 0 ? { "*": { memories: most } } : undefined,
    graceMs,
    snapshots: { keep: configuration.settings["snapshots.keep"].value, isScheduled },
    isScheduled,
    activity: activityOfMemories(environment, configuration.settings, database),
    onClose: () => leaveLadder?.(),
  });
  // Near the limit their vectors are dropped; the next recall reads them again.
  leaveLadder = shared.ceiling.governor?.register({
    name: "smaller caches",
    take: () => memories.dropResident(),
    undo: () => undefined,
  });
  return memories;
}

function ownModel(server: Pick<MemoryStore, "vectors"> | undefined, file: string): OwnModel {
  if (server === undefined) return modelOfMemories(file);
  const folder = server.vectors.modelFolder();
  if (folder !== undefined && folder !== "" && existsSync(folder)) return { modelFolder: folder };
  return { model: server.vectors.model()?.id };
}
