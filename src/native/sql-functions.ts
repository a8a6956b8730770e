/* The addon's file, which SQLite loads for the functions the core has for it (native/sql_functions.cc). */
import { loadedAddon } from "./load.ts";

/** Loads the addon and gives its file; undefined where there is none. */
export function sqlFunctions(addonFolder?: string): () => string | undefined {
  return () => {
    try {
      return loadedAddon(addonFolder);
    } catch {
      // Whoever cannot do without it says so; words can.
      return undefined;
    }
  };
}
