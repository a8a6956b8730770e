/*
 * Haypile as one client of many sees it: its long calls stand in their lanes, and clients take turns. Which lane a
 * call stands in is in the table (ports/calls.ts).
 */
import { type StageClock, byClock as underClock } from "../base/stages.ts";
import {
  ask,
  type Call,
  codeFromTable,
  doorFromTable,
  memoriesFromTable,
  memoryCalls,
} from "../ports/calls.ts";
import type { Haypile } from "../ports/haypile.ts";
import { signalOf, withSignal } from "./asked-runs.ts";
import type { Lanes } from "./lanes.ts";
import type { Teller } from "./telling.ts";
import { atWork, isWatched, type OnCall, watchCall } from "./watched-call.ts";

/** Who is told of what a client does; default: nobody. */
export interface Told {
  /** Of progress, and of memories that changed. */
  teller?: Teller | undefined;
  /** Of every call that somebody waited for, when it is over. */
  onCall?: OnCall | undefined;
}

/**
 * @param client whose turn its calls take
 * @returns calls throw HAYPILE_OVERLOADED besides, when too many wait. It does not close what it stands before.
 */
export function inTurn(
  haypile: Haypile,
  lanes: Lanes,
  client: string,
  { teller, onCall }: Told = {},
): Haypile {
  const take = (
    call: Call,
    args: readonly unknown[],
    work: Work,
    onTurn?: (askedAt: number) => void,
  ): Promise<unknown> => {
    if (call.lane === "none") return work(args);
    const askedAt = performance.now();
    const inItsTurn = (): Promise<unknown> => {
      onTurn?.(askedAt);
      return work(withTimeTaken(args, askedAt));
    };
    return lanes.run(call.lane, client, inItsTurn, signalOf(args));
  };
  const run = (
    name: string,
    call: Call,
    args: readonly unknown[],
    work: Work,
    folder?: string,
  ): Promise<unknown> => {
    if (onCall === undefined || !isWatched(call)) return take(call, args, work);
    const ahead = call.lane === "none" ? 0 : lanes.ahead(call.lane);
    const byClock = (clock: StageClock): Promise<unknown> =>
      take(
        call,
        args,
        // The lane starts it where another call ended: it is put under its own clock again.
        (left) => underClock(clock, () => atWork(name, clock, () => work(left))),
        (askedAt) => {
          clock.add("turn", askedAt);
          clock.facts.ahead = ahead;
        },
      );
    return watchCall({ name, call, folder, args }, byClock, onCall);
  };
  const { memories } = haypile;
  const nothing = async (): Promise<void> => undefined;
  return {
    code: (folder, options) => {
      const code = haypile.code(folder, options);
      return codeFromTable((name, call, args) => {
        const work: Work = async (left) => await ask(code, name, left);
        const told: Work = (left) => teller?.code(folder, name, call, left, work) ?? work(left);
        const index = async (): Promise<string> => (await code.facts()).database;
        if (call.runs === "end") return lanes.runs.stopAll(index, () => work(args));
        if (call.runs !== "begin") return run(name, call, args, told, folder);
        const asked = (signal: AbortSignal): Promise<unknown> =>
          run(name, call, withSignal(args, signal), told, folder);
        return lanes.runs.with(index, signalOf(args), asked);
      });
    },
    ...doorFromTable((name, call, args) =>
      run(name, call, args, async (left) => await ask(haypile, name, left), folderIn(call, args)),
    ),
    memories: memoriesFromTable(
      (name, call, args) => {
        const work: Work = async (left) => await ask(memories, name, left);
        const told: Work = (left) => teller?.memories(name, call, left, work) ?? work(left);
        return run(name, call, args, told);
      },
      {
        export: (filter) => memories.export(filter),
        import: async (lines, options) => {
          const work = (): ReturnType<typeof memories.import> => memories.import(lines, options);
          const result = await lanes.run(memoryCalls.import.lane, client, work);
          teller?.changed("import", [], result);
          return result;
        },
        openImport: async (options) => {
          const work = (): ReturnType<typeof memories.openImport> => memories.openImport(options);
          const importing = await lanes.run(memoryCalls.openImport.lane, client, work);
          return teller?.imported("import", importing) ?? importing;
        },
        close: nothing,
      },
    ),
    close: nothing,
    [Symbol.asyncDispose]: nothing,
  };
}

/** The folder that a record of options names. */
function folderIn({ inFolder }: Call, args: readonly unknown[]): string | undefined {
  if (inFolder !== true) return undefined;
  const said = args.find((arg): arg is { folder: unknown } => isRecord(arg) && "folder" in arg);
  return typeof said?.folder === "string" ? said.folder : undefined;
}

function isRecord(arg: unknown): arg is object {
  return typeof arg === "object" && arg !== null;
}

type Work = (args: readonly unknown[]) => Promise<unknown>;

/** A deadline counts from when it was asked for, not from when its turn came. */
function withTimeTaken(args: readonly unknown[], askedAt: number): unknown[] {
  return args.map((arg) => {
    if (typeof arg !== "object" || arg === null || !("deadlineMs" in arg)) return arg;
    const { deadlineMs } = arg;
    if (typeof deadlineMs !== "number") return arg;
    const left = Math.floor(deadlineMs - (performance.now() - askedAt));
    return { ...arg, deadlineMs: Math.max(1, left) };
  });
}
