/*
 * What one process holds for all who ask: engines of many folders over the same models, the same limit of
 * memory and the same parse processes. A folder has one engine, however many clients it has.
 */
import { resolve } from "node:path";
import { checkOptions, checkTextArgument } from "../base/check-options.ts";
import { fileError, HaypileError } from "../base/errors.ts";
import { assertNodeVersion } from "../base/package/node-version.ts";
import { realPathOf } from "../base/paths/real-path.ts";
import { readEnvironment } from "../config/environment/env.ts";
import { projectState } from "../config/load.ts";
import { options as table } from "../config/options/options.ts";
import { secureOwnFolders } from "../config/places/own-folders.ts";
import { windowsCalls } from "../native/system.ts";
import type { ProcessFootprint } from "../ports/answers/daemon/ram.ts";
import type { FootprintReport } from "../ports/answers/footprint-report.ts";
import type { Memories } from "../ports/memories.ts";
import { underLimit } from "./ceiling/under-limit.ts";
import { type Configured, configure } from "./configure.ts";
import { Keeper } from "./disk/keeper.ts";
import type { Engine } from "./engine.ts";
import { assertNoRun } from "./index/reset.ts";
import { type MemoriesAccess, memoriesOfHome, noMemories } from "./memories/of-home.ts";
import { open } from "./open.ts";
import { homeShape, nearestShape } from "./option-shapes.ts";
import { asFootprint, lookAtProcess, processFootprint } from "./receipt/of-home.ts";
import { type SharedParts, shareParts } from "./shared-parts.ts";
import type { HomeOptions, Schedule } from "./types.ts";
import { tidyIndexes } from "./upkeep/tidy-indexes.ts";

type EngineOptions = Omit<HomeOptions, "memoriesDatabase"> & {
  database: string | undefined;
  renews: boolean;
};

interface Resident {
  engine: Promise<Engine>;
  opened: Engine | undefined;
  users: number;
  lastUseMs: number;
}

export class Home {
  readonly #options: EngineOptions;
  readonly #memories: Memories;
  readonly #memoriesAccess: MemoriesAccess;
  readonly #shared: SharedParts;
  readonly #residents = new Map<string, Resident>();
  /** Undefined: nothing is watched. @internal */
  readonly keeper: Keeper | undefined;
  /** Those whose options changed: their folders get another engine at the next call. */
  readonly #outdated = new WeakSet<Engine>();
  #clients: (() => number) | undefined;
  /** Of these, those that are told what calls go by now. */
  readonly #told = new WeakSet<Engine>();
  /** Engines that nobody used lately are closed when there are more than this. */
  #mostEngines: number;
  /** The file of the project that an engine was opened with. */
  readonly #projects = new WeakMap<Engine, string>();
  #closing: Promise<void> | undefined;

  /** Use openHome(). @internal */
  constructor(
    options: EngineOptions,
    shared: SharedParts,
    memories: Memories,
    keeper?: Keeper,
    memoriesAccess: MemoriesAccess = noMemories,
    mostEngines = table["index.open"].default as number,
  ) {
    this.#mostEngines = mostEngines;
    this.#options = options;
    this.keeper = keeper;
    this.#memoriesAccess = memoriesAccess;
    this.#shared = shared;
    this.#memories = memories;
  }

  /** The memories of the user; their database is opened at the first call. */
  get memories(): Memories {
    return this.#memories;
  }

  /**
   * Runs with the engine of a folder, which stays open at least until `run` is done.
   *
   * @param options nearest: take the index of the nearest folder above when the folder has none
   * @throws HaypileError as open()
   */
  async withEngine<T>(
    folder: string,
    run: (engine: Engine) => Promise<T> | T,
    options: { nearest?: boolean | undefined } = {},
  ): Promise<T> {
    checkTextArgument("engine()", "folder", folder);
    checkOptions("engine()", options, nearestShape);
    const resident = await this.#held(folder, options.nearest === true);
    try {
      return await run(await resident.engine);
    } finally {
      resident.users -= 1;
      resident.lastUseMs = performance.now();
      const { opened } = resident;
      if (this.#closing === undefined) {
        this.#closeLongUnused();
        if (opened !== undefined) this.keeper?.asked(opened);
      }
    }
  }

  /** The engine of a folder. Do not close it; it may be closed when many others were used since. */
  async engine(folder: string, options: { nearest?: boolean | undefined } = {}): Promise<Engine> {
    return await this.withEngine(folder, (engine) => engine, options);
  }

  /** Those that are open now. */
  engines(): Engine[] {
    return [...new Set(this.#residents.values())].flatMap(({ opened }) => opened ?? []);
  }

  /** Looks at the memory of this process now. @internal */
  look(): ReturnType<typeof lookAtProcess> {
    return lookAtProcess(this.#shared);
  }

  /** Says how many clients share this process. @internal */
  countClients(clients: (() => number) | undefined): void {
    this.#clients = clients;
  }

  /** Where the memory of this process is, all folders together. @internal */
  receipt(): ProcessFootprint {
    return processFootprint({
      shared: this.#shared,
      engines: this.engines().map((engine) => engine.share()),
      memories: this.#memoriesAccess.share(),
      clients: this.#clients?.(),
    });
  }

  /** The same, as an engine answers it. @internal */
  processReport(): FootprintReport {
    return asFootprint(this.receipt());
  }

  /**
   * Puts the indexes that are open in order, a step at a time.
   * @returns how many were; those that others are writing stay as they are
   * @internal
   */
  async tidyIndexes(signal: AbortSignal): Promise<number> {
    return await tidyIndexes(this.engines(), signal);
  }

  /** Makes the snapshot of the day where one is due of memories that this process wrote. @internal */
  async snapshotOfToday(): Promise<boolean> {
    return await this.#memoriesAccess.snapshotOfToday();
  }

  /**
   * Closes what is open of an index, after work in flight.
   * @param database its file
   * @throws HaypileError HAYPILE_DB_BUSY while a run is at work on it; then it stays open
   * @internal
   */
  async letGo(database: string): Promise<void> {
    const engines = [...new Set(this.#residents.values())].map(({ engine }) => engine);
    for (const opening of engines) {
      const engine = await opening.catch(() => undefined);
      if (engine?.facts().database !== database) continue;
      await this.keeper?.letGo(engine);
      await engine.disk.makeWay();
      assertNoRun(database);
      for (const [key, { opened }] of this.#residents) {
        if (opened === engine) this.#residents.delete(key);
      }
      await engine.close();
    }
    assertNoRun(database);
  }

  /**
   * Reads the user's file and the environment again, and goes by what can change while it runs: memory, models, how many
   * indexes stay open.
   * @param isOfIndexes options of indexes changed: each is opened anew for its next call, or for a later one where it is in use then
   * @throws HaypileError HAYPILE_CONFIG_INVALID; nothing was changed then
   * @internal
   */
  adjust(isOfIndexes: boolean): void {
    this.#assertOpen();
    const { database: _database, renews: _renews, ...given } = this.#options;
    const configured = configure(given, undefined, readEnvironment());
    this.#shared.ceiling.adjust(underLimit(configured));
    this.#mostEngines = mostEnginesOf(configured);
    this.#closeLongUnused();
    if (!isOfIndexes) return;
    for (const engine of this.engines()) this.#outdate(engine);
  }

  #outdate(engine: Engine): void {
    this.#outdated.add(engine);
    this.#told.delete(engine);
  }

  /** What the engines share. @internal */
  get shared(): SharedParts {
    return this.#shared;
  }

  /** Waits for work in flight, then closes all engines and frees what they share. A second call is harmless. */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #closeAll(): Promise<void> {
    const engines = [...this.#residents.values()].map(({ engine }) => engine);
    this.#residents.clear();
    await this.keeper?.close();
    const closed = engines.map(async (engine) => await (await engine).close());
    await Promise.allSettled([...closed, this.#memories.close()]);
    await this.#shared.close();
  }

  /** The resident of a folder, with one user more: nobody else's coming closes it. */
  async #held(folder: string, nearest: boolean): Promise<Resident> {
    this.#assertOpen();
    const path = resolve(folder);
    const real = await realPathOf(path).catch((error: unknown) => {
      throw fileError(error, `open the folder ${path}`);
    });
    this.#assertOpen();
    const key = `${nearest ? "nearest" : "own"} ${real}`;
    await this.#makeWayForNew(this.#residents.get(key));
    const known = this.#residents.get(key);
    // Where nothing was found above, there may be an index by now.
    const isStale = nearest && known?.opened?.hasIndex === false && known.users === 0;
    if (known !== undefined && !isStale) {
      // What is being opened may turn out to be another's engine: then the map names the one that stays.
      if (known.opened === undefined) await known.engine.catch(() => undefined);
      return heldOnce(this.#residents.get(key) ?? known);
    }
    const resident: Resident = {
      engine: this.#open(real, nearest),
      opened: undefined,
      users: 1,
      lastUseMs: performance.now(),
    };
    this.#residents.set(key, resident);
    try {
      const engine = await resident.engine;
      const isStill = isStale && known?.opened?.root === engine.root;
      const same = isStill ? known : this.#residentOf(engine.root, resident);
      if (same !== undefined) {
        // Still nothing above; or asked for by another folder inside it: one engine serves both.
        this.#residents.set(key, same);
        heldOnce(same);
        await engine.close();
        return same;
      }
      resident.opened = engine;
      this.#projects.set(engine, projectState(engine.root, readEnvironment()));
    } catch (error) {
      this.#residents.delete(key);
      throw error;
    }
    this.#closeLongUnused();
    return resident;
  }

  /**
   * Closes an engine with options of before. One in use, or at work, stays until a later call, but what calls do that do
   * not say otherwise is new at once.
   */
  async #makeWayForNew(resident: Resident | undefined): Promise<void> {
    const { opened, users } = resident ?? {};
    if (opened === undefined) return;
    const project = projectState(opened.root, readEnvironment());
    if (this.#projects.get(opened) !== project) this.#outdate(opened);
    this.#projects.set(opened, project);
    if (!this.#outdated.has(opened)) return;
    const isClosed =
      users === 0 &&
      (await this.letGo(opened.facts().database).then(
        () => true,
        () => false,
      ));
    if (isClosed || this.#told.has(opened)) return;
    const { database: _database, renews: _renews, ...given } = this.#options;
    opened.goBy(configure(given, opened.root, readEnvironment()));
    this.#told.add(opened);
  }

  #open(folder: string, nearest: boolean): Promise<Engine> {
    const { database, renews, ...options } = this.#options;
    const own = database === undefined ? {} : { database };
    return open({ ...options, ...own, folder, nearest }, this.#shared, renews);
  }

  #residentOf(root: string, except: Resident): Resident | undefined {
    return [...this.#residents.values()].find(
      (resident) => resident !== except && resident.opened?.root === root,
    );
  }

  #closeLongUnused(): void {
    const idle = [...new Set(this.#residents.values())]
      .filter(({ users, opened }) => users === 0 && opened !== undefined)
      .sort((a, b) => a.lastUseMs - b.lastUseMs);
    for (const resident of idle.slice(0, Math.max(0, idle.length - this.#mostEngines))) {
      for (const [key, other] of this.#residents) {
        if (other === resident) this.#residents.delete(key);
      }
      if (resident.opened !== undefined) void this.keeper?.letGo(resident.opened);
      resident.opened?.close().catch(() => undefined);
    }
  }

  #assertOpen(): void {
    if (this.#closing === undefined) return;
    throw new HaypileError("HAYPILE_CLOSED", "The home was closed before this call.");
  }
}

function heldOnce(resident: Resident): Resident {
  resident.users += 1;
  return resident;
}

/**
 * Opens what engines share; nothing heavy is loaded yet.
 * @param database file of the index, for a home that is asked of one folder only. Default: one per folder
 * @param renews the process lives on: vectors of an older format are made anew in the background
 * @param schedule runs vectors of watched projects when it is their turn. Default: at once
 * @param isScheduled somebody looks after memories: they collect nothing and make no snapshot by themselves
 * @throws HaypileError HAYPILE_NODE_TOO_OLD, HAYPILE_CONFIG_INVALID, HAYPILE_USAGE
 */
export async function openHome(
  given: HomeOptions = {},
  database?: string,
  renews = false,
  schedule?: Schedule,
  isScheduled?: () => boolean,
): Promise<Home> {
  assertNodeVersion();
  checkOptions("openHome()", given, homeShape);
  const environment = readEnvironment();
  secureOwnFolders(environment, windowsCalls);
  const { memoriesDatabase, watch, ...options } = given;
  const configured = configure(options, undefined, environment);
  const shared = shareParts(configured, environment);
  const { memories, access } = memoriesOfHome(
    { ...options, memoriesDatabase },
    { configured, shared, environment, isScheduled },
  );
  const keeper = watch === true ? keeperOf(configured, schedule) : undefined;
  const most = mostEnginesOf(configured);
  const ofHome = { ...options, database, renews };
  return new Home(ofHome, shared, memories, keeper, access, most);
}

function mostEnginesOf({ configuration: { settings } }: Configured<unknown>): number {
  return settings["index.open"].value as number;
}

/** Undefined where watching is turned off. */
function keeperOf(
  { configuration: { settings } }: Configured<unknown>,
  schedule: Schedule | undefined,
): Keeper | undefined {
  if (settings["watch.auto"].value !== true) return undefined;
  const projects = settings["watch.projects"].value as number;
  return new Keeper({ projects, idleMs: settings["watch.idle"].value as number, schedule });
}
