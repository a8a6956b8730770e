/*
 * Memories whose database is opened at the first call: a client that only searches code opens none, and a
 * damaged file is told to who asks for memories, and to nobody else.
 */
import { HaypileError } from "../../base/errors.ts";
import { currentClock } from "../../base/stages.ts";
import { ask, checkCall, memoriesFromTable, memoryCalls } from "../../ports/calls.ts";
import type { Memories } from "../../ports/memories.ts";

/** @param open asked at the first call, and again after it failed */
export function lazyMemories(open: () => Promise<Memories>): Memories {
  let opening: Promise<Memories> | undefined;
  let isClosed = false;
  const opened = (): Promise<Memories> => {
    if (isClosed) {
      const error = new HaypileError(
        "HAYPILE_CLOSED",
        "The memories were closed before this call.",
      );
      return Promise.reject(error);
    }
    const clock = opening === undefined ? currentClock() : undefined;
    if (clock !== undefined) clock.facts.opened = "memories";
    opening ??= open().catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
  return memoriesFrom(opened, async () => {
    isClosed = true;
    await (await opening?.catch(() => undefined))?.close();
  });
}

/** Memories that every call asks for. @param close as that of Memories */
export function memoriesFrom(opened: () => Promise<Memories>, close: Memories["close"]): Memories {
  const run = async (name: string, args: readonly unknown[]): Promise<unknown> => {
    const asked = performance.now();
    const memories = await opened();
    currentClock()?.add("open", asked);
    return ask(memories, name, args);
  };
  return memoriesFromTable((name, _, args) => run(name, args), {
    export: async function* (filter) {
      checkCall(memoryCalls, "export", [filter]);
      yield* (await opened()).export(filter);
    },
    import: async (lines, options) => {
      checkCall(memoryCalls, "import", [lines, options]);
      return await (await opened()).import(lines, options);
    },
    openImport: async (options) => {
      checkCall(memoryCalls, "openImport", [options]);
      return await (await opened()).openImport(options);
    },
    close,
  });
}
