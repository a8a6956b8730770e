/*
 * Brings limit, governor and the parts of an engine together: what is laid out smaller from the
 * start, and what each part gives up when memory is short. Without a limit nothing is governed, but
 * idle models are still unloaded and their memory given back.
 */
import { availableParallelism } from "node:os";
import { setFlagsFromString } from "node:v8";
import { mb } from "../../base/byte-count.ts";
import { HaypileError } from "../../base/errors.ts";
import { log } from "../../base/log.ts";
import { currentClock } from "../../base/stages.ts";
import type { Environment } from "../../config/environment/env.ts";
import { steadyClock } from "../../governor/clock.ts";
import { type DataLimit, readDataLimit } from "../../governor/data-limit.ts";
import { ProcessGauge } from "../../governor/gauge.ts";
import { Governor } from "../../governor/governor.ts";
import type { LadderStep } from "../../governor/ladder.ts";
import { type FootprintPlan, planFor } from "../../governor/plan.ts";
import {
  heldBytes,
  loadBytes,
  type ModelFacts,
  smallestLimit,
  smallestLimitOfTwo,
} from "../../governor/prediction.ts";
import type { LocatedModel } from "../../models/files.ts";
import { dropFilePages, readHostInfo, releaseMemory } from "../../native/footprint.ts";
import type { IndexStore } from "../../ports/store.ts";
import type { LazyEmbedder } from "../models/lazy-embedder.ts";
import type { LoadedEmbedder } from "../models/loaded-embedder.ts";
import { type ModelFiles, modelFactsOf } from "../models/model-loading.ts";
import { ModelPool } from "../models/model-pool.ts";
import type { OpenOptions, RuntimeOptions } from "../types.ts";
import { collectGarbage } from "./collect.ts";
import { type GovernedWork, governedWork } from "./governed-work.ts";
import { IdleRelief } from "./idle-relief.ts";
import { policyOf } from "./policy.ts";

const defaultIdleMs = 30_000;
/** As the store has it. */
const defaultBitsBudgetBytes = 128 * 2 ** 20;
const namedFactor = 1.05;
const heapGrowingPercent = 20;
/** What one search needs beside the models: lists of candidates, snippets, the vector of the query. */
const searchBytes = 2e6;
/** A search without a deadline waits so long for memory. */
const longestSearchWaitMs = 60_000;

export interface CeilingGuard {
  readonly plan: FootprintPlan;
  /** Undefined without a limit. */
  readonly governor: Governor | undefined;
  /** The models that may be unloaded for each other. */
  readonly pool: ModelPool;
  /** Passed to each lazy model. */
  readonly idle: { idleMs: number; onUnload: () => void };
  /** Told when an index run has ended; searches tell it themselves. */
  readonly relief: IdleRelief;
  /** Options of the model by the plan; what the caller said goes before it. */
  runtime(options: RuntimeOptions): RuntimeOptions;
  /** Loads a model when there is room for it. */
  load<T>(model: ModelFiles, options: RuntimeOptions, run: () => Promise<T>): Promise<T>;
  /** What the database gives up when memory is short. @returns ends that; call it when the database is closed */
  govern(
    store: Pick<IndexStore, "limitBits" | "shrinkCache">,
    bitsBudgetBytes: number | undefined,
    caches: { maxBytes: number; resize(maxBytes: number): void },
  ): () => void;
  /** Runs a search when there is room for it, which it waits for no longer than it may take. */
  search<T>(
    signal: AbortSignal | undefined,
    run: () => Promise<T>,
    deadlineMs?: number,
  ): Promise<T>;
  /** Runs work of parsers and of the database when there is room for it; undefined without a limit. */
  readonly work: GovernedWork | undefined;
  /** The limit of "ulimit -d", where it is the one that counts. */
  readonly data?: DataLimit | undefined;
  /**
   * Goes by other options of memory and models from now on: marks, interval, clean-up, idle time, how many models stay,
   * and the limit where there was one. How work was laid out stays.
   */
  adjust(options: OpenOptions): void;
  close(): void;
}

/** The lower one of a limit and of what "ulimit -d" leaves, bytes; undefined without either. */
function inData(limitBytes: number | undefined, data: DataLimit | undefined): number | undefined {
  if (data === undefined) return limitBytes;
  const leftBytes = Math.max(1, data.limitBytes - data.reservedBytes);
  return Math.min(limitBytes ?? leftBytes, leftBytes);
}

/**
 * The limit that was said, checked.
 * @throws HaypileError HAYPILE_USAGE
 */
function limitOf(options: OpenOptions): number | undefined {
  const { maxMemoryBytes } = options;
  if (maxMemoryBytes !== undefined) {
    if (Number.isFinite(maxMemoryBytes) && maxMemoryBytes > 0) return maxMemoryBytes;
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected a number of bytes above 0 for maxMemoryBytes but got ${maxMemoryBytes}.`,
      { data: { maxMemoryBytes } },
    );
  }
  return undefined;
}

/**
 * @param children ids of the parse processes that run now
 * @throws HaypileError HAYPILE_USAGE, HAYPILE_MEMORY_LIMIT
 */
export function guardCeiling(
  options: OpenOptions,
  environment: Environment,
  children: () => readonly number[],
): CeilingGuard {
  const { addonFolder } = environment;
  let policy = policyOf(options);
  const relieve = (): void => {
    releaseMemory(addonFolder);
    dropFilePages(addonFolder);
  };
  const asked = limitOf(options);
  const cpus = availableParallelism();
  const idle = { idleMs: options.modelIdleMs ?? defaultIdleMs, onUnload: relieve };
  const host = asked === undefined ? undefined : readHostInfo(addonFolder);
  const groupLimitBytes = host?.cgroup.memoryLimitBytes;
  const relief = new IdleRelief(idle.idleMs, relieve);
  const pool = new ModelPool(options.modelPool);
  const data = readDataLimit();
  // More than the machine has is no limit to keep to: what is missing would count as used by others.
  const onThisMachine = (bytes: number): number => Math.min(bytes, host?.totalMemoryBytes ?? bytes);
  const inThisGroup = (bytes: number): number => Math.min(bytes, groupLimitBytes ?? bytes);
  const onMachine = asked && onThisMachine(asked);
  const inGroup = onMachine && inThisGroup(onMachine);
  const limitBytes = inData(inGroup, data);
  const adjustModels = (said: OpenOptions): void => {
    idle.idleMs = said.modelIdleMs ?? defaultIdleMs;
    relief.idleMs = idle.idleMs;
    pool.most = said.modelPool;
  };
  const plan = planFor(limitBytes, cpus);
  const runtime = (given: RuntimeOptions): RuntimeOptions => ({
    ...given,
    workers: given.workers ?? plan.workers,
    ...(given.tokensPerRun === undefined &&
      plan.tokensPerRun !== undefined && { tokensPerRun: plan.tokensPerRun }),
  });
  if (limitBytes === undefined) {
    return {
      plan,
      pool,
      governor: undefined,
      idle,
      relief,
      runtime,
      load: async (_model, _options, run) => {
        await pool.makePlace();
        return await run();
      },
      govern: () => () => {},
      search: (_signal, run) => run().finally(() => relief.worked()),
      work: undefined,
      adjust: adjustModels,
      close: () => relief.close(),
    };
  }
  if (onMachine !== asked) {
    log("info", `this machine has ${mb(onMachine ?? 0)} MB, less than the limit asked for`);
  }
  if (inGroup !== onMachine) {
    log("warn", `the control group allows ${mb(limitBytes)} MB, less than the limit asked for`);
  }
  if (limitBytes !== inGroup) {
    log("info", `"ulimit -d" leaves ${mb(limitBytes)} MB beside what Node reserves`);
  }
  // V8 lets a heap grow by half and more before it collects: memory that the limit has not got.
  setFlagsFromString(`--heap-growing-percent=${heapGrowingPercent}`);
  // What only start and imports used is not needed any more.
  relieve();
  const governor = new Governor({
    limitBytes,
    gauge: new ProcessGauge({ children, groupLimitBytes }),
    clock: steadyClock,
    policy,
    relieve: () => {
      // What V8 frees is given back with the rest.
      if (policy.cleanup === "aggressive") collectGarbage();
      relieve();
    },
  });
  return {
    plan,
    pool,
    governor,
    idle,
    relief,
    runtime,
    load: async (model, given, run) => {
      const facts = await modelFactsOf(model, runtime(given), environment);
      const bytes = heldBytes(facts);
      if (bytes > limitBytes) throw neverFits(model.name, facts, bytes, limitBytes);
      relieve();
      governor.look();
      const asked = performance.now();
      await pool.makePlace();
      await pool.makeRoom(bytes, () => governor.roomBytes());
      const notes = currentClock()?.beside;
      return await governor.during(
        {
          what: `loading the model ${model.name}`,
          bytes,
          waitMs: 10_000,
          step: "model load",
          peakBytes: process.memoryUsage.rss() + loadBytes(facts),
        },
        () => {
          notes?.add("room", asked);
          return run();
        },
      );
    },
    govern: (store, bitsBudgetBytes = defaultBitsBudgetBytes, caches) =>
      governor.register({
        name: "smaller caches",
        take: () => {
          caches.resize(Math.floor(caches.maxBytes / 8));
          store.limitBits(Math.floor(bitsBudgetBytes / 8));
          store.shrinkCache();
        },
        undo: () => {
          store.limitBits(bitsBudgetBytes);
          caches.resize(caches.maxBytes);
        },
      }),
    search: (signal, run, deadlineMs = longestSearchWaitMs) => {
      const waitMs = Math.min(deadlineMs, longestSearchWaitMs);
      const asked = performance.now();
      const clock = currentClock();
      const inRoom: typeof run = () => {
        clock?.add("room", asked);
        return run();
      };
      return governor
        .amongFew({ what: "a search", bytes: searchBytes, signal, waitMs }, inRoom)
        .finally(() => relief.worked());
    },
    work: governedWork(governor, children),
    data: limitBytes === inGroup ? undefined : data,
    adjust: (said) => {
      adjustModels(said);
      policy = policyOf(said);
      governor.setPolicy(policy);
      const asked = limitOf(said);
      const bytes = asked && inData(inThisGroup(onThisMachine(asked)), data);
      if (bytes !== undefined && bytes !== governor.limitBytes) governor.setLimit(bytes);
    },
    close: () => {
      relief.close();
      governor.close();
    },
  };
}

/** The limit to name for a model that this one is too low for, bytes; undefined when it will do. */
export async function smallestFor(
  { governor, runtime }: CeilingGuard,
  model: LocatedModel,
  options: RuntimeOptions,
  environment: Environment,
): Promise<number | undefined> {
  if (governor === undefined || model.kind === "static") return undefined;
  const facts = await modelFactsOf(model, runtime(options), environment);
  const needed = smallestLimit(facts, governor.state().usedBytes);
  return governor.limitBytes >= needed ? undefined : nameable(needed);
}

/** The limit to name for two models at once, bytes; undefined when this one will do. */
export async function smallestForTwo(
  { governor, runtime }: CeilingGuard,
  models: readonly [LocatedModel, LocatedModel],
  options: RuntimeOptions,
  environment: Environment,
): Promise<number | undefined> {
  if (governor === undefined) return undefined;
  const factsOf = (model: LocatedModel) => modelFactsOf(model, runtime(options), environment);
  const [first, second] = await Promise.all([factsOf(models[0]), factsOf(models[1])]);
  const needed = smallestLimitOfTwo(first, second, governor.state().usedBytes);
  return governor.limitBytes >= needed ? undefined : nameable(needed);
}

/** What is used now differs a little from run to run: the value that is named has to work in the next one. */
function nameable(neededBytes: number): number {
  return Math.ceil((neededBytes * namedFactor) / 5e6) * 5e6;
}

/**
 * Refuses at once what cannot work.
 * @param advice what else can be done
 * @throws HaypileError HAYPILE_MEMORY_LIMIT, with the smallest limit that works
 */
export async function assertWorkable(
  guard: CeilingGuard,
  model: LocatedModel,
  options: RuntimeOptions,
  environment: Environment,
  advice = "",
): Promise<void> {
  const smallest = await smallestFor(guard, model, options, environment);
  const limitBytes = guard.governor?.limitBytes;
  if (smallest === undefined || limitBytes === undefined) return;
  if (guard.data !== undefined) throw lowDataLimit(guard.data, smallest, model.name);
  throw new HaypileError(
    "HAYPILE_MEMORY_LIMIT",
    `Expected a limit of at least ${mb(smallest)} MB for the model ${model.name} on this machine, but got ${mb(limitBytes)} MB. Use --max-memory ${Math.ceil(smallest / 1e6)}MB, or a smaller model such as "static". ${advice}`.trimEnd(),
    { data: { smallestBytes: smallest, limitBytes, model: model.name } },
  );
}

/** No waiting gives a model room that needs more than there is in all. */
function neverFits(
  name: string,
  { workers, tokensPerRun }: ModelFacts,
  bytes: number,
  limitBytes: number,
): HaypileError {
  return new HaypileError(
    "HAYPILE_MEMORY_LIMIT",
    `Expected a limit of memory for the model ${name} with ${workers} workers and ${tokensPerRun} tokens a run, which take about ${mb(bytes)} MB, but got ${mb(limitBytes)} MB. Use fewer --workers, less --tokens-per-run, or a larger --max-memory.`,
    { data: { bytes, limitBytes, workers, tokensPerRun, model: name } },
  );
}

function lowDataLimit(data: DataLimit, smallest: number, model: string): HaypileError {
  const smallestBytes = Math.ceil((data.reservedBytes + smallest) / 1.024e7) * 1.024e7;
  const jitless = !("WebAssembly" in globalThis)
    ? ""
    : ", or start with NODE_OPTIONS=--jitless, which needs half a gigabyte less and parses no files";
  return new HaypileError(
    "HAYPILE_MEMORY_LIMIT",
    `Expected "ulimit -d" of at least ${mb(smallestBytes)} MB for the model ${model} on this machine, of which Node reserves ${mb(data.reservedBytes)} MB without using it, but got ${mb(data.limitBytes)} MB. Use "ulimit -d ${Math.ceil(smallestBytes / 1024)}"${jitless}.`,
    { data: { smallestBytes, limitBytes: data.limitBytes, model } },
  );
}

/** What the models give up, step by step. @returns ends that; call it when the model is closed */
export function registerModels(
  governor: Governor,
  pool: ModelPool,
  embedder: LazyEmbedder<LoadedEmbedder>,
): () => void {
  const tune = (): void => {
    const loaded = embedder.loaded;
    if (loaded === undefined || !("tune" in loaded)) return;
    const { workers, tokensPerRun } = loaded.report();
    loaded.tune({
      workers: governor.isTaken("fewer workers") ? 1 : workers,
      tokensPerRun: governor.isTaken("smaller batches")
        ? Math.ceil(tokensPerRun / 4)
        : tokensPerRun,
    });
  };
  const steps: LadderStep[] = [
    { name: "smaller batches", take: tune, undo: tune },
    { name: "fewer workers", take: tune, undo: tune },
    { name: "idle models unloaded", take: () => pool.unloadIdle(), undo: () => {} },
  ];
  for (const name of ["reranker off", "static model for new text", "no new work"] as const) {
    // Their owners ask isTaken() when it matters.
    steps.push({ name, take: () => {}, undo: () => {} });
  }
  const ends = steps.map((step) => governor.register(step));
  return () => {
    for (const end of ends) end();
  };
}
