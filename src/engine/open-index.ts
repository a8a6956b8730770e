import { HaypileError } from "../base/errors.ts";
import { memoryEvents } from "../base/events.ts";
import { scanKernels } from "../native/vector-scan.ts";
import { wordSplitter } from "../native/words.ts";
import { noteUse } from "../storage/sqlite/index-facts.ts";
import { openSqliteStore, type SqliteStore } from "../storage/sqlite/store.ts";
import { noteWeights } from "./choose-weights.ts";
import type { EngineParts } from "./engine-parts.ts";

/**
 * Opens the database of an engine, governed and noted for the receipt.
 * @throws HaypileError HAYPILE_NOT_INDEXED when it is not there and not to be made
 */
export function openIndex(parts: EngineParts, create: boolean): SqliteStore {
  const { database, databaseExists, root, addonFolder, store: tuning, memory, caches } = parts;
  if (!create && !databaseExists()) {
    throw new HaypileError(
      "HAYPILE_NOT_INDEXED",
      `There is no index for ${root}. Make one with "haypile index ${root}".`,
      { data: { root, database } },
    );
  }
  const store = openSqliteStore({
    path: database,
    kernels: scanKernels(addonFolder),
    splitWords: wordSplitter(addonFolder),
    ...tuning,
  });
  noteUse(database);
  noteWeights(store, parts.weights);
  memory.govern(store, tuning.bitsBudgetBytes, caches);
  const why = create ? "files were to be stored" : "it was to be read";
  memoryEvents.note("database", "loaded", why);
  return store;
}
