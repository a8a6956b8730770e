import { HaypileError } from "../../base/errors.ts";
import { footprintEvents } from "../../base/events.ts";
import { scanKernels } from "../../native/vector-scan.ts";
import { wordSplitter } from "../../native/words.ts";
import { noteUse } from "../../storage/sqlite/file/index-facts.ts";
import { openSqliteStore, type SqliteStore } from "../../storage/sqlite/store.ts";
import { noteWeights } from "../ceiling/choose-weights.ts";
import type { EngineParts } from "../engine-parts.ts";
import { KeptStore } from "./kept-store.ts";

/** The database of an engine, whatever file is at its path, governed as long as the engine lives. */
export function keepIndex(parts: EngineParts): KeptStore {
  const { database, memory, store: tuning, caches } = parts;
  let isGoverned = false;
  const kept: KeptStore = new KeptStore(database, (create) => {
    const store = openIndex(parts, create);
    if (!isGoverned) memory.govern(kept, tuning.bitsBudgetBytes, caches);
    isGoverned = true;
    return store;
  });
  return kept;
}

/**
 * Opens the database of an engine, noted for the receipt.
 * @throws HaypileError HAYPILE_NOT_INDEXED when it is not there and not to be made
 */
function openIndex(parts: EngineParts, create: boolean): SqliteStore {
  const { database, databaseExists, root, addonFolder, store: tuning } = parts;
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
  noteWeights(store.facts, parts.weights);
  const why = create ? "files were to be stored" : "it was to be read";
  footprintEvents.note("database", "loaded", why);
  return store;
}
