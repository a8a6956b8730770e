/*
 * Puts an engine together: folder, database, model and embedder from the caller's options and the
 * environment. Nothing heavy is loaded here.
 */
import { existsSync } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { byteCount } from "../base/byte-count.ts";
import { checkOptions } from "../base/check-options.ts";
import { fileError, HaypileError } from "../base/errors.ts";
import { assertNodeVersion } from "../base/package/node-version.ts";
import { type Environment, readEnvironment } from "../config/environment/env.ts";
import { secureOwnFolders } from "../config/places/own-folders.ts";
import {
  defaultDatabasePath,
  embeddingCachePath,
  foldersUpward,
  queryRecordPath,
} from "../config/places/paths.ts";
import type { LocatedModel } from "../models/files.ts";
import { locateReranker } from "../models/reranker-files.ts";
import { weightsOf } from "../models/weights.ts";
import type { OnnxReranker } from "../native/reranker.ts";
import { IndexModel } from "../storage/sqlite/file/index-model.ts";
import { withActivity } from "./activity/wiring.ts";
import { EngineCaches } from "./caches/engine-caches.ts";
import { chooseWeights } from "./ceiling/choose-weights.ts";
import type { CeilingGuard } from "./ceiling/guard.ts";
import { storeSizes } from "./ceiling/under-limit.ts";
import { type Configured, configure } from "./configure.ts";
import type { Engine } from "./engine.ts";
import { LazyEmbedder } from "./models/lazy-embedder.ts";
import { LazyReranker } from "./models/lazy-reranker.ts";
import type { LoadedEmbedder } from "./models/loaded-embedder.ts";
import { chooseModel, loadLocatedReranker, withoutModel } from "./models/model-loading.ts";
import { providerOf } from "./models/provider.ts";
import { runnerOf } from "./models/runner.ts";
import { openShape } from "./option-shapes.ts";
import { type SharedParts, shareParts } from "./shared-parts.ts";
import type { OpenOptions, RuntimeOptions } from "./types.ts";

/**
 * See open() of "haypile".
 * @param shared what other engines of this process use too, and who opened them closes
 */
export async function open(given: OpenOptions = {}, shared?: SharedParts): Promise<Engine> {
  assertNodeVersion();
  checkOptions("open()", given, openShape);
  const environment = readEnvironment();
  secureOwnFolders(environment);
  const folder = await realFolder(given.folder ?? ".");
  const configured = configure(given, folder, environment);
  const common = shared ?? shareParts(configured, environment);
  try {
    return await assemble(folder, configured, environment, common, shared === undefined);
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
  isOwn: boolean,
): Promise<Engine> {
  const { options } = configured;
  const { root, database } = chooseIndex(folder, options, environment);
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
    databaseExists: () => existsSync(database),
    reranker: lazyReranker,
    store: {
      pragmas: configured.storage,
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
  const { embeddingCacheBytes } = options;
  const cacheFileBytes =
    embeddingCacheBytes === undefined
      ? undefined
      : byteCount("embeddingCacheBytes", embeddingCacheBytes);
  const model = await findModel(options, database, environment, common);
  const isMissing = model instanceof LazyEmbedder;
  const provider = isMissing ? undefined : providerOf(runtime, model, environment.addonFolder);
  const runner = isMissing ? undefined : runnerOf(model, runtime, environment.addonFolder);
  const isStatic = !isMissing && model.kind === "static";
  const staticEmbedder = isStatic ? undefined : await common.staticModel();
  // Nothing fails from here on, and who closes the engine takes it out again.
  if (lazyReranker !== undefined) leavePool = ceiling.pool.add(lazyReranker);
  if (isMissing) {
    return withActivity(environment, {
      ...parts,
      modelName: model.modelId,
      embedder: model,
      cached: undefined,
      staticEmbedder,
    });
  }
  const engine = withActivity(environment, {
    ...parts,
    modelName:
      model.quantisation === undefined ? model.name : `${model.name} ${model.quantisation}`,
    provider,
    runner,
    weights: model.kind === "embedding" ? weightsOf(model) : undefined,
    ...common.model(model, {
      isOn: options.embeddingCache !== false,
      maxBytes: cacheFileBytes,
    }),
    staticEmbedder,
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

/** The model with the weights that fit; where the index's own is not here, what fails when it is asked. */
async function findModel(
  options: OpenOptions,
  database: string,
  environment: Environment,
  { ceiling, runtime }: SharedParts,
): Promise<LocatedModel | LazyEmbedder<LoadedEmbedder>> {
  const index = new IndexModel(database);
  try {
    const chosen = await chooseModel(options, index, environment);
    return await chooseWeights(ceiling, chosen, runtime, index, environment);
  } catch (error) {
    return withoutModel(error, options, index);
  } finally {
    index.close();
  }
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
  return await realpath(path).catch((error: unknown) => {
    throw fileError(error, `open the folder ${path}`);
  });
}

/**
 * The database a caller named, else the folder's own. For reading (`nearest`), the nearest folder
 * above that has an index will do: a search from inside a project finds the project's index.
 */
function chooseIndex(
  folder: string,
  options: OpenOptions,
  { dataFolder }: Environment,
): { root: string; database: string } {
  if (options.database !== undefined) {
    return { root: folder, database: resolve(options.database) };
  }
  const own = { root: folder, database: defaultDatabasePath(dataFolder, folder) };
  if (options.nearest !== true) return own;
  for (const root of foldersUpward(folder)) {
    const database = defaultDatabasePath(dataFolder, root);
    if (existsSync(database)) return { root, database };
  }
  return own;
}
