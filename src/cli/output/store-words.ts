/* What `haypile status` and `haypile stats` print of the servers of stores. */
import type { StoreState } from "../../base/measures/stores.ts";
import { formatSpan, printable } from "./format.ts";

/** Where it is and how it does, then, of one that is away, why, and what to do. @param now milliseconds */
export function storeInWords(state: StoreState, now = Date.now()): string[] {
  const { store, isUp, since, code, why } = state;
  if (isUp === undefined) return [`${printable(store)}: being tried`];
  if (isUp) return [printable(store)];
  const ms = Math.max(0, now - Date.parse(since));
  const ago = ms < 1_000 ? "now" : `since ${formatSpan(ms)}`;
  const head = `${printable(store)} is away ${ago}${code === undefined ? "" : ` [${code}]`}`;
  return why === undefined ? [head] : [head, printable(why)];
}

/** Lines of at most so many characters, cut between words. */
export function wrapped(text: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (indent.length + longer.length > width && line !== "") {
      lines.push(indent + line);
      line = word;
    } else line = longer;
  }
  return line === "" ? lines : [...lines, indent + line];
}
