/*
 * Ids of symbols: the id of the file times `symbolsPerFile`, plus the place in the file. In SQL the
 * file is `id >> 20`, and the symbols of a file are a range of ids.
 */

export const symbolBits = 20;

/** More definitions than a file can have: no parser takes a text above a million characters. */
export const symbolsPerFile = 2 ** symbolBits;

/** No shift operator: ids are above 32 bits. */
export function fileOfSymbol(symbolId: number): number {
  return Math.floor(symbolId / symbolsPerFile);
}

export function placeOfSymbol(symbolId: number): number {
  return symbolId % symbolsPerFile;
}

export function symbolIdOf(fileId: number, place: number): number {
  return fileId * symbolsPerFile + place;
}
