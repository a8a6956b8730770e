/*
 * One migration of a file, an index or that of the memories: by a lock of its own beside the file, so that all other
 * work goes on. Whoever asks for the one that another process is at waits with it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { abortedError, throwIfAborted } from "../../base/abort.ts";
import { HaypileError } from "../../base/errors.ts";
import { isSameModel, type ModelName } from "../../base/model-name.ts";
import type {
  MigrateCallOptions,
  MigrationResult,
  MigrationStatus,
} from "../../ports/answers/migration.ts";
import type { IndexLock, NextVectors, VectorRight } from "../../ports/store.ts";
import type { MigratedFile } from "./migrated-file.ts";
import { Progress } from "./progress.ts";
import type { MigrationTarget } from "./target.ts";

/** How often it is looked whether another process is done. */
export const lookEveryMs = 250;

export interface RunOptions extends MigrateCallOptions {
  /** The owner is being closed: what is stopped by it goes on by itself later. */
  closing: AbortSignal;
  /** Wait for another process that is at it, and tell how far it is. */
  joins: boolean;
}

/**
 * @param target undefined: the vectors are of it already
 * @throws HaypileError HAYPILE_ABORTED, HAYPILE_DB_BUSY, and as `make`
 */
export async function runMigration(
  file: MigratedFile,
  target: MigrationTarget | undefined,
  options: RunOptions,
): Promise<MigrationResult> {
  const startedAt = performance.now();
  const signals = [options.closing, options.signal].filter((one) => one !== undefined);
  const signal = AbortSignal.any(signals);
  const from = file.model();
  const ended = (state: MigrationResult["state"], embedded = 0): MigrationResult => {
    const totalMs = performance.now() - startedAt;
    return { state, from, to: target?.to ?? from, vectors: file.vectors(), embedded, totalMs };
  };
  if (target === undefined) return ended("current");
  for (;;) {
    throwIfAborted(signal, "Renewing vectors");
    const lock = tryLock(file, target.to, options.joins);
    if (lock === "elsewhere") return ended("elsewhere");
    if (lock === "beginning") {
      await pause(signal);
      await file.follow();
      const there = file.model();
      if (there !== undefined && isSameTarget(there, target.to)) return ended("done");
      continue;
    }
    if (lock === undefined) {
      if (await watchOther(file, options, signal)) return ended("done");
      continue;
    }
    let progress: Progress | undefined;
    try {
      // A migration is only noted with a model that works.
      if (file.next.state() === undefined) {
        await target.embedder.embed(["Where the memory goes."], { kind: "query", signal });
      }
      await file.next.begin(target.to, target.folder);
      const begun = (): void => {
        progress = new Progress(file, file.serving(), options.onProgress);
      };
      const stored = (count: number): void => progress?.stored(count);
      const isWhole = await file.make(target, { signal, begun, stored });
      return ended(isWhole ? "done" : "short", progress?.embedded);
    } catch (error) {
      if (options.signal?.aborted === true && !options.closing.aborted) await file.next.stop();
      throw error;
    } finally {
      lock.release();
    }
  }
}

/** Forgets the new vectors. @throws HaypileError HAYPILE_DB_BUSY while another call makes them */
export async function cancelMigration(file: MigratedFile): Promise<MigrationResult> {
  const startedAt = performance.now();
  const lock = acquire(file);
  try {
    const to = file.next.state()?.to;
    await file.next.drop();
    const totalMs = performance.now() - startedAt;
    const vectors = file.vectors();
    return { state: "cancelled", from: file.model(), to, vectors, embedded: 0, totalMs };
  } finally {
    lock.release();
  }
}

export function migrationStatus({
  right,
  next,
}: {
  right: Pick<VectorRight, "owner">;
  next: Pick<NextVectors, "state">;
}): MigrationStatus | undefined {
  const state = next.state();
  if (state === undefined) return undefined;
  const { to, done, total, isStopped } = state;
  const owner = right.owner();
  const isOwn = owner?.pid === process.pid && owner.host === undefined;
  const at = owner && { ...owner, isOwn };
  return { to, done, total, isStopped: isStopped && at === undefined, at };
}

/**
 * Undefined: another is at the same one, and it is waited for. "beginning": what another is at is not noted yet: it is
 * looking whether its model works.
 */
function tryLock(
  file: MigratedFile,
  to: ModelName,
  joins: boolean,
): IndexLock | "elsewhere" | "beginning" | undefined {
  try {
    return acquire(file);
  } catch (error) {
    if (!isBusy(error)) throw error;
    const other = file.next.state()?.to;
    if (other === undefined) return joins ? "beginning" : "elsewhere";
    if (isSameTarget(other, to)) return joins ? undefined : "elsewhere";
    throw error;
  }
}

function isSameTarget(a: ModelName, b: ModelName): boolean {
  return isSameModel(a, b) && a.vectors === b.vectors;
}

/** @returns true when the other one ended with the new vectors in place */
async function watchOther(
  file: MigratedFile,
  { onProgress }: MigrateCallOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const progress = new Progress(file, file.serving(), onProgress);
  while (file.right.owner() !== undefined) {
    await pause(signal);
    progress.look();
  }
  await file.follow();
  return file.next.state() === undefined;
}

/** @throws HaypileError HAYPILE_ABORTED */
async function pause(signal: AbortSignal): Promise<void> {
  await sleep(lookEveryMs, undefined, { signal }).catch(() => {
    throw abortedError("Renewing vectors");
  });
}

export function isBusy(error: unknown): boolean {
  return HaypileError.isInstance(error) && error.code === "HAYPILE_DB_BUSY";
}

/** @throws HaypileError HAYPILE_DB_BUSY */
function acquire({ path, right }: MigratedFile): IndexLock {
  try {
    return right.lock();
  } catch (error) {
    if (!HaypileError.isInstance(error) || !isBusy(error)) throw error;
    throw new HaypileError(
      "HAYPILE_DB_BUSY",
      `The vectors of ${path} are being renewed by another call (process ${error.data.pid}). Wait for it, or stop it with Ctrl-C there.`,
      { data: { ...error.data }, cause: error },
    );
  }
}
