/* Indexes, their runs and what is left out of them, in words. */
import type { KnownIndex } from "../../../../src/ports/answers/index-facts.ts";
import type { PrunableIndex } from "../../../../src/ports/answers/index-upkeep.ts";
import { counted, formatAgo, formatCount } from "../../parts/format.ts";
import { visible } from "../../parts/visible.ts";

/** "about 40 s", "about 3 min", "about 2 h"; rounded, since it is an estimate. */
export function aboutTime(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 10) return "a few seconds";
  if (seconds < 90) return `about ${Math.round(seconds / 5) * 5} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `about ${minutes} min` : `about ${Math.round(minutes / 60)} h`;
}

/** The folder, or the file of one that cannot say its folder. */
export function nameOf({ folder, database }: KnownIndex): string {
  return visible(folder ?? database);
}

/** What is wrong with it; undefined: nothing. */
export function problemOf(index: KnownIndex): string | undefined {
  if (index.mayBeUnmounted === true) return "the folder is gone, or its drive is not mounted";
  if (index.vanished) return "the folder is gone";
  if (index.damaged) return `damaged${index.problem === undefined ? "" : `: ${index.problem}`}`;
  return index.problem;
}

export function watchedWords({ watched }: KnownIndex): string {
  if (watched === undefined) return "no";
  if (watched.how === "opening") return "soon";
  return watched.how === "events"
    ? `yes, ${counted(watched.folders, "folder")}`
    : `by polling${watched.why === undefined ? "" : ` (${watched.why})`}`;
}

/** "typescript 120, markdown 14, and 3 more" */
export function languageWords({ details }: KnownIndex, most = 3): string {
  const languages = details?.languages ?? [];
  const said = languages
    .slice(0, most)
    .map(({ language, files }) => `${visible(language)} ${formatCount(files)}`);
  const more = languages.length - said.length;
  return [...said, ...(more > 0 ? [`and ${more} more`] : [])].join(", ");
}

export function whyPruned(index: PrunableIndex, now: number): string {
  const used =
    index.lastUsed === undefined ? "never used" : `last used ${formatAgo(index.lastUsed, now)}`;
  const nearest = index.nearest === undefined ? "" : `; ${visible(index.nearest)} is there`;
  const why = {
    "folder-gone":
      index.mayBeUnmounted === true
        ? "the folder is gone, or its drive is not mounted"
        : "the folder is gone",
    damaged: "the file is damaged",
    unused: "not used for long",
  }[index.why];
  return `${why}${nearest}; ${used}`;
}

/** Where a run is: "reading files", "making vectors". */
export function phaseWords(phase: string | undefined): string {
  switch (phase) {
    case "scan":
    case "read":
    case "reading":
      return "reading files";
    case "scip":
      return "reading exact uses";
    case "embed":
    case "embedding":
      return "making vectors";
    default:
      return "at work";
  }
}

/** One line of a reason that leaves files out. */
export const reasonWords: Readonly<Record<string, string>> = {
  hidden: "hidden folder",
  vendored: "code of others",
  "build-output": "build output",
  worktree: "worktree of the same repository",
  "ignored-by-git": "ignored by git",
  "ignored-by-haypile": ".haypileignore",
  secret: "may keep secrets",
  "link-to-file": "link to a file",
  "link-to-folder": "link to a folder",
  "link-to-outside": "link out of the folder",
  "link-broken": "broken link",
  special: "socket, pipe or device",
  "too-large": "too large",
  binary: "no text",
  generated: "generated",
  translation: "translation",
  "long-lines": "lines too long",
  unreadable: "not readable",
  vanished: "gone",
  "name-not-utf8": "name is no text",
};
