/* What can be done to memories, each with its way back, which is told beside it. */
import type { ForgetResult } from "../../../../src/ports/answers/memory-reports.ts";
import type {
  ForgetPreview,
  Memory,
  MemoryFilter,
  MemorySeen,
} from "../../../../src/ports/memories.ts";
import { ask } from "../../api/client.ts";
import { counted } from "../../parts/format.ts";
import { tell } from "../../parts/toasts.tsx";
import { readable } from "../../parts/use-answer.ts";

/** Told after a change of this page, so that what shows memories asks anew: the daemon tells the others. */
const listeners = new Set<() => void>();

export function onOwnChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Does something, tells what was done with a way back, or what went wrong. @returns undefined where it failed */
export async function attempt<Answer>(
  work: () => Promise<Answer>,
  said: string | ((answer: Answer) => string),
  undo?: (answer: Answer) => Promise<unknown>,
): Promise<Answer | undefined> {
  try {
    const answer = await work();
    const text = typeof said === "string" ? said : said(answer);
    if (undo === undefined) tell(text);
    else tell(text, () => void attempt(() => undo(answer), "Undone."));
    for (const listener of [...listeners]) listener();
    return answer;
  } catch (error) {
    tell(readable(error).message);
    return undefined;
  }
}

/** What of it can be edited. */
export type Edited = MemorySeen;

export async function edit(id: string, change: Edited, was: Edited): Promise<Memory> {
  return await ask<Memory>("memories/update", { id, ...change, was });
}

/** @returns false where it failed */
export async function pin(memory: Memory): Promise<boolean> {
  const { id, pinned } = memory;
  const [change, was] = [{ pinned: !pinned }, { pinned }];
  const done = await attempt(
    () => edit(id, change, was),
    pinned ? "No longer pinned." : "Pinned: it is never collected.",
    () => edit(id, was, change),
  );
  return done !== undefined;
}

export async function forget(id: string): Promise<boolean> {
  const done = await attempt(
    () => ask<ForgetResult>("memories/forget", { id }),
    "Forgotten.",
    () => ask("memories/undelete", { id }),
  );
  return done !== undefined;
}

export async function preview(filter: MemoryFilter): Promise<ForgetPreview> {
  return await ask<ForgetPreview>("memories/forgetWhere", { ...filter });
}

export async function forgetAll(filter: MemoryFilter, confirm: string): Promise<boolean> {
  const done = await attempt(
    () => ask<ForgetResult>("memories/forgetWhere", { ...filter, confirm }),
    ({ deleted }) => `Forgot ${counted(deleted, "memory", "memories")}.`,
    ({ at }) => ask("memories/undeleteAt", { at }),
  );
  return done !== undefined;
}

export async function merge(ids: readonly string[], text: string | undefined) {
  return await attempt(
    () => ask<Memory>("memories/merge", { ids, ...(text !== undefined && { text }) }),
    `Merged ${ids.length} memories.`,
    ({ id }) => ask("memories/unmerge", { id }),
  );
}

export async function dismiss(id: string, other: string): Promise<boolean> {
  const done = await attempt(
    async () => {
      await ask("memories/dismiss", { id, other });
      return true;
    },
    "They are no duplicates: the pair does not come again.",
    () => ask("memories/dismiss", { id, other, undo: true }),
  );
  return done !== undefined;
}

export async function verify(id: string): Promise<boolean> {
  const done = await attempt(
    () => ask<Memory>("memories/verify", { id }),
    "Said to be true of the code as it is now.",
  );
  return done !== undefined;
}

export async function bringBack(id: string): Promise<boolean> {
  const done = await attempt(
    () => ask<Memory>("memories/undelete", { id }),
    "It is back.",
    () => ask("memories/forget", { id }),
  );
  return done !== undefined;
}
