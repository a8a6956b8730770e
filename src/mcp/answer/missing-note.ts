import { isSecretPath } from "../../base/paths/secret-paths.ts";
import { missingInWords } from "../../engine/questions/structure.ts";
import type { CodeIndex } from "../../ports/haypile.ts";
import type { IndexJobs } from "../backend/jobs.ts";
import { oneLine } from "./visible-text.ts";

/** The line that says which files have no definitions; undefined when all have. */
export async function missingNote(code: Pick<CodeIndex, "unparsed">): Promise<string | undefined> {
  const missing = (await code.unparsed()).filter(({ path }) => !isSecretPath(path));
  return missing.length === 0 ? undefined : `note: ${oneLine(missingInWords(missing), 600)}.`;
}

/** What stands after a place in a file that has changed since it was indexed, and could not be read anew. */
export function staleNote(stale: boolean | undefined): string {
  return stale === true ? " (changed since it was indexed)" : "";
}

/** The line that says that definitions may be missing because the folder is being indexed; undefined: it is not. */
export function indexingNote(
  { backend: { jobs } }: { backend: { jobs: Pick<IndexJobs, "running"> } },
  root: string,
): string | undefined {
  const job = jobs.running(root);
  if (job === undefined) return undefined;
  const { progress: at } = job;
  const how = at === undefined ? "" : `, ${at.phase} ${at.filesDone}/${at.filesTotal} files`;
  return `note: indexing is running (${job.id}${how}); definitions may be missing.`;
}
