/*
 * haypile move: memories go from the store that the settings name to another one, with all that was ever said of them, and the
 * setting follows when all is there. Nothing is deleted where they came from. What was begun goes on when it is run again.
 *
 * Out of a file nothing is lost that is written meanwhile: the last look is taken with the right to write in hand, the setting is
 * changed before that right is given back, and whoever waits for it, or has the file open, is sent to the new store. A server is
 * used by others who stay: there passes after it take what came while the setting was changed, and later from those of this
 * machine who began to write before it and waited for their turn.
 */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { throwIfAborted } from "../../../base/abort.ts";
import { fileError, HaypileError } from "../../../base/errors.ts";
import { readBoundedSync } from "../../../base/files/read-file.ts";
import type { Environment } from "../../../config/environment/env.ts";
import { changeFile } from "../../../config/file/change-file.ts";
import { writeAtomically } from "../../../config/file/write-file.ts";
import { storeOfNamespace } from "../../../config/options/store-address.ts";
import { readValue } from "../../../config/options/values.ts";
import { memoriesPath, userFile } from "../../../config/places/paths.ts";
import { whenFree } from "../../../memories/writing/when-free.ts";
import { wordSplitter } from "../../../native/words.ts";
import { tryLock } from "../../../storage/sqlite/file/lock.ts";
import { type OpenedMemoryStore, openMemoryStore } from "../../../storage/sqlite/memories/store.ts";
import { readConfiguration } from "../../configure.ts";
import { openServerStore } from "../../store/open-server.ts";
import { areOneStore } from "../../store/same-stores.ts";
import {
  linkTo,
  ownFiles,
  type StoreName,
  storesOfMemories,
  storeWaitMs,
} from "../../store/store-for.ts";
import { type CopyCounts, type CopyOptions, MemoryCopy } from "./copy.ts";

/** Others write all the time to a server: after so many passes the rest is taken after the switch. */
const mostPasses = 5;
/** After the switch, until nothing more comes. Where a team writes all the time, this is the end of it. */
const mostLatePasses = 20;
/** A write that began before the switch may have to wait for its turn. */
const latePauseMs = 1_000;
const option = "memories.store";

export interface MoveResult extends CopyCounts {
  from: string;
  to: string;
  /** Memories of namespaces that memories.stores keeps somewhere of its own: they are where they were. */
  stayed: { namespace: string; memories: number }[];
  /** Memories that the target has besides: of others, or of before. */
  besides: number;
  /** One sum over all memories that were read again and found equal in both. */
  digest: string;
  /** A move that had been ended in its last moment was brought to its end. */
  isResumed: boolean;
  /** The option that says so now, and its file. */
  setting: { option: string; value: string; path: string };
  /** How long others waited to write, milliseconds. */
  heldMs: number;
  totalMs: number;
}

export interface MoveOptions extends Omit<CopyOptions, "goes"> {
  environment: Environment;
}

/**
 * @param to "sqlite", or the address of a server
 * @throws HaypileError HAYPILE_USAGE for an address that is none or has a password, and where they are there already;
 *   and for another store while a move waits for its end; HAYPILE_DB_BUSY when another move runs; HAYPILE_STORE_*, HAYPILE_DB_*, HAYPILE_DISK_FULL, HAYPILE_IO, HAYPILE_ABORTED
 */
export async function moveMemories(to: string, options: MoveOptions): Promise<MoveResult> {
  const { environment } = options;
  const began = performance.now();
  const target = storeNamed(to);
  assertSettable(environment);
  const lock = lockMoves(environment);
  try {
    const pending = readNote(environment);
    const current = storesOfMemories(environment).others;
    // The setting was changed, and the process ended before the source was handed over.
    const isResumed = current === target && pending?.to === target;
    if (current === target && !isResumed) {
      const left = memoriesPath(environment.dataFolder);
      const isLeft = target !== ownFiles && existsSync(left);
      throw new HaypileError(
        "HAYPILE_USAGE",
        `Memories are kept in ${inWords(target, environment)} already; there is nothing to move.${isLeft ? ` To move those of ${left}: "haypile config set memories.store sqlite", then this again.` : ""}`,
      );
    }
    // Going back leaves nothing behind: what was not brought along is still there.
    if (
      pending !== undefined &&
      pending.to === current &&
      ![current, pending.from].includes(target)
    ) {
      throw new HaypileError(
        "HAYPILE_USAGE",
        `A move to ${current} has not come to its end: what was said in ${inWords(pending.from, environment)} just before may be missing there. Run "haypile move --to ${current}" first.`,
        { data: pending },
      );
    }
    if (!isResumed) await assertOthers(current, target, environment);
    const from = isResumed && pending !== undefined ? pending.from : current;
    const source = await openStore(from, environment);
    try {
      const there = await openStore(target, environment);
      try {
        const moved = await run(source, there, { from, to: target }, options);
        const besides = there.transfer.count() - moved.counts.memories;
        const path = userFile(environment.configFolder);
        return {
          ...moved.counts,
          from: source.path,
          to: there.path,
          stayed: moved.stayed,
          besides: Math.max(0, besides),
          digest: moved.digest,
          isResumed,
          setting: { option, value: target, path },
          heldMs: Math.round(moved.heldMs),
          totalMs: Math.round(performance.now() - began),
        };
      } finally {
        there.close();
      }
    } finally {
      source.close();
    }
  } finally {
    lock.release();
  }
}

/** @throws HaypileError HAYPILE_USAGE where two addresses are of one store */
async function assertOthers(
  current: StoreName,
  target: StoreName,
  environment: Environment,
): Promise<void> {
  const waitMs = storeWaitMs(readConfiguration(undefined, {}, environment));
  if (!(await areOneStore(current, target, environment, waitMs))) return;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Memories are kept there already: ${current} and ${target} are one store, so there is nothing to move. To name it by the other address: "haypile config set ${option} ${target}".`,
    { data: { from: current, to: target } },
  );
}

/** A move that was ended in its last moment; undefined: there is none. */
export function unfinishedMove(environment: Environment): { from: string; to: string } | undefined {
  return readNote(environment);
}

async function run(
  source: OpenedMemoryStore,
  target: OpenedMemoryStore,
  { from, to }: { from: StoreName; to: StoreName },
  options: MoveOptions,
): Promise<Pick<MoveResult, "stayed" | "digest" | "heldMs"> & { counts: CopyCounts }> {
  const { environment } = options;
  const { others: before, named } = storesOfMemories(environment);
  // The setting that follows is that of all namespaces which none of their own names.
  const goes = (namespace: string): boolean => storeOfNamespace(named, namespace) === undefined;
  const copy = new MemoryCopy(source, target, { ...options, goes });
  for (let passes = 1; (await copy.pass()) > 0 && passes < mostPasses; ) passes += 1;
  await copy.verify();
  throwIfAborted(options.signal, "The move");
  writeAtomically(notePath(environment), `${JSON.stringify({ from, to })}\n`);
  let heldMs = 0;
  let isSwitched = before === to;
  const last = (): void => {
    const mark = performance.now();
    copy.finish();
    changeSetting(to, environment);
    isSwitched = true;
    heldMs = performance.now() - mark;
  };
  try {
    if (source.transfer.handsOver) {
      await whenFree(() => source.transfer.handOver("hand memories over", last));
    } else {
      await whenFree(last);
      await takeLate(copy);
      await copy.verify();
    }
  } catch (error) {
    // Others of this machine may write to the new store by now: it stays so, and the note says that something may be left behind.
    if (isSwitched) throw notEnded(error, to);
    dropNote(environment);
    throw error;
  }
  dropNote(environment);
  return { counts: copy.counts, stayed: copy.stayed(), digest: copy.digest(), heldMs };
}

/** Of those on this machine who had not seen the new setting yet: until two passes with a pause between find nothing new. */
async function takeLate(copy: MemoryCopy): Promise<void> {
  const moved = ({ copied, erased, removedLines }: CopyCounts): number =>
    copied + erased + removedLines;
  for (let passes = 0, empty = 0; passes < mostLatePasses; passes += 1) {
    const before = moved(copy.counts);
    await copy.pass();
    empty = moved(copy.counts) === before ? empty + 1 : 0;
    if (empty === 2) return;
    await sleep(latePauseMs);
  }
}

function notEnded(error: unknown, to: StoreName): unknown {
  if (!HaypileError.isInstance(error)) return error;
  return new HaypileError(
    error.code,
    `${error.message} ${option} says the new store already, and what was written to the old one in the last moment may not be there yet: run "haypile move --to ${to}" once more.`,
    { cause: error, data: error.data },
  );
}

function changeSetting(store: StoreName, environment: Environment): void {
  if (storesOfMemories(environment).others === store) return;
  changeFile(userFile(environment.configFolder), option, store, false, environment);
}

async function openStore(store: StoreName, environment: Environment): Promise<OpenedMemoryStore> {
  const splitter = wordSplitter(environment.addonFolder);
  const configuration = readConfiguration(undefined, {}, environment);
  const link = linkTo(store, configuration, environment);
  if (link !== undefined) {
    const waitMs = storeWaitMs(configuration);
    return await openServerStore({
      link: { ...link, replica: undefined },
      waitMs,
      wordSplitter: splitter,
    });
  }
  const path = memoriesPath(environment.dataFolder);
  return await whenFree(() => openMemoryStore({ path, wordSplitter: splitter }));
}

/** @throws HaypileError HAYPILE_USAGE */
function storeNamed(to: string): StoreName {
  return String(readValue(option, to, { where: "by --to", code: "HAYPILE_USAGE" }));
}

/** A variable goes before the file: the move would copy everything and change nothing. */
function assertSettable({ variables, configFolder }: Environment): void {
  const name = ["HAYPILE_MEMORIES_STORE", "HAYPILE_STORE"].find((one) => variables[one]);
  if (name === undefined) return;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `${name} of the environment says where memories are kept, and goes before ${option} in ${userFile(configFolder)}, which a move changes. Put its value into the file ("haypile config set ${option} …"), unset it, then run this again.`,
    { data: { variable: name } },
  );
}

function lockMoves({ dataFolder }: Environment): { release(): void } {
  const path = join(dataFolder, "move.lock");
  let lock: ReturnType<typeof tryLock>;
  try {
    lock = tryLock(path);
  } catch (error) {
    throw fileError(error, `lock ${path}`);
  }
  if (lock !== undefined) return lock;
  throw new HaypileError(
    "HAYPILE_DB_BUSY",
    "Another process is moving these memories. Wait until it is done; nothing was changed by this one.",
    { data: { path } },
  );
}

function inWords(store: StoreName, { dataFolder }: Environment): string {
  return store === ownFiles ? memoriesPath(dataFolder) : store;
}

function notePath({ dataFolder }: Environment): string {
  return join(dataFolder, "move.json");
}

function readNote(environment: Environment): { from: string; to: string } | undefined {
  const path = notePath(environment);
  if (!existsSync(path)) return undefined;
  try {
    const rules = { mostBytes: 16_384, links: "refuse" } as const;
    const { from, to } = JSON.parse(readBoundedSync(path, rules).toString("utf8"));
    return typeof from === "string" && typeof to === "string" ? { from, to } : undefined;
  } catch {
    return undefined;
  }
}

function dropNote(environment: Environment): void {
  rmSync(notePath(environment), { force: true });
}
