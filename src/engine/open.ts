/*
 * Puts an engine together: folder, database, model and embedder from the caller's options and the
 * environment. Nothing heavy is loaded here.
 */
import { existsSync } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { byteCount } from "../base/byte-count.ts";
import { fileError, HaypileError } from "../base/errors.ts";
import { assertNodeVersion } from "../base/node-version.ts";
import { type Environment, readEnvironment } from "../config/env.ts";
import {
  defaultDatabasePath,
  embeddingCachePath,
  foldersUpward,
  modelsFolder,
  queryRecordPath,
} from "../config/paths.ts";
import type { MemoryPlan } from "../governor/plan.ts";
import { type LocatedModel, locateModel } from "../models/files.ts";
import { locateReranker } from "../models/reranker-files.ts";
import { isWordPiece } from "../models/tokenizer-json.ts";
import type { OnnxReranker } from "../native/reranker.ts";
import { openEmbeddingCache } from "../storage/sqlite/embedding-cache.ts";
import { grammarsFolder } from "../syntax/grammars.ts";
import { TreeSitterParser } from "../syntax/parser.ts";
import { CachedEmbedder } from "./cached-embedder.ts";
import { configure } from "./configure.ts";
import { Engine } from "./engine.ts";
import { EngineCaches } from "./engine-caches.ts";
import { LazyEmbedder } from "./lazy-embedder.ts";
import { LazyReranker } from "./lazy-reranker.ts";
import { assertWorkable, guardMemory, type MemoryGuard, registerModels } from "./memory-guard.ts";
import {
  chooseModel,
  type LoadedEmbedder,
  loadLocatedModel,
  loadLocatedReranker,
  tokenCounter,
  withoutModel,
} from "./model-loading.ts";
import { lexemes, trimmedLines } from "./normal-form.ts";
import type { ModelOptions, OpenOptions, RuntimeOptions } from "./types.ts";
import { storeSizes, underLimit } from "./under-limit.ts";

/** See open() of "haypile". */
export async function open(given: OpenOptions = {}): Promise<Engine> {
  assertNodeVersion();
  const environment = readEnvironment();
  const folder = await realFolder(given.folder ?? ".");
  const configured = configure(given, folder, environment);
  const { options } = configured;
  const { root, database } = chooseIndex(folder, options, environment);
  const children = (): readonly number[] => parser?.pids ?? [];
  let parser: TreeSitterParser | undefined;
  const runtime = underLimit(configured);
  const memory = guardMemory(runtime, environment, children);
  const { plan } = memory;
  parser = new TreeSitterParser({ grammars: grammarsFolder(), ...parserOptions(plan) });
  const parts = {
    root,
    memory,
    database,
    cachePath: embeddingCachePath(environment.cacheFolder),
    caches: new EngineCaches(options.cacheBytes),
    parser,
    addonFolder: environment.addonFolder,
    databaseExists: () => existsSync(database),
    reranker:
      options.reranker === undefined
        ? undefined
        : await openReranker(options.reranker, memory.runtime(runtime), memory),
    store: {
      pragmas: configured.storage,
      ...storeSizes(configured, plan),
      ...(options.bitsFrom !== undefined && { scanFrom: options.bitsFrom }),
      ...(options.textCompression !== undefined && { textCompression: options.textCompression }),
    },
    configured,
  };
  const { embeddingCacheBytes } = options;
  const cacheFileBytes =
    embeddingCacheBytes === undefined
      ? undefined
      : byteCount("embeddingCacheBytes", embeddingCacheBytes);
  let model: LocatedModel;
  try {
    model = await chooseModel(options, database, environment);
  } catch (error) {
    const embedder = withoutModel(error, options, database);
    const staticEmbedder = await staticModel(environment);
    return new Engine({
      ...parts,
      modelName: embedder.modelId,
      embedder,
      cached: undefined,
      staticEmbedder,
    });
  }
  const embedder = new LazyEmbedder(
    { id: model.name, dimensions: model.dimensions, maxTokens: model.maxTokens },
    () =>
      memory.load(model, runtime, () =>
        loadLocatedModel(model, memory.runtime(runtime), environment),
      ),
    () => tokenCounter(model, environment),
    memory.idle,
  );
  memory.pool.add(embedder);
  if (parts.reranker !== undefined) memory.pool.add(parts.reranker);
  await assertWorkable(memory, model, runtime, environment);
  if (memory.governor !== undefined) {
    registerModels(memory.governor, memory.pool, embedder);
  }
  const sum = model.checksums?.["model.onnx"]?.sha256;
  const engine = new Engine({
    ...parts,
    modelName:
      model.quantisation === undefined ? model.name : `${model.name} ${model.quantisation}`,
    embedder,
    // Without a sum of its weights, nothing tells one model of a name from another.
    cached:
      sum === undefined || options.embeddingCache === false
        ? undefined
        : new CachedEmbedder(embedder, {
            modelSum: sum,
            normalForm: async () =>
              (await isWordPiece(model.tokenizerPath)) ? lexemes : trimmedLines,
            openCache: () => openEmbeddingCache(parts.cachePath, cacheFileBytes),
          }),
    staticEmbedder: model.kind === "static" ? undefined : await staticModel(environment),
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

/** One parse process for all languages where memory is scarce. */
function parserOptions({ parser }: MemoryPlan): { oneProcessBytes?: number } {
  return parser === undefined ? {} : { oneProcessBytes: parser.mostBytes };
}

/** The packaged static model, loaded when first asked; undefined when its package is not there. */
async function staticModel(
  environment: Environment,
): Promise<LazyEmbedder<LoadedEmbedder> | undefined> {
  const folder = modelsFolder(environment.dataFolder);
  const model = await locateModel({ model: "static-code-256", modelsFolder: folder }).catch(
    () => undefined,
  );
  if (model === undefined) return undefined;
  return new LazyEmbedder(
    { id: model.name, dimensions: model.dimensions, maxTokens: model.maxTokens },
    () => loadLocatedModel(model, {}, environment),
  );
}

/** The reranker in a folder, to be loaded when first asked. @throws as locateReranker() */
export async function openReranker(
  folder: string,
  options: RuntimeOptions = {},
  memory?: Pick<MemoryGuard, "idle" | "load">,
): Promise<LazyReranker<OnnxReranker>> {
  const environment = readEnvironment();
  const model = await locateReranker(folder);
  return new LazyReranker(
    { id: model.name, maxTokens: model.maxTokens },
    () => {
      const load = (): Promise<OnnxReranker> => loadLocatedReranker(model, options, environment);
      return memory === undefined ? load() : memory.load(model, options, load);
    },
    memory?.idle,
  );
}

/** See loadEmbedder() of "haypile/embedder". */
export async function loadEmbedder(given: ModelOptions = {}): Promise<LoadedEmbedder> {
  assertNodeVersion();
  const environment = readEnvironment();
  const { options } = configure(given, undefined, environment);
  const model = await chooseModel(options, undefined, environment);
  return await loadLocatedModel(model, options, environment);
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
