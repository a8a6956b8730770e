import type { RevisionsKept } from "../../ports/answers/index-facts.ts";
import type { AtRevision } from "../../ports/answers/search.ts";
import { counted, formatBytes, printable } from "./format.ts";

const shownOfId = 12;

/** "At v1.2: commit 4f2a9c1b3d5e of 2026-03-01". */
export function revisionInWords({ commit, date, said }: AtRevision): string {
  return printable(`At ${said}: commit ${commit.slice(0, shownOfId)} of ${date.slice(0, 10)}`);
}

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
