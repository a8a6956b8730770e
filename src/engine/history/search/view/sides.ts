/*
 * A revision is seen through two indexes: that of the folder, for files which are now as they were then, and that of
 * versions, for all others. Their ids are told apart by the last bit: even ones are the folder's.
 */
import { HaypileError } from "../../../../base/errors.ts";
import type { IndexStore, ScoredChunk } from "../../../../ports/store.ts";
import { pathOfStored } from "../stored-paths.ts";

/** 0: the index of the folder; 1: that of versions. */
export type Side = 0 | 1;
export const sides = [0, 1] as const;

/** Which files a revision has, and where each is read. */
export interface Seen {
  /** The index of the folder has this file as it was. */
  isShared(path: string): boolean;
  /** Under which name a file is stored that the index of the folder has not as it was; undefined: there is none. */
  storedOf(path: string): string | undefined;
  /** All files that the index of the folder has are as they were. */
  isAllShared: boolean;
}

export interface Both {
  /** Undefined: the folder has no index. */
  folder: IndexStore | undefined;
  versions: IndexStore;
  seen: Seen;
  /** Sorted ids of the chunks that may be found, of one side and by its own numbers; undefined: all of it. */
  visible: (side: Side) => VisibleChunks | undefined;
}

export interface VisibleChunks {
  ids: Uint32Array;
  set: ReadonlySet<number>;
  /** At least half of what the index has. */
  areMost: boolean;
}

export function idOf(own: number, side: Side): number {
  return own * 2 + side;
}

function sideOf(id: number): Side {
  return (id % 2) as Side;
}

function ownIdOf(id: number): number {
  return Math.floor(id / 2);
}

export function storeOf({ folder, versions }: Both, side: Side): IndexStore | undefined {
  return side === 0 ? folder : versions;
}

/** The path as the revision has it; undefined: it has no such file, or another version of it. */
export function seenPath({ seen }: Both, side: Side, path: string): string | undefined {
  if (side === 0) return seen.isShared(path) ? path : undefined;
  const own = pathOfStored(path);
  return seen.storedOf(own) === path ? own : undefined;
}

/** Where a file of the revision is read; undefined: nowhere. */
export function placeOfFile(
  { seen }: Both,
  path: string,
): { side: Side; path: string } | undefined {
  if (seen.isShared(path)) return { side: 0, path };
  const stored = seen.storedOf(path);
  return stored === undefined ? undefined : { side: 1, path: stored };
}

/** Numbers of one side among ids of both, and the places they have there. */
export function partOf(ids: readonly number[], side: Side): { own: number[]; places: number[] } {
  const own: number[] = [];
  const places: number[] = [];
  for (const [at, id] of ids.entries()) {
    if (sideOf(id) !== side) continue;
    own.push(ownIdOf(id));
    places.push(at);
  }
  return { own, places };
}

export function bestOfBoth(
  lists: readonly (readonly ScoredChunk[])[],
  limit: number,
): ScoredChunk[] {
  const all = lists.flatMap((list, side) =>
    list.map(({ chunkId, score }) => ({ chunkId: idOf(chunkId, side as Side), score })),
  );
  return all.sort((a, b) => b.score - a.score || a.chunkId - b.chunkId).slice(0, limit);
}

/** More of them are asked for where some may not be seen. */
const spare = 64;

/**
 * The best that are seen, without handing over a list of all that are, as long as few are not.
 * @param find asks one index, by its own numbers
 */
export async function bestSeen(
  both: Both,
  side: Side,
  limit: number,
  allowed: Uint32Array | undefined,
  find: (limit: number, allowed?: Uint32Array) => ScoredChunk[] | Promise<ScoredChunk[]>,
): Promise<ScoredChunk[]> {
  const plan = searchPlan(both, side, limit, allowed);
  if ("allowed" in plan) return await find(limit, plan.allowed);
  const kept = plan.keep(await find(plan.most));
  return kept ?? (await find(limit, plan.ids));
}

/** The same for indexes that answer at once. */
export function bestSeenNow(
  both: Both,
  side: Side,
  limit: number,
  allowed: Uint32Array | undefined,
  find: (limit: number, allowed?: Uint32Array) => ScoredChunk[],
): ScoredChunk[] {
  const plan = searchPlan(both, side, limit, allowed);
  if ("allowed" in plan) return find(limit, plan.allowed);
  return plan.keep(find(plan.most)) ?? find(limit, plan.ids);
}

type Plan =
  | { allowed: Uint32Array | undefined }
  | {
      most: number;
      ids: Uint32Array;
      /** Undefined: too few of them are seen. */
      keep: (found: readonly ScoredChunk[]) => ScoredChunk[] | undefined;
    };

function searchPlan(both: Both, side: Side, limit: number, allowed: Uint32Array | undefined): Plan {
  if (allowed !== undefined) return { allowed: ownPart(allowed, side) };
  const visible = both.visible(side);
  if (visible === undefined) return { allowed: undefined };
  const { ids, set, areMost } = visible;
  if (!areMost) return { allowed: ids };
  const most = limit * 2 + spare;
  return {
    most,
    ids,
    keep: (found) => {
      const kept = found.filter(({ chunkId }) => set.has(chunkId));
      return kept.length >= limit || found.length < most ? kept.slice(0, limit) : undefined;
    },
  };
}

function ownPart(allowed: Uint32Array, side: Side): Uint32Array {
  return allowed.filter((id) => sideOf(id) === side).map(ownIdOf);
}

/** Calls of a role that no search makes. */
export function refusing<Name extends string>(
  ...names: readonly Name[]
): Record<Name, () => never> {
  const refuse = (name: Name) => (): never => {
    throw new HaypileError(
      "HAYPILE_INTERNAL",
      `${name}() was asked of a revision, which is only searched. Please report this.`,
      { data: { call: name } },
    );
  };
  return Object.fromEntries(names.map((name) => [name, refuse(name)])) as Record<Name, () => never>;
}
