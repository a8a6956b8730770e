/* Haypile in this process. Every call runs while its engine is held open, so nothing is asked of a closed one. */
import { checkOptions, checkTextArgument } from "../base/check-options.ts";
import { HaypileError } from "../base/errors.ts";
import { currentClock, timed } from "../base/stages.ts";
import { readEnvironment } from "../config/environment/env.ts";
import type { Engine } from "../engine/engine.ts";
import type { Home } from "../engine/home.ts";
import { memoriesFrom } from "../engine/memories/lazy-memories.ts";
import type { HomeOptions } from "../engine/types.ts";
import type { FootprintWatcher, ProcessFootprint } from "../ports/answers/daemon/ram.ts";
import type { EngineStatus, KnownIndex } from "../ports/answers/index-facts.ts";
import {
  type Answers,
  ask,
  type Call,
  checkCall,
  codeFromTable,
  doorCalls,
} from "../ports/calls.ts";
import type { CodeIndex, Haypile } from "../ports/haypile.ts";
import { AskedRuns, signalOf, withSignal } from "./asked-runs.ts";

/** What its owner can do besides. */
export interface HaypileHere extends Haypile {
  /** Opens what the first call would open. @throws HaypileError as openHome() of "haypile" */
  prepare(): Promise<void>;
  /** Engines that are open now. */
  readonly engineCount: number;
  /** New vectors of an index are being made. */
  readonly isMigrating: boolean;
  /** Tells every look at the memory of this process to whoever watches, from when a limit is known. */
  watchFootprint(watcher: FootprintWatcher): void;
  /** Looks at the memory of this process now; nothing is opened for it. */
  lookAtFootprint(): { ownBytes: number; childBytes: number };
  /** The receipt of this process, all folders together; undefined while nothing is open. Takes milliseconds. */
  processReceipt(): ProcessFootprint | undefined;
  /** Says how many clients share this process, for its receipt. */
  countClients(clients: () => number): void;
  /** The limit of memory, and what counts against it, bytes; undefined without a limit, and before the first call. */
  readonly limit: LimitKept | undefined;
  /** Puts indexes that are open in order, until the signal ends it. @returns how many were */
  tidyIndexes(signal: AbortSignal): Promise<number>;
  /** Makes the snapshot of the day where one is due of memories that this process wrote. @returns whether one was made */
  snapshotOfToday(): Promise<boolean>;
  /**
   * What is open goes by the options as they are now in the user's file.
   * @param isOfIndexes options of indexes changed
   * @returns whether a limit of memory is kept, so that another one can be; undefined: nothing is open, and what will be
   *   reads them then
   * @throws HaypileError HAYPILE_CONFIG_INVALID; nothing was changed then
   */
  adjust(isOfIndexes: boolean): { isLimited: boolean } | undefined;
  /** Says when vectors of watched projects are made; until then, at once. */
  scheduleBy(schedule: Schedule): void;
  /** Memories collect nothing and make no snapshot by themselves while this says true: somebody looks after them. */
  lookedAfter(isScheduled: () => boolean): void;
}

interface LimitKept {
  limitBytes: number;
  usedBytes: number;
  /** Shares of the limit. */
  marks: { target: number; warning: number; critical: number };
}

/** Runs long work when it is its turn; its signal ends it when others wait. */
export type Schedule = (work: (signal?: AbortSignal) => Promise<void>) => Promise<void>;

/** As for openHome() of "haypile"; `database` is the file of an index, for who asks of one folder only. */
export type HereOptions = HomeOptions & {
  database?: string | undefined;
  /** This process lives on: vectors of an older format are made anew in the background. Default false. */
  renews?: boolean | undefined;
};

/**
 * Nothing is opened or imported until the first call.
 *
 * @returns its first call throws HAYPILE_NODE_TOO_OLD, HAYPILE_CONFIG_INVALID and HAYPILE_USAGE of these options
 */
export function openHere(options: HereOptions = {}): HaypileHere {
  const { database, renews, ...ofHome } = options;
  return haypileOver(async (schedule, isScheduled) => {
    const { openHome } = await import("../engine/home.ts");
    return await openHome(ofHome, database, renews, schedule, isScheduled);
  });
}

/** @param open asked at the first call, and again after it failed: a file may have been put right */
export function haypileOver(
  open: (schedule: Schedule, isScheduled: () => boolean) => Promise<Home>,
): HaypileHere {
  let schedule: Schedule = (work) => work();
  let isScheduled = (): boolean => false;
  let opening: Promise<Home> | undefined;
  let opened: Home | undefined;
  const runs = new AskedRuns();
  let watcher: FootprintWatcher | undefined;
  let clients: (() => number) | undefined;
  let closing: Promise<void> | undefined;
  const home = async (): Promise<Home> => {
    if (closing !== undefined) {
      throw new HaypileError("HAYPILE_CLOSED", "Haypile was closed before this call.");
    }
    opening ??= open(
      (work) => schedule(work),
      () => isScheduled(),
    ).then(
      (one) => {
        opened = one;
        one.countClients(clients);
        if (watcher !== undefined) one.shared.ceiling.governor?.watch(watcher);
        return one;
      },
      (error: unknown) => {
        opening = undefined;
        throw error;
      },
    );
    return await opening;
  };
  const close = (): Promise<void> => {
    closing ??= (async () => {
      await (await opening?.catch(() => undefined))?.close();
    })();
    return closing;
  };
  const letGo = async (database: string): Promise<void> => {
    await (await opening?.catch(() => undefined))?.letGo(database);
  };
  // Closed with the rest.
  const memories = memoriesFrom(
    async () => (await home()).memories,
    async () => undefined,
  );
  return {
    code: (folder, options = {}) => codeOf(home, runs, folder, options),
    ask: async (query, options) => {
      const { askBoth } = await import("./ask/ask.ts");
      const code: Haypile["code"] = (folder) => codeOf(home, runs, folder, {});
      return await askBoth({ code, memories }, query, options);
    },
    indexes: async (options) => {
      checkCall(doorCalls, "indexes", [options]);
      const { listIndexes } = await import("../engine/index/indexes.ts");
      return (await listIndexes(undefined, options)).map((index) => asWatched(index, opened));
    },
    removeIndex: async (options) => {
      checkCall(doorCalls, "removeIndex", [options]);
      const { removeNamed } = await import("../engine/index/prune.ts");
      return await removeNamed(options, letGo);
    },
    prune: async (options = {}) => {
      checkCall(doorCalls, "prune", [options]);
      const { pruneIndexes } = await import("../engine/index/prune.ts");
      return await pruneIndexes(options, letGo);
    },
    openFolders: async () => (opened === undefined ? [] : foldersOf(opened)),
    memories,
    prepare: async () => void (await home()),
    get engineCount() {
      return opened?.engines().length ?? 0;
    },
    get isMigrating() {
      return opened?.engines().some((engine) => engine.isMigrating) ?? false;
    },
    watchFootprint: (one) => {
      watcher = one;
      opened?.shared.ceiling.governor?.watch(one);
    },
    lookAtFootprint: () => opened?.look() ?? { ownBytes: process.memoryUsage.rss(), childBytes: 0 },
    processReceipt: () => opened?.receipt(),
    countClients: (count) => {
      clients = count;
      opened?.countClients(count);
    },
    get limit() {
      return opened?.shared.ceiling.governor?.state();
    },
    tidyIndexes: async (signal) => (await opened?.tidyIndexes(signal)) ?? 0,
    snapshotOfToday: async () => (await opened?.snapshotOfToday()) === true,
    adjust: (isOfIndexes) => {
      if (opened === undefined || closing !== undefined) return undefined;
      opened.adjust(isOfIndexes);
      return { isLimited: opened.shared.ceiling.governor !== undefined };
    },
    scheduleBy: (said) => {
      schedule = said;
    },
    lookedAfter: (said) => {
      isScheduled = said;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function codeOf(
  home: () => Promise<Home>,
  runs: AskedRuns,
  folder: string,
  options: { nearest?: boolean | undefined },
): CodeIndex {
  checkTextArgument("code()", "folder", folder);
  checkOptions("code()", options, { nearest: "boolean" });
  const { nearest = true } = options;
  const held = (engine: Engine): Answers<CodeIndex> => engine;
  const carryOut = async (
    name: string,
    { asksDisk, isOfProcess }: Call,
    args: readonly unknown[],
  ): Promise<unknown> => {
    const asked = performance.now();
    const at = await home();
    const { keeper } = at;
    const run = async (engine: Engine): Promise<unknown> => {
      currentClock()?.add("open", asked);
      const answer = (): unknown => ask(held(engine), name, args);
      // A commit is as it is, whatever the disk is like.
      if (isOfPast(args)) return await answer();
      if (asksDisk === "always") return await engine.disk.ask(answer);
      // A search waits for no look at the disk where nobody keeps the index up to date: it compares its hits.
      if (asksDisk === "watched" && keeper?.has(engine) === true) await engine.disk.freshen();
      if (isOfProcess === true) return at.processReport();
      const found = await answer();
      if (name !== "status") return found;
      const { reportStores } = await import("../engine/store/store-states.ts");
      const stores = await reportStores(readEnvironment(), engine.configuration);
      const watched = keeper?.watched(engine);
      return {
        ...(found as EngineStatus),
        watched,
        stores: stores.length > 0 ? stores : undefined,
      };
    };
    return await at.withEngine(folder, run, { nearest });
  };
  const index = async (): Promise<string> =>
    await (await home()).withEngine(folder, (engine) => engine.facts().database, { nearest });
  return codeFromTable(async (name, call, args) => {
    if (call.runs === "begin") {
      const run = (signal: AbortSignal): Promise<unknown> =>
        carryOut(name, call, withSignal(args, signal));
      return await runs.with(index, signalOf(args), run);
    }
    if (call.runs === "end") return await runs.stopAll(index, () => carryOut(name, call, args));
    // An index run has a clock of its own, and a search inside it is none of it.
    return call.asksDisk === undefined
      ? await carryOut(name, call, args)
      : await timed(() => carryOut(name, call, args));
  });
}

/** The options of a question name a revision. */
function isOfPast(args: readonly unknown[]): boolean {
  const options = args.find((one) => typeof one === "object" && one !== null);
  return options !== undefined && (options as { at?: unknown }).at !== undefined;
}

/** With how it is kept up to date, where this process does that. */
function asWatched(index: KnownIndex, home: Home | undefined): KnownIndex {
  const engine = home?.engines().find((one) => one.facts().database === index.database);
  const watched = engine && home?.keeper?.watched(engine);
  return watched === undefined ? index : { ...index, watched };
}

/** Folders with an index that is open: an engine that is open need not have one, asking for it opens it. */
function foldersOf(home: Home): string[] {
  const roots = home.engines().filter(({ hasIndex }) => hasIndex);
  return [...new Set(roots.map(({ root }) => root))];
}
