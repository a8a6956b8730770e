/*
 * Memories whose database is opened at the first call: a client that only searches code opens none, and a
 * damaged file is told to who asks for memories, and to nobody else.
 */
import { HaypileError } from "../../base/errors.ts";
import { currentClock } from "../../base/stages.ts";
import { ask, checkCall, memoriesFromTable, memoryCalls } from "../../ports/calls.ts";
import type { Memories } from "../../ports/memories.ts";
import type { Snapshots } from "../snapshots/snapshots.ts";

/** Memories that can be found replaced: by a snapshot that was restored, or by another file at their path. */
export interface FollowedMemories extends Memories {
  readonly isReplaced: boolean;
}

/**
 * They are opened anew when they were replaced; what was begun on the old ones ends there.
 * @param open asked at the first call, and again after it failed
 * @param snapshots looked after without opening the memories, which may be damaged. Default: they are asked
 */
export function lazyMemories(
  open: () => Promise<FollowedMemories>,
  snapshots?: Pick<Snapshots, "calls" | "close">,
): Memories {
  let opening: Promise<FollowedMemories> | undefined;
  let isClosed = false;
  const retiring = new Set<Promise<void>>();
  const retire = (memories: FollowedMemories): void => {
    opening = undefined;
    const closing = memories.close().catch(() => undefined);
    retiring.add(closing);
    void closing.finally(() => retiring.delete(closing));
  };
  const begin = (): Promise<FollowedMemories> => {
    const clock = opening === undefined ? currentClock() : undefined;
    if (clock !== undefined) clock.facts.opened = "memories";
    opening ??= open().catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
  const opened = async (): Promise<FollowedMemories> => {
    assertOpen();
    const asked = begin();
    const memories = await asked;
    if (isClosed || !memories.isReplaced) return memories;
    // Of several who see it, the first retires them.
    if (opening === asked) retire(memories);
    assertOpen();
    return await begin();
  };
  const assertOpen = (): void => {
    if (!isClosed) return;
    throw new HaypileError("HAYPILE_CLOSED", "The memories were closed before this call.");
  };
  const all = memoriesFrom(opened, async () => {
    isClosed = true;
    await snapshots?.close();
    await (await opening?.catch(() => undefined))?.close();
    await Promise.all([...retiring]);
  });
  return { ...all, ...snapshots?.calls() };
}

/** Memories that every call asks for. @param close as that of Memories */
export function memoriesFrom(opened: () => Promise<Memories>, close: Memories["close"]): Memories {
  const run = async (name: string, args: readonly unknown[]): Promise<unknown> => {
    const asked = performance.now();
    const memories = await opened();
    currentClock()?.add("open", asked);
    try {
      return await ask(memories, name, args);
    } catch (error) {
      // They were replaced while it waited for its turn to write, and nothing was written: it is asked of the new ones.
      const isReplaced = HaypileError.isInstance(error) && error.data.isReplaced === true;
      const others = isReplaced ? await opened() : memories;
      if (others === memories) throw error;
      return ask(others, name, args);
    }
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
