/* Makes an index smaller: measures it, makes the smaller copy, and puts it in place when told to. */
import { HaypileError } from "../base/errors.ts";
import { scanKernels } from "../native/vector-scan.ts";
import type { ScanKernels } from "../ports/vector-scan.ts";
import {
  type CompactStep,
  compactCopyPath,
  databaseBytes,
  makeCompactCopy,
  removeCompactCopy,
  takeCompactCopy,
  undoCompact,
} from "../storage/sqlite/compact.ts";
import { acquireIndexLock } from "../storage/sqlite/lock.ts";
import { hasCodec } from "../storage/sqlite/packed-text.ts";
import { openSqliteStore } from "../storage/sqlite/store.ts";
import { describeIndex } from "./index-details.ts";

export interface CompactOptions {
  /** Steps end when the database has at most so many bytes. Default: all that lose nothing are taken. */
  targetBytes?: number;
  /** In place of targetBytes: so much less than now, as a share above 0 and below 1. */
  less?: number;
  /** How texts are packed. Default "deflate". */
  textCompression?: "off" | "deflate" | "zstd";
}

export interface CompactSide {
  /** The database with its log. */
  bytes: number;
  /** Share of the true best ten that searches find, over vectors of the index itself. */
  recallAt10: number | undefined;
}

export interface CompactPlan {
  before: CompactSide;
  after: CompactSide;
  steps: CompactStep[];
  targetBytes: number | undefined;
}

/** The smaller copy, with the right to put it in place. Call one of the two. */
export interface Compaction extends CompactPlan {
  /** Puts the copy in place, in one transaction. Gives the size on disk then. */
  apply(): Promise<number>;
  /** Leaves the index as it is. */
  discard(): void;
}

export interface CompactCalls {
  /**
   * Makes a smaller copy beside the index and measures both. Nobody else can index until it is put in
   * place or discarded; what searches write meanwhile (vectors of candidates) is made again later.
   * @throws HaypileError HAYPILE_USAGE for a target that cannot be reached, HAYPILE_DB_BUSY, HAYPILE_DISK_FULL
   */
  prepare(options?: CompactOptions): Promise<Compaction>;
  /** Unpacks all texts again. Static vectors come back with the next index run, for chunks that need them. */
  undo(): { texts: number; bytes: number };
}

/** Of the index in this database. */
export function compactCalls(database: string, addonFolder: string | undefined): CompactCalls {
  return {
    prepare: (options = {}) => prepareCompact(database, scanKernels(addonFolder), options),
    undo: () => undoCompaction(database),
  };
}

async function prepareCompact(
  database: string,
  kernels: ScanKernels,
  options: CompactOptions,
): Promise<Compaction> {
  const codec = options.textCompression ?? "deflate";
  if (codec !== "off" && !hasCodec(codec)) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected a text compression that this Node has, but ${codec} came and this is Node ${process.versions.node}. Use "deflate", or Node 22.15 or newer.`,
    );
  }
  const lock = acquireIndexLock(database);
  const discard = (): void => {
    removeCompactCopy(database);
    lock.release();
  };
  try {
    const before = await sideOf(database, kernels);
    const targetBytes =
      options.less === undefined
        ? options.targetBytes
        : Math.floor(before.bytes * (1 - options.less));
    const steps = makeCompactCopy({ path: database, targetBytes: targetBytes ?? 0, codec });
    const smallest = steps.at(-1)?.bytes ?? before.bytes;
    if (targetBytes !== undefined && smallest > targetBytes) {
      throw new HaypileError(
        "HAYPILE_USAGE",
        `Expected a target that can be reached without losing anything, but ${targetBytes} bytes came and ${smallest} is the least (${before.bytes} now). The index was not changed. Name a target of at least ${smallest}.`,
        { data: { targetBytes, smallestBytes: smallest, bytes: before.bytes } },
      );
    }
    const after = await sideOf(compactCopyPath(database), kernels);
    return {
      before,
      after: { ...after, bytes: smallest },
      steps,
      targetBytes,
      discard,
      apply: async () => {
        try {
          await takeCompactCopy(database);
          return databaseBytes(database);
        } finally {
          discard();
        }
      },
    };
  } catch (error) {
    discard();
    throw error;
  }
}

function undoCompaction(database: string): { texts: number; bytes: number } {
  const lock = acquireIndexLock(database);
  try {
    return { ...undoCompact(database), bytes: databaseBytes(database) };
  } finally {
    lock.release();
  }
}

async function sideOf(path: string, kernels: ScanKernels): Promise<CompactSide> {
  const store = openSqliteStore({ path, kernels });
  try {
    const { recallAt10 } = await describeIndex(store);
    return { bytes: databaseBytes(path), recallAt10 };
  } finally {
    store.close();
  }
}
