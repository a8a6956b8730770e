/* Puts the memory service together: its database, the model that is shared with others, the reader of code. */

import type { HalfLives } from "../../memories/recall/scoring.ts";
import { MemoryService, type MemoryServiceOptions } from "../../memories/service.ts";
import type { Quota } from "../../memories/writing/forget.ts";
import { whenFree } from "../../memories/writing/when-free.ts";
import { scanKernels } from "../../native/vector-scan.ts";
import { wordSplitter } from "../../native/words.ts";
import type { AnchorReader } from "../../ports/anchor-reader.ts";
import type { TextEmbedder } from "../../ports/embedder.ts";
import type { Memories } from "../../ports/memories.ts";
import type { MemoryStore } from "../../ports/memory-rows.ts";
import { openMemoryStore } from "../../storage/sqlite/memories/store.ts";
import { EngineCaches } from "../caches/engine-caches.ts";

export interface MemoriesOptions {
  /** Absolute path of the database file; it is made when it is not there. */
  database: string;
  /**
   * Loaded by its owner when first asked, and closed by it after the memories. Without it: words only. It may depend on
   * the model of the vectors that are there (undefined: there are none).
   */
  embedder:
    | TextEmbedder
    | undefined
    | ((own: { id: string; dimensions: number } | undefined) => Promise<TextEmbedder | undefined>);
  /** Where the native addon lies; default: its package. */
  addonFolder?: string | undefined;
  /** Looks at code that memories name. Default: none, and anchors are not compared. */
  anchorReader?: AnchorReader | undefined;
  /** Days in which a memory loses half of what age can take, by kind. Facts, decisions and preferences do not age. */
  halfLives?: HalfLives | undefined;
  /** How long deleted memories can be brought back, milliseconds. Default seven days. */
  graceMs?: number | undefined;
  /** How long expired and superseded memories stay, milliseconds. Default 30 days. */
  keepEndedMs?: number | undefined;
  /** By namespace; "*" stands for all others. Default: none. */
  quotas?: Readonly<Record<string, Quota>> | undefined;
  /** Most memory of vectors: int8 values up to `exactBytes` (8 MiB), then bits up to `bitsBytes` (64 MiB). */
  exactBytes?: number | undefined;
  bitsBytes?: number | undefined;
  /** Vectors of queries that were asked before, bytes. Default 1 MiB. */
  cacheBytes?: number | undefined;
  /** Called when they are closed; more than once where that is done more than once. */
  onClose?: (() => void) | undefined;
}

/** What its owner can do besides. */
export interface OpenMemories extends Memories {
  /** Memory held for searching, bytes. */
  readonly residentBytes: number;
  /** Frees it; the next recall brings it back. */
  dropResident(): void;
}

const defaultCacheBytes = 1_024 * 1_024;

/**
 * Opens the memories of a user. Several processes may have them open at once.
 *
 * @throws HaypileError HAYPILE_DB_NOT_A_DATABASE, HAYPILE_DB_NEWER, HAYPILE_DB_CORRUPT, HAYPILE_DB_BUSY,
 *   HAYPILE_PERMISSION, HAYPILE_DISK_FULL, HAYPILE_IO, HAYPILE_USAGE
 */
export async function openMemories(options: MemoriesOptions): Promise<OpenMemories> {
  const { database, addonFolder, exactBytes, bitsBytes, cacheBytes, onClose, ...rest } = options;
  const { embedder: given } = options;
  const caches = new EngineCaches(cacheBytes ?? defaultCacheBytes);
  const open = (): MemoryStore =>
    openMemoryStore({
      path: database,
      kernels: given && scanKernels(addonFolder),
      wordSplitter: wordSplitter(addonFolder),
      exactBytes,
      bitsBytes,
    });
  const store = await whenFree(open);
  const embedder = typeof given === "function" ? await chosen(store, given) : given;
  const service = {
    ...rest,
    store,
    embedder,
    queryEmbedder: embedder && caches.embedder(embedder),
  };
  return new ToldMemories(service, onClose);
}

async function chosen(
  store: MemoryStore,
  choose: Extract<MemoriesOptions["embedder"], (...args: never) => unknown>,
): Promise<TextEmbedder | undefined> {
  try {
    return await choose(store.vectors.model());
  } catch (error) {
    store.close();
    throw error;
  }
}

/** Memories whose end somebody is told of. */
class ToldMemories extends MemoryService {
  readonly #onClose: (() => void) | undefined;

  constructor(service: MemoryServiceOptions, onClose: (() => void) | undefined) {
    super(service);
    this.#onClose = onClose;
  }

  override close(): Promise<void> {
    this.#onClose?.();
    return super.close();
  }
}
