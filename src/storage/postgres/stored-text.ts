/*
 * PostgreSQL keeps any text but U+0000. So that sign and the one it is written by are written as two; texts that have
 * neither, which are nearly all, are kept as they are. Half surrogates become U+FFFD, as SQLite's driver has it.
 */
const nul = "\0";
const mark = "\u0001";

/** A text as it is kept. */
export function stored(text: string): string {
  if (!text.includes(nul) && !text.includes(mark)) return text;
  return text.replaceAll(mark, `${mark}1`).replaceAll(nul, `${mark}0`);
}

/** A kept text as it was. */
export function restored(text: string): string {
  if (!text.includes(mark)) return text;
  return text.replaceAll(`${mark}0`, nul).replaceAll(`${mark}1`, mark);
}
