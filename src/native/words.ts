/*
 * What the core does for words: it splits ASCII texts, several times faster than the regular expressions, and ranks rows
 * by words, inside SQLite.
 */
import type { WordSplitter } from "../ports/word-splitter.ts";
import type { NativeBinding } from "./binding.ts";
import { loadBinding, loadedAddon } from "./load.ts";

/** Loads the addon at the first text. Where there is none it takes no text. */
export function wordSplitter(addonFolder?: string): WordSplitter {
  let binding: NativeBinding | "none" | undefined;
  return (text, beginnings) => {
    binding ??= tryToLoad(addonFolder);
    return binding === "none" ? undefined : binding.splitWords(text, beginnings);
  };
}

/** Loads the addon and gives its file, which has functions for SQLite (native/sql_functions.cc); undefined: there is none. */
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

function tryToLoad(addonFolder: string | undefined): NativeBinding | "none" {
  try {
    return loadBinding(addonFolder);
  } catch {
    // Whoever cannot do without it says so; words can.
    return "none";
  }
}
