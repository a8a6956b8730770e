/*
 * What faces of the daemon work on, and the same with every long call in its lane. Home of src/engine is a
 * Backend.
 */
import type { Engine } from "../engine/engine.ts";
import type { Memories, MemoryFilter } from "../ports/memories.ts";
import type { Lane, Lanes } from "./lanes.ts";

export interface Backend {
  /** Runs with the engine of a folder, which stays open at least until `run` is done. */
  withEngine<T>(
    folder: string,
    run: (engine: Engine) => Promise<T> | T,
    options?: { nearest?: boolean },
  ): Promise<T>;
  engines(): Engine[];
  /** Opened at first use. */
  readonly memories: Memories;
}

type Call = (...args: unknown[]) => unknown;

/** Calls of an engine that run long enough to stand in a lane; the others answer at once. */
const engineLanes: Readonly<Record<string, Lane>> = {
  index: "background",
  search: "interactive",
  why: "interactive",
};

/** Calls of Memories that are not promises: a list of lines is read as it is asked for. */
const withoutLane = new Set(["export", "close"]);
const longMemoryCalls = new Set(["import"]);

/** The engine, its long calls in their lanes. */
export function engineInLanes(engine: Engine, lanes: Lanes, client: string): Engine {
  return inLanes(engine, (name) => engineLanes[name], lanes, client);
}

/**
 * The engine of a folder for a caller that keeps it: each long call holds it open, and opens it again when it
 * was closed because nobody used it. @throws HaypileError as Backend.withEngine()
 */
export async function keptEngine(
  backend: Backend,
  lanes: Lanes,
  client: string,
  folder: string,
  options?: { nearest?: boolean },
): Promise<Engine> {
  const first = await backend.withEngine(folder, (engine) => engine, options);
  const held = (name: string, args: unknown[]): Promise<unknown> =>
    backend.withEngine(
      folder,
      (engine) => (engine as unknown as Record<string, Call>)[name]?.(...args),
      options,
    );
  return inLanes(first, (name) => engineLanes[name], lanes, client, held);
}

/** The memory service, its calls in their lanes. */
export function memoriesInLanes(memories: Memories, lanes: Lanes, client: string): Memories {
  const laneOf = (name: string): Lane | undefined => {
    if (withoutLane.has(name)) return undefined;
    return longMemoryCalls.has(name) ? "background" : "interactive";
  };
  return inLanes(memories, laneOf, lanes, client);
}

/** The backend as one client sees it. */
export function inLanesOf(backend: Backend, lanes: Lanes, client: string): Backend {
  return {
    withEngine: (folder, run, options) =>
      backend.withEngine(folder, (engine) => run(engineInLanes(engine, lanes, client)), options),
    engines: () => backend.engines(),
    get memories() {
      return memoriesInLanes(backend.memories, lanes, client);
    },
  };
}

/** A backend that is opened by the first call that needs it: a list of tools needs none. */
export function openedWhenNeeded(
  open: () => Promise<Backend>,
  opened: () => Backend | undefined,
): Backend {
  const memories = new Proxy({} as Memories, {
    get: (_, name) => {
      // What is awaited is asked for "then".
      if (typeof name !== "string" || name === "then") return undefined;
      const of = async (): Promise<Record<string, Call>> =>
        (await open()).memories as unknown as Record<string, Call>;
      if (name === "export") {
        return async function* (...args: unknown[]): AsyncGenerator<string> {
          yield* (await open()).memories.export(args[0] as MemoryFilter | undefined);
        };
      }
      return async (...args: unknown[]) => {
        const all = await of();
        return await all[name]?.(...args);
      };
    },
  });
  return {
    withEngine: async (folder, run, options) =>
      await (await open()).withEngine(folder, run, options),
    engines: () => opened()?.engines() ?? [],
    memories,
  };
}

function inLanes<T extends object>(
  target: T,
  laneOf: (name: string) => Lane | undefined,
  lanes: Lanes,
  client: string,
  run?: (name: string, args: unknown[]) => unknown,
): T {
  return new Proxy(target, {
    get: (_, name) => {
      // The receiver is the object itself: its private fields are not those of a proxy.
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      const call = (value as Call).bind(target);
      const lane = typeof name === "string" ? laneOf(name) : undefined;
      if (lane === undefined) return call;
      return (...args: unknown[]) => {
        const askedAt = performance.now();
        const work = (): unknown => {
          const left = withTimeTaken(args, performance.now() - askedAt);
          return run === undefined ? call(...left) : run(String(name), left);
        };
        return lanes.run(lane, client, work, signalOf(args));
      };
    },
  });
}

/** A deadline counts from when it was asked for, not from when its turn came. */
function withTimeTaken(args: readonly unknown[], ms: number): unknown[] {
  return args.map((arg) => {
    if (typeof arg !== "object" || arg === null || !("deadlineMs" in arg)) return arg;
    const { deadlineMs } = arg;
    return typeof deadlineMs === "number"
      ? { ...arg, deadlineMs: Math.max(1, Math.floor(deadlineMs - ms)) }
      : arg;
  });
}

function signalOf(args: readonly unknown[]): AbortSignal | undefined {
  for (const arg of args) {
    if (typeof arg === "object" && arg !== null && "signal" in arg) {
      const { signal } = arg as { signal?: unknown };
      if (signal instanceof AbortSignal) return signal;
    }
  }
  return undefined;
}
