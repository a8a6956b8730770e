/* Puts indexes in order while nobody asks for anything: small steps, and after each the signal may end it. */
import { HaypileError } from "../../base/errors.ts";
import { yieldToEventLoop } from "../../base/yield.ts";
import type { IndexStore } from "../../ports/store.ts";
import { runAtWork } from "../index/run-note.ts";

interface Tidied {
  readonly hasIndex: boolean;
  tidy(signal: AbortSignal): Promise<boolean>;
}

/**
 * What others write, or have taken away meanwhile, stays as it is.
 * @returns how many are in order now
 * @throws what came of those that could not be tidied, after the others
 */
export async function tidyIndexes(
  engines: readonly Tidied[],
  signal: AbortSignal,
): Promise<number> {
  let tidied = 0;
  const failures: unknown[] = [];
  for (const engine of engines) {
    if (signal.aborted) break;
    if (!engine.hasIndex) continue;
    try {
      if (await engine.tidy(signal)) tidied += 1;
    } catch (error) {
      const isTheirs =
        HaypileError.isInstance(error) &&
        ["HAYPILE_DB_BUSY", "HAYPILE_CLOSED", "HAYPILE_NOT_INDEXED"].includes(error.code);
      if (!isTheirs) failures.push(error);
    }
  }
  if (failures.length > 1) {
    throw new AggregateError(failures, failures.map(messageOf).join(" "));
  }
  if (failures.length === 1) throw failures[0];
  return tidied;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** @returns whether it came to its end; a run at work tidies up by itself */
export async function tidyStore(store: IndexStore, signal: AbortSignal): Promise<boolean> {
  if (runAtWork(store) !== undefined) return false;
  for (const _ of store.optimizeInSteps()) {
    if (signal.aborted) return false;
    await yieldToEventLoop();
  }
  return true;
}
