/* Makes an index smaller: measures it, makes the smaller copy, and puts it in place when told to. */

import { checkOptions } from "../../base/check-options.ts";
import { defined } from "../../base/defined.ts";
import { HaypileError } from "../../base/errors.ts";
import { scanKernels } from "../../native/vector-scan.ts";
import type { ScanKernels } from "../../ports/vector-scan.ts";
import {
  compactCopyPath,
  makeCompactCopy,
  noteRecallOfCopy,
  removeCompactCopy,
  takeCompactCopy,
  undoCompact,
} from "../../storage/sqlite/compact.ts";
import type { CompactStep } from "../../storage/sqlite/compact-step.ts";
import { databaseBytes } from "../../storage/sqlite/file/database-bytes.ts";
import { acquireIndexLock } from "../../storage/sqlite/file/lock.ts";
import { openSqliteStore, type SqliteStore } from "../../storage/sqlite/store.ts";
import { assertCodec } from "../../storage/sqlite/texts/pack-texts.ts";
import type { CompactOptions } from "../call-options.ts";
import { compactShape } from "../option-shapes.ts";
import { askedOf, type Question, recallOf } from "./compact-recall.ts";

export interface CompactSide {
  /** The database with its log. */
  bytes: number;
  /**
   * Share of the true best ten that searches find: asked of up to 100 vectors of the index itself, the true
   * ones by comparing every vector as it was before.
   */
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
   * @throws HaypileError HAYPILE_USAGE for a target that cannot be reached, and for a format of vectors when
   *   they are packed already; HAYPILE_DB_BUSY, HAYPILE_DISK_FULL
   */
  prepare(options?: CompactOptions): Promise<Compaction>;
  /**
   * Unpacks all texts again. Vectors that lost something serve on until the next index run has made them
   * anew; static vectors come back with it, for chunks that need them.
   * @returns texts unpacked, vectors to be made, and the size now
   */
  undo(): UndoneCompaction;
}

export interface UndoneCompaction {
  texts: number;
  vectors: number;
  bytes: number;
}

/**
 * Of the index in this database.
 * @param compression what texts are packed with anyway
 */
export function compactCalls(
  database: string,
  addonFolder: string | undefined,
  compression: CompactOptions["textCompression"] = "off",
): CompactCalls {
  const usual = compression === "off" ? {} : { textCompression: compression };
  return {
    prepare: async (options = {}) => {
      checkOptions("compaction.prepare()", options, compactShape);
      return await prepareCompact(database, scanKernels(addonFolder), {
        ...usual,
        ...defined(options),
      });
    },
    undo: () => undoCompaction(database),
  };
}

async function prepareCompact(
  database: string,
  kernels: ScanKernels,
  options: CompactOptions,
): Promise<Compaction> {
  const codec = options.textCompression ?? "deflate";
  if (codec !== "off") assertCodec(codec);
  const lock = acquireIndexLock(database);
  const discard = (): void => {
    removeCompactCopy(database);
    lock.release();
  };
  try {
    const { questions, before, isPacked } = await withStore(database, kernels, async (store) => {
      const questions = await askedOf(store);
      const recallAt10 = await recallOf(store, questions);
      const packed = store.vectors.packed();
      return {
        questions,
        before: { bytes: databaseBytes(database), recallAt10 },
        isPacked: packed !== undefined,
      };
    });
    const { vectors = "auto" } = options;
    if (isPacked && vectors !== "auto" && vectors !== "full") throw packedAlready(vectors);
    const targetBytes =
      options.less === undefined
        ? options.targetBytes
        : Math.floor(before.bytes * (1 - options.less));
    const steps = await makeCompactCopy({
      path: database,
      targetBytes: targetBytes ?? 0,
      codec,
      vectors,
    });
    const smallest = steps.at(-1)?.bytes ?? before.bytes;
    if (targetBytes !== undefined && smallest > targetBytes) {
      throw new HaypileError(
        "HAYPILE_USAGE",
        `Expected a target that can be reached, but ${targetBytes} bytes came and ${smallest} is the least (${before.bytes} now${vectors === "full" ? ", vectors not packed" : isPacked ? ", its vectors are packed already" : ""}). The index was not changed. Name a target of at least ${smallest}.`,
        { data: { targetBytes, smallestBytes: smallest, bytes: before.bytes } },
      );
    }
    const recallAt10 = await recallOfCopy(database, kernels, questions, steps);
    return {
      before,
      after: { recallAt10, bytes: databaseBytes(compactCopyPath(database)) },
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

function undoCompaction(database: string): UndoneCompaction {
  const lock = acquireIndexLock(database);
  try {
    return { ...undoCompact(database), bytes: databaseBytes(database) };
  } finally {
    lock.release();
  }
}

/** What the copy finds, noted in it where it lost something. */
async function recallOfCopy(
  database: string,
  kernels: ScanKernels,
  questions: readonly Question[],
  steps: readonly CompactStep[],
): Promise<number | undefined> {
  const recall = await withStore(compactCopyPath(database), kernels, (store) =>
    recallOf(store, questions),
  );
  const isLossy = steps.some(({ name }) => name === "vectors");
  if (isLossy && recall !== undefined) noteRecallOfCopy(database, recall);
  return recall;
}

/** Read only, so that measuring makes no bits. */
async function withStore<T>(
  path: string,
  kernels: ScanKernels,
  use: (store: SqliteStore) => Promise<T>,
): Promise<T> {
  const store = openSqliteStore({ path, kernels, readonly: true });
  try {
    return await use(store);
  } finally {
    store.close();
  }
}

function packedAlready(format: string): HaypileError {
  return new HaypileError(
    "HAYPILE_USAGE",
    `Expected an index with full vectors to pack them as ${format}, but they are packed already: packing them twice would lose twice. Run "haypile compact --undo" first.`,
  );
}
