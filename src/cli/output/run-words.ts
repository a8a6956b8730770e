/* An index run as people are told of it, while it works. */
import type { WatchedProject } from "../../ports/answers/index-facts.ts";
import type { IndexProgress, IndexRun } from "../../ports/answers/index-run.ts";
import { counted, formatAbout, formatCount } from "./format.ts";

/** "process 123 has been indexing since 12:00:03: embedding, 1,200 of 9,971 chunks, about 2 min left". */
export function runInWords(run: IndexRun): string {
  const { pid, isOwn, since, phase, filesDone, filesTotal, chunksDone, chunksTotal, msLeft } = run;
  const who = `${isOwn ? "this process" : `process ${pid}`} has been at work on the index since ${timeOf(since)}`;
  if (phase === undefined) return who;
  if (phase === "reading") {
    const files =
      filesTotal === 0
        ? ""
        : `, ${formatCount(filesDone)} of ${formatCount(filesTotal)} files so far`;
    return `${who}: reading${files}`;
  }
  const left = msLeft === undefined ? "" : `, ${formatAbout(msLeft)} left`;
  return `${who}: embedding, ${formatCount(chunksDone)} of ${formatCount(chunksTotal)} chunks${left}`;
}

/** The line that a run says once: searches work now, and how long the rest takes. */
function searchableNow(chunks: number, msLeft: number): string {
  return `searchable now; vectors: ${counted(chunks, "chunk")}, ${formatAbout(msLeft)}; Ctrl-C is fine`;
}

/** Says searchableNow() once, when the speed of this run is known. */
export class SearchableLine {
  readonly #say: (line: string) => void;
  #isSaid = false;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  note({ phase, chunksTotal, msLeft }: IndexProgress): void {
    if (this.#isSaid || phase !== "embed" || msLeft === undefined) return;
    this.#isSaid = true;
    this.#say(searchableNow(chunksTotal, msLeft));
  }
}

/** The time of day where it is today, else the day too, in the zone of this machine. */
function timeOf(iso: string): string {
  const date = new Date(iso);
  const two = (value: number): string => String(value).padStart(2, "0");
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return date.toDateString() === new Date().toDateString() ? time : `${day} ${time}`;
}

/** How the daemon keeps a project up to date: "by 120 watches since …". */
export function watchedInWords({ how, why, folders, since }: WatchedProject): string {
  if (how === "opening") return "by the daemon, soon";
  const told =
    how === "events" ? `${counted(folders, "folder")} by the system` : "all files now and then";
  return `${told}, since ${since}${why === undefined ? "" : ` (${why})`}`;
}

/** For the line of progress. */
export function runState(progress: IndexProgress) {
  const embedding = progress.phase === "embed";
  const scip = progress.phase === "scip";
  return {
    phase: embedding ? "embedding" : scip ? "exact uses" : "reading",
    done: embedding ? progress.chunksDone : progress.filesDone,
    total: embedding ? progress.chunksTotal : scip ? progress.filesTotal : 0,
    unit: embedding ? "chunks" : "files",
    rssBytes: progress.rssBytes,
    msLeft: embedding ? (progress.msLeft ?? null) : undefined,
  };
}
