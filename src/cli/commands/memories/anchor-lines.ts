/* How commits that changed the code of a memory are printed. */
import { localDay } from "../../../base/text/local-time.ts";
import type { AnchorCommits } from "../../../ports/answers/memory-reports.ts";
import { counted, printable } from "../../output/format.ts";

/** One commit a line, then how many more there are and what is not known. */
export function commitLines({ commits, more, limit }: AnchorCommits, before: string): string[] {
  const lines = commits.map(
    ({ commit, at, author, subject }) => `${commit} ${localDay(at)} ${author}: ${subject}`,
  );
  if (more > 0) lines.push(`and ${counted(more, "older commit")}`);
  if (limit !== undefined) lines.push(limit);
  return lines.map((line) => `${before}${printable(line)}`);
}
