/* Why a question at a commit has no answer, in sentences. */
import { HaypileError } from "../../../base/errors.ts";
import { localDay } from "../../../base/text/local-time.ts";
import { skipReasons } from "../../../ports/answers/index-run.ts";
import type { AnsweredAt } from "../../../ports/answers/time/answered-at.ts";
import type { NotCode } from "./code-files.ts";
import type { BlobLack } from "./read-blobs.ts";

/** "4f2a9c1 of 2026-03-01". */
function commitInWords({ commit, date }: AnsweredAt): string {
  return `${commit.slice(0, 12)} of ${localDay(date)}`;
}

export function noSuchSymbol(
  name: string,
  path: readonly string[] | undefined,
  at: AnsweredAt,
): HaypileError {
  const where = path === undefined ? "" : ` in ${path.join(", ")}`;
  const notes = (at.notes ?? []).map((note) => ` ${note[0]?.toUpperCase()}${note.slice(1)}.`);
  return new HaypileError(
    "HAYPILE_SYMBOL_MISSING",
    `Expected the name of a definition at ${commitInWords(at)}, but ${JSON.stringify(name.slice(0, 200))} was none${where}.${notes.join("")} "haypile symbol" with --at finds names that are like it.`,
    { data: { name, at } },
  );
}

export function nothingFits(path: readonly string[], at: AnsweredAt): HaypileError {
  return new HaypileError(
    "HAYPILE_USAGE",
    `No file fits ${path.map((one) => JSON.stringify(one.slice(0, 120))).join(", ")} at ${commitInWords(at)}: folders and files may have had other names.`,
    { data: { path, at } },
  );
}

export function noSuchFile(path: string, at: AnsweredAt, isFolder = false): HaypileError {
  const shown = JSON.stringify(path.slice(0, 200));
  return new HaypileError(
    "HAYPILE_PATH_MISSING",
    isFolder
      ? `Expected a file, but ${path === "" ? "the top" : shown} was a folder at ${commitInWords(at)}. An outline lists its files.`
      : `Expected a file or folder of ${commitInWords(at)}, but nothing was at ${shown} then: it may have had another name. "haypile outline --at" lists what was there.`,
    { data: { path, at } },
  );
}

/** The folder of the index was not there yet, or was called something else. */
export function nothingThere(folder: string, at: AnsweredAt): HaypileError {
  return new HaypileError(
    "HAYPILE_PATH_MISSING",
    `Nothing was in the folder ${JSON.stringify(folder)} of the repository at ${commitInWords(at)}: it may have had another name. Ask from the top of the repository.`,
    { data: { path: folder, at } },
  );
}

const whys: Readonly<Record<Exclude<NotCode | BlobLack, keyof typeof skipReasons>, string>> = {
  link: "it was a link then, and links are not followed",
  submodule: "it was a submodule then: what is in it is in another repository",
  missing:
    'this clone has not got what was in it: "git fetch --refetch --no-filter" brings what a partial clone left out',
  lfs: "git has a pointer there: what was in it is kept by LFS",
  damaged: 'its bytes are not those that git has noted: "git fsck" says more',
};

export function notCode(path: string, why: NotCode | BlobLack, at: AnsweredAt): HaypileError {
  const own = (whys as Record<string, string | undefined>)[why];
  const said = own ?? `it does not count as code: ${skipReasons[why as keyof typeof skipReasons]}`;
  return new HaypileError(
    why === "missing" ? "HAYPILE_REVISION_MISSING" : "HAYPILE_PATH_MISSING",
    `Could not show ${JSON.stringify(path.slice(0, 200))} as it was at ${commitInWords(at)}: ${said.replace(/\.$/u, "")}.`,
    { data: { path, at, reason: why } },
  );
}
