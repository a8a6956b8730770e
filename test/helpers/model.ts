/* The packaged model, opened with the real addon. HAYPILE_ADDON_DIR chooses a sanitized build. */
import { join } from "node:path";
import { loadEmbedder } from "../../src/embedder.ts";
import { loadBinding } from "../../src/native/load.ts";

export const repository = join(import.meta.dirname, "..", "..");

/** Where a special build of the addon lies; undefined = the usual one. */
export const addonFolder = process.env.HAYPILE_ADDON_DIR;

export function binding() {
  return loadBinding(addonFolder);
}

/** True under AddressSanitizer: memory bounds and times mean nothing there. */
export const sanitized = process.env.HAYPILE_SANITIZED === "1";

export { loadEmbedder };

/** Texts of about `words` words each, all different, the same at every run. */
export function manyTexts(count: number, words = 40): string[] {
  const vocabulary =
    "read write file index search memory vector score token model cache page row lock thread queue batch text line path error close open value".split(
      " ",
    );
  let state = 12345;
  const next = (): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> 8;
  };
  return Array.from({ length: count }, (_, i) => {
    const length = 1 + (next() % (2 * words));
    const text = Array.from({ length }, () => vocabulary[next() % vocabulary.length]);
    return `${i} ${text.join(" ")}`;
  });
}
