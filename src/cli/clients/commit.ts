/* Writes what was planned, each file once, and takes down what is needed to undo it to the byte. */
import { copyFileSync, existsSync, rmdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileError, HaypileError } from "../../base/errors.ts";
import { removeFile } from "../../base/files/patient.ts";
import { makePrivateFolder } from "../../base/files/private-files.ts";
import { isInside } from "../../base/files/read-file.ts";
import { writeAtomically } from "../../config/file/write-file.ts";
import { type FileRecord, hashOf, type Ledger } from "./ledger.ts";
import { type PlannedFile, readText } from "./planned-files.ts";

export interface Committed {
  file: string;
  /** The file as it was; undefined: it was not there, or has its old bytes again. */
  backup: string | undefined;
}

/**
 * @param isProject whose file it is: its copy lies in the data folder then, else beside it
 * @throws HaypileError HAYPILE_CONFIG_INVALID when it was changed since it was read; HAYPILE_PERMISSION,
 *   HAYPILE_DISK_FULL, HAYPILE_IO
 */
export function commit(
  planned: PlannedFile,
  isProject: boolean,
  ledger: Ledger | undefined,
): Committed {
  const { file, before } = planned;
  if (readText(file) !== before) {
    throw new HaypileError(
      "HAYPILE_CONFIG_INVALID",
      `${file} was changed by another program since it was read; it was left alone. Run this again.`,
      { data: { path: file } },
    );
  }
  const record = ledger?.of(file);
  const isAsLeft = record !== undefined && record.after === hashOf(before);
  const isTakenOut = planned.added.size === 0;
  const parts = (record?.parts ?? []).filter((part) => !planned.removed.has(part));
  if (isTakenOut && parts.length === 0 && isAsLeft && giveBack(file, record, isProject)) {
    ledger?.keep(file, undefined);
    forgetCopy(record, ledger);
    return { file, backup: undefined };
  }
  const folders = before === undefined ? missingFolders(file) : [];
  // What was there before the first word of ours is kept until the last one goes.
  const keepsCopy = isAsLeft && record.copy !== undefined;
  const copy = keepsCopy ? record.copy : copyOf(planned, isProject, ledger);
  write(planned, isProject);
  if (ledger === undefined) return { file, backup: copy };
  if (isTakenOut && parts.length === 0) {
    ledger.keep(file, undefined);
    for (const folder of [...(record?.folders ?? [])].reverse()) removeEmpty(folder);
    return { file, backup: copy };
  }
  const firstTime = record === undefined && !planned.hadOurs;
  ledger.keep(file, {
    before: isAsLeft ? record.before : firstTime ? hashOf(before) : undefined,
    after: hashOf(planned.after),
    copy,
    parts: [...new Set([...parts, ...planned.added])],
    made: [...(record?.made ?? []), ...planned.made.map((way) => [...way])],
    folders: record?.folders ?? [...new Set([...ledger.madeAbove(file), ...folders])].sort(),
  });
  return { file, backup: copy };
}

/** True when the file is again what it was before Haypile came. */
function giveBack(file: string, record: FileRecord, isProject: boolean): boolean {
  if (record.before === undefined) return false;
  if (record.before === "") {
    removeFile(file);
    for (const folder of [...record.folders].reverse()) removeEmpty(folder);
    return true;
  }
  try {
    const text = record.copy === undefined ? undefined : readText(record.copy);
    if (text === undefined || hashOf(text) !== record.before) return false;
    writeAtomically(file, text, isProject ? "project" : "theirs");
    return true;
  } catch (error) {
    if (HaypileError.isInstance(error) && error.code !== "HAYPILE_CONFIG_INVALID") throw error;
    return false;
  }
}

function write({ file, after }: PlannedFile, isProject: boolean): void {
  if (after !== undefined) {
    writeAtomically(file, after, isProject ? "project" : "theirs");
    return;
  }
  try {
    removeFile(file);
  } catch (error) {
    throw fileError(error, `delete ${file}`);
  }
}

function copyOf(
  { file, before }: PlannedFile,
  isProject: boolean,
  ledger: Ledger | undefined,
): string | undefined {
  if (before === undefined) return undefined;
  const copy =
    isProject && ledger !== undefined
      ? join(ledger.copies, hashOf(file).slice(0, 24))
      : `${file}.haypile-backup`;
  try {
    makePrivateFolder(dirname(copy));
    copyFileSync(file, copy);
  } catch (error) {
    throw fileError(error, `write ${copy}`);
  }
  return copy;
}

/** A copy in the data folder is of no use any more; one beside a user's file stays, as it always did. */
function forgetCopy({ copy }: FileRecord, ledger: Ledger | undefined): void {
  if (copy === undefined || ledger === undefined || !isInside(ledger.copies, copy)) return;
  removeFile(copy);
}

/** Outermost first. */
function missingFolders(file: string): string[] {
  const missing: string[] = [];
  for (let at = dirname(file); !existsSync(at) && at !== dirname(at); at = dirname(at)) {
    missing.unshift(at);
  }
  return missing;
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Something else is in it, or it is gone.
  }
}
