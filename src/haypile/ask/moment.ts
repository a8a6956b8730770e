/*
 * The moment that a question is asked as of: one time for memories, one commit for code. What is written as a time is one,
 * whatever a repository has by that name; anything else is a revision of the repository of the folder.
 */
import { HaypileError } from "../../base/errors.ts";
import { parseTime, timeForms } from "../../base/text/local-time.ts";
import type { GitLimits } from "../../engine/git/process.ts";
import { inHistory, type Revision, revisionOf } from "../../engine/git/revisions.ts";

export interface Moment {
  /** As it was asked for. */
  said: string;
  /** Milliseconds since 1970: what came later is not known. */
  ms: number;
  /** The commit. @throws HaypileError HAYPILE_GIT, HAYPILE_REVISION_MISSING, HAYPILE_ABORTED */
  revision: Promise<Revision>;
}

const longestSaid = 1_000;
/** Git tells seconds: what was written within that of a commit was known at it. */
const restOfSecondMs = 999;

/**
 * @returns undefined: nothing is said
 * @throws HaypileError HAYPILE_USAGE for what is neither a time nor a revision here; those of git
 */
export async function momentOf(
  folder: string,
  said: string | undefined,
  limits: GitLimits,
): Promise<Moment | undefined> {
  if (said === undefined) return undefined;
  const shown = JSON.stringify(said.slice(0, 80));
  if (said.trim() === "" || said.length > longestSaid) {
    throw refused(shown, "it is empty or too long");
  }
  const find = (revision: string): Promise<Revision> =>
    inHistory(folder, `find the commit of ${shown}`, limits, (git) => revisionOf(git, revision));
  const time = parseTime(said, "end");
  if ("ms" in time) {
    // As an instant it is no name of anything.
    const revision = find(new Date(time.ms).toISOString());
    // Asked for by the side of code; memories go on without it.
    revision.catch(() => undefined);
    return { said, ms: time.ms, revision: revision.then((found) => ({ ...found, said })) };
  }
  let revision: Revision;
  try {
    revision = await find(said);
  } catch (error) {
    if (!HaypileError.isInstance(error) || error.code !== "HAYPILE_GIT") throw error;
    throw refused(shown, `${time.refused}, and as a commit: ${error.message}`, error);
  }
  return { said, ms: revision.at + restOfSecondMs, revision: Promise.resolve(revision) };
}

function refused(shown: string, why: string, cause?: unknown): HaypileError {
  return new HaypileError(
    "HAYPILE_USAGE",
    `Expected ${timeForms}, or a commit, branch or tag of the folder's repository for asOf, but got ${shown}: ${why.replace(/\.+$/u, "")}.`,
    { data: { option: "asOf" }, cause },
  );
}
