/* The core's word splitter: ASCII texts, several times faster than the regular expressions. */
import type { WordSplitter } from "../ports/word-splitter.ts";
import type { NativeBinding } from "./binding.ts";
import { loadBinding } from "./load.ts";

/** Loads the addon at the first text. Where there is none it takes no text. */
export function wordSplitter(addonFolder?: string): WordSplitter {
  let binding: NativeBinding | "none" | undefined;
  return (text, beginnings) => {
    binding ??= tryToLoad(addonFolder);
    return binding === "none" ? undefined : binding.splitWords(text, beginnings);
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
