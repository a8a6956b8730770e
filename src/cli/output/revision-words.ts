import type { RevisionsKept } from "../../ports/answers/index-facts.ts";
import { counted, formatBytes } from "./format.ts";

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
