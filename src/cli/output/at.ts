/* Answers at a revision: the flag that asks for one, what is said while files are read, and of which commit it is. */
import type { Command } from "commander";
import { localMinute } from "../../base/text/local-time.ts";
import type { RevisionProgress } from "../../ports/answers/definitions.ts";
import type { AnsweredAt } from "../../ports/answers/time/answered-at.ts";
import { printable } from "./format.ts";

export interface AtFlags {
  at?: string | undefined;
}

/** Adds --at. */
export function addAtFlag(command: Command): Command {
  return command.option(
    "--at <revision>",
    "as the code was at a commit, branch, tag, day or time, out of git: no index is needed",
  );
}

/** The options of a question, with the revision where one is said. */
export function askedAt(
  { at }: AtFlags,
  signal: AbortSignal,
): { at?: string; signal?: AbortSignal; onProgress?: (progress: RevisionProgress) => void } {
  return at === undefined ? {} : { at, signal, onProgress: progressLine() };
}

/** Said every so many milliseconds. */
const everyMs = 1_000;

/** Tells how far a question is that takes longer; a terminal shows it, a log has it line by line. */
function progressLine(): (progress: RevisionProgress) => void {
  let told = performance.now();
  return ({ doing, filesDone, filesTotal }) => {
    const now = performance.now();
    if (now - told < everyMs) return;
    told = now;
    const what = doing === "read" ? "reading" : "parsing";
    process.stderr.write(`haypile: ${what} files of the commit, ${filesDone} of ${filesTotal}.\n`);
  };
}

/** Says after a second that a question at a revision goes on, and how long it has; the answer ends it. */
export async function tellLong<T>(at: string | undefined, answer: Promise<T>): Promise<T> {
  if (at === undefined) return await answer;
  const began = performance.now();
  const tell = (): void => {
    const seconds = Math.round((performance.now() - began) / 1_000);
    process.stderr.write(
      `haypile: reading files of ${printable(at)} out of git, for ${seconds} s so far.\n`,
    );
  };
  let timer = setTimeout(function again() {
    tell();
    timer = setTimeout(again, longMs);
  }, everyMs);
  try {
    return await answer;
  } finally {
    clearTimeout(timer);
  }
}

/** Said again after so many milliseconds. */
const longMs = 5_000;

/** Says of which commit an answer is, and what it lacks. */
export function noteAt(at: AnsweredAt | undefined): void {
  if (at === undefined) return;
  process.stderr.write(
    `haypile: at ${at.commit.slice(0, 12)} of ${localMinute(Date.parse(at.date))} (${printable(at.said)}).\n`,
  );
  for (const note of at.notes ?? []) process.stderr.write(`haypile: note: ${printable(note)}.\n`);
}
