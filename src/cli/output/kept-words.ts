/* What `haypile status` and `haypile stats` say of what is kept where: versions of files, and servers. */
import type { StoreState } from "../../base/measures/stores.ts";
import type { RevisionsKept } from "../../ports/answers/index-facts.ts";
import { counted, formatBytes, formatSpan, printable } from "./format.ts";

/** What searches at a revision keep. */
export function revisionsInWords({
  revisions,
  files,
  bytes,
  withoutVector,
}: RevisionsKept): string {
  const waiting =
    withoutVector === 0 ? "" : `, ${counted(withoutVector, "chunk")} without a vector`;
  return `${counted(files, "version")} of files of ${counted(revisions.length, "commit")} (${formatBytes(bytes)})${waiting}`;
}

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
