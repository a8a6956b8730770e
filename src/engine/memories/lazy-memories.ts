/*
 * Memories whose database is opened at the first call: a client that only searches code opens none, and a
 * damaged file is told to who asks for memories, and to nobody else.
 */
import { HaypileError } from "../../base/errors.ts";
import type { Memories } from "../../ports/memories.ts";
import { checkCall, memoryShapes } from "../option-shapes.ts";

type Call = (...args: unknown[]) => unknown;

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
    opening ??= open().catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
  const own: Pick<Memories, "export" | "close"> = {
    export: async function* (filter) {
      checkCall(memoryShapes, "export", [filter]);
      yield* (await opened()).export(filter);
    },
    close: async () => {
      isClosed = true;
      await (await opening?.catch(() => undefined))?.close();
    },
  };
  return new Proxy(own as Memories, {
    get: (target, name) => {
      if (name in target) return Reflect.get(target, name);
      // Not a promise itself: who awaits it gets it.
      if (typeof name !== "string" || name === "then") return undefined;
      return async (...args: unknown[]) => {
        checkCall(memoryShapes, name, args);
        const memories = (await opened()) as unknown as Record<string, Call>;
        return await memories[name]?.(...args);
      };
    },
  });
}
