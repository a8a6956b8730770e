/*
 * A moment of a repository's history, said by a person: a commit, a branch, a tag, "HEAD~3", or a time. A time means
 * the last commit that the history of HEAD had by then, along first parents: what was checked out, not what was
 * written elsewhere and came in later.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { throwIfAborted } from "../../base/abort.ts";
import { HaypileError } from "../../base/errors.ts";
import { firstLine } from "../../base/files/repository.ts";
import { localMinute, otherForm, parseTime, timeForms } from "../../base/text/local-time.ts";
import { inRepository } from "./git.ts";
import { type GitLimits, GitRefusal } from "./process.ts";
import type { GitRoom } from "./room.ts";

export interface Revision {
  /** Id of the commit, whole. */
  commit: string;
  /** When it was committed, milliseconds since 1970. */
  at: number;
  /** As it was asked for. */
  said: string;
}

const longestSaid = 1_000;

/**
 * @param said a revision as git takes it, or a time (timeForms)
 * @throws HaypileError HAYPILE_REVISION_MISSING; GitRefusal
 */
export async function revisionOf(git: GitRoom, said: string): Promise<Revision> {
  if (said.length > longestSaid) throw missing(git, said.slice(0, 80), "that is longer than any");
  const named = await git.commit(said).catch((error: unknown) => {
    if (error instanceof GitRefusal && !error.wasEnded) return error;
    throw error;
  });
  const commit = typeof named === "string" ? named : await commitBy(git, said, named);
  const seconds = await git.run("log", "-1", "--format=%ct", commit, "--");
  return { commit, at: Number(seconds.toString("latin1").trim()) * 1_000, said };
}

async function commitBy(git: GitRoom, said: string, refusal: GitRefusal): Promise<string> {
  const time = parseTime(said, "end");
  if ("refused" in time) {
    throw missing(git, said, time.refused === otherForm ? refusal.message : time.refused);
  }
  const head = await git.commit("HEAD").catch(() => undefined);
  if (head === undefined) throw missing(git, said, "nothing is committed yet");
  const until = `--before=${Math.floor(time.ms / 1_000)}`;
  const found = await git.run("rev-list", "-1", "--first-parent", until, head, "--");
  const id = found.toString("latin1").trim();
  if (id !== "") return id;
  throw missing(git, said, `the history here begins after ${localMinute(time.ms)}`);
}

function missing(git: GitRoom, said: string, why: string): HaypileError {
  const lack = lackOf(git);
  return new HaypileError(
    "HAYPILE_REVISION_MISSING",
    `Expected a commit, branch, tag or time of this repository, but ${JSON.stringify(said)} is none here: ${why}.${lack === undefined ? ` Times are ${timeForms}.` : ` ${lack}`}`,
    { data: { revision: said, repository: git.repository.folder, isCut: lack !== undefined } },
  );
}

/** Why objects may be missing here and what to do, in a sentence; undefined: nothing says that any are. */
function lackOf({ repository }: Pick<GitRoom, "repository">): string | undefined {
  const { commonFolder } = repository;
  if (firstLine(join(commonFolder, "shallow")) !== undefined) {
    return 'This clone is shallow, it has the newest commits only: "git fetch --unshallow" brings the rest.';
  }
  if (isPartial(commonFolder)) {
    return 'This clone is partial, it left out objects: "git fetch --refetch --no-filter" brings them.';
  }
  return undefined;
}

/** Packs that came through a filter have a file beside them that says so. */
function isPartial(commonFolder: string): boolean {
  const pack = join(commonFolder, "objects", "pack");
  try {
    return readdirSync(pack).some((name) => name.endsWith(".promisor"));
  } catch {
    return false;
  }
}

/**
 * Runs with a room for the repository of a folder, and says what git refuses in words of the catalogue.
 *
 * @param doing what was asked, as it stands after "Could not": "read app.ts as of v1.2"
 * @throws HaypileError HAYPILE_GIT, HAYPILE_REVISION_MISSING where objects are missing, HAYPILE_ABORTED; what `run` throws
 */
export async function inHistory<T>(
  folder: string,
  doing: string,
  limits: GitLimits,
  run: (git: GitRoom) => Promise<T>,
): Promise<T> {
  let lack: string | undefined;
  try {
    return await inRepository(folder, limits, async (git) => {
      lack = lackOf(git);
      return await run(git);
    });
  } catch (error) {
    throwIfAborted(limits.signal, "The question");
    if (!(error instanceof GitRefusal)) throw error;
    const isCut =
      lack !== undefined &&
      /missing|bad object|unable to read|could not get object|not a valid object/iu.test(
        error.message,
      );
    throw new HaypileError(
      isCut ? "HAYPILE_REVISION_MISSING" : "HAYPILE_GIT",
      `Could not ${doing}: ${error.message}.${isCut ? ` ${lack}` : ""}`,
      { data: { folder }, cause: error },
    );
  }
}
