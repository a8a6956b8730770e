/*
 * What the engines of one process share: the limit of memory, the parse processes, and each model once. An
 * engine opened alone has its own and closes them; those of a home leave them to it.
 */
import type { Environment } from "../config/environment/env.ts";
import { embeddingCachePath, modelsFolder } from "../config/places/paths.ts";
import type { FootprintPlan } from "../governor/plan.ts";
import { type LocatedModel, locateModel, nameOf } from "../models/files.ts";
import { isWordPiece } from "../models/tokenizer-json.ts";
import { weightsSum } from "../models/weights.ts";
import { openEmbeddingCache } from "../storage/sqlite/embedding-cache.ts";
import { grammarsFolder } from "../syntax/grammars.ts";
import { TreeSitterParser } from "../syntax/parser.ts";
import { CachedEmbedder } from "./caches/cached-embedder.ts";
import { lexemes, trimmedLines } from "./caches/normal-form.ts";
import { type CeilingGuard, guardCeiling, registerModels } from "./ceiling/guard.ts";
import { underLimit } from "./ceiling/under-limit.ts";
import type { Configured } from "./configure.ts";
import { LazyEmbedder } from "./models/lazy-embedder.ts";
import type { LoadedEmbedder } from "./models/loaded-embedder.ts";
import { loadLocatedModel, tokenCounter } from "./models/model-loading.ts";
import type { OpenOptions } from "./types.ts";

/** A model that is loaded when it is needed, and the same behind the cache of vectors. */
export interface SharedModel {
  embedder: LazyEmbedder<LoadedEmbedder>;
  /** Undefined: no cache. */
  cached: CachedEmbedder | undefined;
}

export interface SharedParts {
  /** The options that models and memory go by. */
  runtime: OpenOptions;
  addonFolder: string | undefined;
  ceiling: CeilingGuard;
  parser: TreeSitterParser;
  /** One for each model and kind of caching; the first who asks decides its options. */
  model(located: LocatedModel, cache: { isOn: boolean; maxBytes: number | undefined }): SharedModel;
  /** The packaged static model; undefined when its package is not there. */
  staticModel(): Promise<LazyEmbedder<LoadedEmbedder> | undefined>;
  /** Waits for work in flight, then frees all of it. */
  close(): Promise<void>;
}

/** @throws HaypileError HAYPILE_USAGE, HAYPILE_MEMORY_LIMIT */
export function shareParts(
  configured: Configured<OpenOptions>,
  environment: Environment,
): SharedParts {
  let parser: TreeSitterParser | undefined;
  const runtime = underLimit(configured);
  const ceiling = guardCeiling(runtime, environment, () => parser?.pids ?? []);
  parser = new TreeSitterParser({
    grammars: grammarsFolder(),
    ...parserOptions(ceiling.plan),
    inRoom: ceiling.work === undefined ? undefined : ceiling.work.parse,
  });
  const ownParser = parser;
  const models = new Map<string, SharedModel>();
  /** What takes the models off the ladder and out of the pool. */
  const leaves: (() => void)[] = [];
  let staticModel: Promise<LazyEmbedder<LoadedEmbedder> | undefined> | undefined;

  const embedderOf = (model: LocatedModel): LazyEmbedder<LoadedEmbedder> => {
    const embedder = new LazyEmbedder(
      { ...nameOf(model), maxTokens: model.maxTokens },
      () =>
        ceiling.load(model, runtime, () =>
          loadLocatedModel(model, ceiling.runtime(runtime), environment),
        ),
      () => tokenCounter(model, environment),
      ceiling.idle,
    );
    leaves.push(ceiling.pool.add(embedder));
    if (ceiling.governor !== undefined) {
      leaves.push(registerModels(ceiling.governor, ceiling.pool, embedder));
    }
    return embedder;
  };

  return {
    runtime,
    addonFolder: environment.addonFolder,
    ceiling,
    parser,
    model: (located, cache) => {
      // Without a sum of its weights, nothing tells one model of a name from another.
      const sum = weightsSum(located);
      const { name, quantisation, vectors, tokenizerPath } = located;
      const key = JSON.stringify([name, quantisation, vectors, tokenizerPath, sum]);
      const known = models.get(key) ?? { embedder: embedderOf(located), cached: undefined };
      models.set(key, known);
      if (sum === undefined || !cache.isOn) return { embedder: known.embedder, cached: undefined };
      known.cached ??= new CachedEmbedder(known.embedder, {
        modelSum: sum,
        format: located.saysVectors ? located.vectors : undefined,
        normalForm: async () =>
          (await isWordPiece(located.tokenizerPath)) ? lexemes : trimmedLines,
        openCache: () =>
          openEmbeddingCache(embeddingCachePath(environment.cacheFolder), cache.maxBytes),
      });
      return known;
    },
    staticModel: () => {
      staticModel ??= findStaticModel(environment);
      return staticModel;
    },
    close: async () => {
      for (const leave of leaves.splice(0)) leave();
      const all = [...models.values()].map(({ cached, embedder }) => cached ?? embedder);
      const parts = [...all, await staticModel?.catch(() => undefined), ownParser];
      const ended = await Promise.allSettled(parts.map(async (part) => await part?.close()));
      ceiling.close();
      const failed = ended.find((one) => one.status === "rejected");
      if (failed !== undefined) throw failed.reason;
    },
  };
}

/** One parse process for all languages where memory is scarce. */
function parserOptions({ parser }: FootprintPlan): { oneProcessBytes?: number | undefined } {
  return parser === undefined ? {} : { oneProcessBytes: parser.mostBytes };
}

async function findStaticModel(
  environment: Environment,
): Promise<LazyEmbedder<LoadedEmbedder> | undefined> {
  const folder = modelsFolder(environment.dataFolder);
  const model = await locateModel({ model: "static-code-256", modelsFolder: folder }).catch(
    () => undefined,
  );
  if (model === undefined) return undefined;
  return new LazyEmbedder({ ...nameOf(model), maxTokens: model.maxTokens }, () =>
    loadLocatedModel(model, {}, environment),
  );
}
