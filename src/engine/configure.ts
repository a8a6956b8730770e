/*
 * From what a caller said to what an engine runs with: the options table over host, files and
 * environment. What is resolved goes on as OpenOptions, so that nothing below asks where it came from.
 */

import { resolve } from "node:path";
import { defined } from "../base/defined.ts";
import { type LogLevel, log, setLogLevel } from "../base/log.ts";
import { realPathSync } from "../base/paths/real-path.ts";
import { type Environment, readEnvironment } from "../config/environment/env.ts";
import { noteUnknownVariables } from "../config/environment/env-names.ts";
import { type Configuration, loadConfiguration, trustNote } from "../config/load.ts";
import { type OptionName, optionNames, optionOfKey, rowOf } from "../config/options/options.ts";
import { isOfCalls } from "../config/options/takes-effect.ts";
import { isSaid, type Setting } from "../config/resolve.ts";
import type { HostFacts } from "../host/facts.ts";
import { findDisk, readHostFacts } from "../host/read-facts.ts";
import { readHostInfo } from "../native/footprint.ts";
import { providersHere } from "../native/load.ts";
import type { IndexCallOptions } from "../ports/answers/index-run.ts";
import type { SearchCallOptions } from "../ports/answers/search.ts";
import type { StoragePragmas } from "../storage/sqlite/file/open.ts";
import type { LoadOptions, ModelsOfFiles } from "./models/model-loading.ts";
import type { ConfigurableOptions, OpenOptions } from "./types.ts";

export interface Configured<Options> {
  /** The caller's options with every option of the table filled in. */
  options: Options & ResolvedOptions;
  configuration: Configuration;
  storage: StoragePragmas;
  indexDefaults: Pick<IndexCallOptions, "maxFileBytes" | "minLines" | "fillIn">;
  searchDefaults: Pick<
    SearchCallOptions,
    "k" | "snippetLines" | "deadlineMs" | "fillIn" | "rerank"
  >;
}

/** These have a value on every machine. */
type ResolvedOptions = Required<
  Pick<
    OpenOptions,
    | "workers"
    | "intraOpThreads"
    | "tokensPerRun"
    | "maxMemoryBytes"
    | "cacheBytes"
    | "pageCacheBytes"
    | "bitsBudgetBytes"
  >
> &
  Pick<LoadOptions, "directWorkers"> &
  ModelsOfFiles;

/** The files whose note was written: once a process is enough. */
const noted = new Set<string>();

/**
 * What every option is for a folder, without an engine.
 * @param said options of open(); those that are no option of the table are passed by
 * @throws HaypileError HAYPILE_CONFIG_INVALID, HAYPILE_USAGE, HAYPILE_PERMISSION, HAYPILE_IO
 */
export function readConfiguration(
  folder: string | undefined,
  said: ConfigurableOptions = {},
  environment: Environment = readEnvironment(),
): Configuration {
  const values = new Map<OptionName, unknown>();
  for (const [key, value] of Object.entries(said)) {
    const name = optionOfKey(key);
    if (name !== undefined) values.set(name, value);
  }
  return loadConfiguration({
    folder: folder === undefined ? undefined : realOrSame(folder),
    environment,
    said: values,
    facts: hostFacts(environment),
    disk: findDisk(environment.dataFolder),
  });
}

/**
 * Options for open() and loadEmbedder().
 * @param folder whose project file counts; undefined: none
 * @throws as readConfiguration()
 */
export function configure<Options extends ConfigurableOptions>(
  given: Options,
  folder: string | undefined,
  environment: Environment,
): Configured<Options> {
  const configuration = readConfiguration(folder, given, environment);
  const { settings } = configuration;
  const note = trustNote(configuration);
  if (note !== undefined && !noted.has(note)) {
    noted.add(note);
    log("warn", note);
  }
  noteUnknownVariables(environment);
  const level = settings["log.level"];
  if (isOfFile(level)) setLogLevel(level.value as LogLevel);
  const resolved: Record<string, unknown> = {};
  for (const name of optionNames) {
    const { key } = rowOf(name);
    const { value } = settings[name];
    if (key !== undefined && value !== undefined) resolved[key] = value;
  }
  const { "model.name": model, "model.folder": modelFolder } = settings;
  if (isOfFile(model)) {
    delete resolved.model;
    resolved.newIndexModel = model.value;
  }
  if (isOfFile(modelFolder)) {
    delete resolved.modelFolder;
    // A model that was named by flag or variable is not that of the file's folder.
    if (model.value === undefined || isOfFile(model)) {
      resolved.newIndexModelFolder = modelFolder.value;
    }
  }
  // Who says workers means them; else all that would work on this machine do so side by side.
  const { "embed.workers": workers, "embed.intra-op-threads": threads } = settings;
  resolved.directWorkers = isSaid(workers)
    ? workers.value
    : Math.min(1_024, (workers.value ?? 1) * (threads.value ?? 1));
  const deadlineMs = settings["search.deadline"].value;
  const { "search.rerank": reranks } = settings;
  return {
    options: { ...defined(given), ...resolved } as Options & ResolvedOptions,
    configuration,
    storage: {
      pageSizeBytes: configuration.pageSizeBytes,
      mmapBytes: settings["storage.mmap"].value ?? 0,
      synchronous: settings["storage.synchronous"].value ?? "normal",
      checkpointBytes: settings["storage.checkpoint"].value ?? 0,
      walLimitBytes: settings["storage.wal-limit"].value ?? 0,
    },
    indexDefaults: {
      maxFileBytes: settings["index.max-file-size"].value as number,
      minLines: settings["index.min-lines"].value as number,
      fillIn: settings["index.fill-in"].value ?? "background",
    },
    searchDefaults: {
      k: settings["search.limit"].value as number,
      snippetLines: Math.max(1, settings["search.lines"].value as number),
      fillIn: settings["search.fill-in"].value ?? "on-demand",
      deadlineMs,
      // Who says off means every reranker; a tier that is slow means the one that nobody named.
      rerank: isSaid(reranks) && reranks.value === "off" ? false : undefined,
    },
  };
}

/** Puts what calls go by that do not say otherwise in the place of what was so before. */
export function takeDefaults(
  into: Omit<Configured<unknown>, "options">,
  now: Configured<unknown>,
): void {
  const { settings } = now.configuration;
  const ofCalls = Object.entries(settings).filter(([name]) => isOfCalls(name as OptionName));
  into.searchDefaults = now.searchDefaults;
  into.indexDefaults = now.indexDefaults;
  into.configuration = {
    ...into.configuration,
    settings: { ...into.configuration.settings, ...Object.fromEntries(ofCalls) },
  };
}

function isOfFile({ origin }: Setting): boolean {
  return origin === "user file" || origin === "project file";
}

/** The host by the native core, or by Node where the core cannot be loaded: then its own error comes later. */
export function hostFacts(environment: Environment): HostFacts {
  try {
    const { addonFolder } = environment;
    return readHostFacts(readHostInfo(addonFolder), "", providersHere(addonFolder));
  } catch {
    return readHostFacts();
  }
}

/** Whether the folder is there is checked where it is opened. */
function realOrSame(folder: string): string {
  try {
    return realPathSync(folder);
  } catch {
    return resolve(folder);
  }
}
