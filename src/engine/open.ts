/*
 * Puts an engine together: folder, database, model and embedder from the caller's options and the
 * environment. Nothing heavy is loaded here.
 */
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { checkOptions } from "../base/check-options.ts";
import { fileError, HaypileError } from "../base/errors.ts";
import { assertNodeVersion } from "../base/package/node-version.ts";
import { realPathOf } from "../base/paths/real-path.ts";
import { type Environment, readEnvironment } from "../config/environment/env.ts";
import { secureOwnFolders } from "../config/places/own-folders.ts";
import {
  defaultDatabasePath,
  embeddingCachePath,
  foldersUpward,
  queryRecordPath,
} from "../config/places/paths.ts";
import { locateReranker } from "../models/reranker-files.ts";
import type { OnnxReranker } from "../native/reranker.ts";
import { windowsCalls } from "../native/system.ts";
import { withActivity } from "./activity/wiring.ts";
import { EngineCaches } from "./caches/engine-caches.ts";
import type { CeilingGuard } from "./ceiling/guard.ts";
import { storeSizes } from "./ceiling/under-limit.ts";
import { type Configured, configure } from "./configure.ts";
import type { Engine } from "./engine.ts";
import { LazyReranker } from "./models/lazy-reranker.ts";
import { loadLocatedReranker } from "./models/model-loading.ts";
import { findModelParts, type ModelSource } from "./models/model-parts.ts";
import { runnerOf } from "./models/runner.ts";
import { openShape } from "./option-shapes.ts";
import { type SharedParts, shareParts } from "./shared-parts.ts";
import type { IndexServer } from "./store/index-server.ts";
import { storeFor } from "./store/store-for.ts";
import type { OpenOptions, RuntimeOptions } from "./types.ts";

/**
 * See open() of "haypile".
 * @param shared what other engines of this process use too, and who opened them closes
 * @param renews this process lives on: vectors of an older format are made anew in the background
 */
export async function open(
  given: OpenOptions = {},
  shared?: SharedParts,
  renews = false,
): Promise<Engine> {
  assertNodeVersion();
  checkOptions("open()", given, openShape);
  const environment = readEnvironment();
  secureOwnFolders(environment, windowsCalls);
  const folder = await realFolder(given.folder ?? ".");
  const configured = configure(given, folder, environment);
  const common = shared ?? shareParts(configured, environment);
  try {
    const isOwn = shared === undefined;
    return await assemble(folder, configured, environment, common, { isOwn, renews });
  } catch (error) {
    // Nobody else has it.
    if (shared === undefined) await common.close();
    throw error;
  }
}

async function assemble(
  folder: string,
  configured: Configured<OpenOptions>,
  environment: Environment,
  common: SharedParts,
  { isOwn, renews }: { isOwn: boolean; renews: boolean },
): Promise<Engine> {
  const { options } = configured;
  const { root, database, server } = await chooseIndex(folder, configured, environment);
  const { ceiling, parser, runtime } = common;
  const { reranker } = options;
  const lazyReranker =
    reranker === undefined
      ? undefined
      : await openReranker(reranker, ceiling.runtime(runtime), ceiling);
  let leavePool: (() => void) | undefined;
  const parts = {
    root,
    ceiling,
    database,
    cachePath: embeddingCachePath(environment.cacheFolder),
    caches: new EngineCaches(options.cacheBytes),
    parser,
    addonFolder: environment.addonFolder,
    server,
    databaseExists: () => (server === undefined ? existsSync(database) : server.exists),
    reranker: lazyReranker,
    store: {
      // A mapped file that another program cuts short ends the process: one that serves clients maps none (decision 0208).
      pragmas: renews ? { ...configured.storage, mmapBytes: 0 } : configured.storage,
      ...storeSizes(configured, ceiling.plan),
      scanFrom: options.bitsFrom,
      inRoom: ceiling.work === undefined ? undefined : ceiling.work.segments,
      textCompression: options.textCompression,
    },
    configured,
    closeShared: async () => {
      leavePool?.();
      if (isOwn) await common.close();
    },
  };
  const source: ModelSource = { options, database, server, environment, common };
  const model = await findModelParts(source).catch((error: unknown) => {
    server?.close();
    throw error;
  });
  // Nothing fails from here on, and who closes the engine takes it out again.
  if (lazyReranker !== undefined) leavePool = ceiling.pool.add(lazyReranker);
  const engine = withActivity(environment, {
    ...parts,
    ...model,
    source,
    renews: renews && options.model === undefined && options.modelFolder === undefined,
  });
  if (options.warm === true) {
    parts.caches.warm({
      recordPath: queryRecordPath(environment.cacheFolder, database),
      search: (query, callOptions) => engine.search(query, callOptions),
      isReady: () => {
        const { chunks, vectors } = engine.status().index;
        return chunks === vectors;
      },
    });
  }
  return engine;
}

/** The reranker in a folder, to be loaded when first asked. @throws as locateReranker() */
export async function openReranker(
  folder: string,
  options: RuntimeOptions = {},
  ceiling?: Pick<CeilingGuard, "idle" | "load">,
): Promise<LazyReranker<OnnxReranker>> {
  const environment = readEnvironment();
  const model = await locateReranker(folder);
  runnerOf(model, options, environment.addonFolder);
  return new LazyReranker(
    { id: model.name, maxTokens: model.maxTokens },
    () => {
      const load = (): Promise<OnnxReranker> => loadLocatedReranker(model, options, environment);
      return ceiling === undefined ? load() : ceiling.load(model, options, load);
    },
    ceiling?.idle,
  );
}

async function realFolder(folder: string): Promise<string> {
  const path = resolve(folder);
  const isFolder = await stat(path).then(
    (stats) => stats.isDirectory(),
    (error: unknown) => {
      throw fileError(error, `open the folder ${path}`);
    },
  );
  if (!isFolder) {
    throw new HaypileError(
      "HAYPILE_NOT_A_FOLDER",
      `Expected a folder, but ${path} is a file. Name the folder it lies in.`,
      { data: { path } },
    );
  }
  return await realPathOf(path).catch((error: unknown) => {
    throw fileError(error, `open the folder ${path}`);
  });
}

/**
 * The database a caller named, else the folder's own. For reading (`nearest`), the nearest folder
 * above that has an index will do: a search from inside a project finds the project's index.
 */
async function chooseIndex(
  folder: string,
  { options, configuration }: Configured<OpenOptions>,
  environment: Environment,
): Promise<{ root: string; database: string; server?: IndexServer | undefined }> {
  const { dataFolder } = environment;
  if (options.database !== undefined) {
    return { root: folder, database: resolve(options.database) };
  }
  if (storeFor("index", configuration, environment) !== undefined) {
    // Loaded by those alone who have a server: it is a tenth of all modules.
    const { indexServer } = await import("./store/index-server.ts");
    const server = indexServer(configuration, environment, folder, options.nearest === true);
    if (server !== undefined) return { root: server.root, database: server.path, server };
  }
  const own = { root: folder, database: defaultDatabasePath(dataFolder, folder) };
  if (options.nearest !== true) return own;
  for (const root of foldersUpward(folder)) {
    const database = defaultDatabasePath(dataFolder, root);
    if (existsSync(database)) return { root, database };
  }
  return own;
}
