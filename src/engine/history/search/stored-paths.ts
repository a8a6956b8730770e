/*
 * The name under which a version of a file is kept: its blob, then its path. Any number of commits that have the same
 * blob at the same path share it. The blob stands first, and in letters alone, so that it is one word to the word
 * index and says nothing of the language or the kind of the file.
 */
const firstLetter = 103;

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
  return id.replaceAll(/\d/gu, (digit) => String.fromCharCode(firstLetter + Number(digit)));
}
