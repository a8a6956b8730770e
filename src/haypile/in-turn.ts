/*
 * Haypile as one client of many sees it: its long calls stand in their lanes, and clients take turns. Which lane a
 * call stands in is in the table (ports/calls.ts).
 */
import {
  ask,
  type Call,
  codeFromTable,
  doorFromTable,
  memoriesFromTable,
  memoryCalls,
} from "../ports/calls.ts";
import type { Haypile } from "../ports/haypile.ts";
import type { Lanes } from "./lanes.ts";
import type { Teller } from "./telling.ts";

/**
 * @param client whose turn its calls take
 * @param teller tells what they do; default: nobody is told
 * @returns calls throw HAYPILE_OVERLOADED besides, when too many wait. It does not close what it stands before.
 */
export function inTurn(haypile: Haypile, lanes: Lanes, client: string, teller?: Teller): Haypile {
  const run = (call: Call, args: readonly unknown[], work: Work): Promise<unknown> => {
    if (call.lane === "none") return work(args);
    const askedAt = performance.now();
    const inItsTurn = (): Promise<unknown> => work(withTimeTaken(args, askedAt));
    return lanes.run(call.lane, client, inItsTurn, signalOf(args));
  };
  const { memories } = haypile;
  const nothing = async (): Promise<void> => undefined;
  return {
    code: (folder, options) => {
      const code = haypile.code(folder, options);
      return codeFromTable((name, call, args) => {
        const work: Work = async (left) => await ask(code, name, left);
        return run(
          call,
          args,
          (left) => teller?.code(folder, name, call, left, work) ?? work(left),
        );
      });
    },
    ...doorFromTable((name, call, args) =>
      run(call, args, async (left) => await ask(haypile, name, left)),
    ),
    memories: memoriesFromTable(
      (name, call, args) => {
        const work: Work = async (left) => await ask(memories, name, left);
        return run(call, args, (left) => teller?.memories(name, call, left, work) ?? work(left));
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

function signalOf(args: readonly unknown[]): AbortSignal | undefined {
  for (const arg of args) {
    if (typeof arg === "object" && arg !== null && "signal" in arg) {
      const { signal } = arg;
      if (signal instanceof AbortSignal) return signal;
    }
  }
  return undefined;
}
