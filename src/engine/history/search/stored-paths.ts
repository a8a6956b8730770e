/*
 * The name under which a version of a file is kept: its blob, then its path. Any number of commits that have the same
 * blob at the same path share it. The blob stands first, and in letters alone, so that it is one word to the word
 * index and says nothing of the language or the kind of the file.
 */

/** From the sign 0 to the letter g. */
const shift = 55;
const nine = 57;

/** @param id of the blob @param path of the file in its commit */
export function storedPath(id: string, path: string): string {
  return `${inLetters(id)}/${path}`;
}

/** The path of the file in its commit. */
export function pathOfStored(stored: string): string {
  return stored.slice(stored.indexOf("/") + 1);
}

/** 0 to 9 become g to p. */
function inLetters(id: string): string {
  const codes = Buffer.from(id, "latin1");
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] as number;
    if (code <= nine) codes[at] = code + shift;
  }
  return codes.toString("latin1");
}
