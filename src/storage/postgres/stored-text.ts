/*
 * PostgreSQL keeps any text but U+0000. So that sign and the one it is written by are written as two; texts that have
 * neither, which are nearly all, are kept as they are. Half surrogates become U+FFFD, as SQLite's driver has it.
 */
const special = /[\0\x01]/;
const eachSpecial = /[\0\x01]/g;
const written = /\x01[01]/g;

/** A text as it is kept. */
export function stored(text: string): string {
  return special.test(text)
    ? text.replace(eachSpecial, (sign) => (sign === "\0" ? "\x010" : "\x011"))
    : text;
}

/** A kept text as it was. */
export function restored(text: string): string {
  if (!text.includes("\x01")) return text;
  return text.replace(written, (sign) => (sign === "\x010" ? "\0" : "\x01"));
}
