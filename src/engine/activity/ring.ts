/*
 * The ring of records on disk: numbered files, of which the newest is added to and the oldest goes. Each record
 * is one write of one line at the end of a file, so that processes need no lock: two that begin the next
 * file at once begin the same one. A line that a crash or a full disk has cut is passed over. Nothing
 * here ever fails the work it tells of.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { removeFile } from "../../base/files/patient.ts";
import { makePrivateFolder, writePrivate } from "../../base/files/private-files.ts";
import { readBoundedSync } from "../../base/files/read-file.ts";
import { log } from "../../base/log.ts";
import { type ActivityRecord, recordFormat } from "./record.ts";

/** A file is not added to beyond this; of so many files, some 2 MB in all. */
const fileBytes = 256 * 1024;
const mostFiles = 8;
/** Records that are begun below the bound of a file end above it; more is not ours. */
const mostReadBytes = 16 * fileBytes;
const namePattern = /^activity-(\d{8})\.jsonl$/;

/** Adds a record. @returns whether it was written */
export function appendRecord(folder: string, record: ActivityRecord): boolean {
  try {
    makePrivateFolder(folder);
    const numbers = numbersIn(folder);
    let number = numbers.at(-1) ?? 1;
    if (sizeOf(pathOf(folder, number)) >= fileBytes) number += 1;
    // The line begins with its own end of line: what a cut line left before it stays apart.
    writePrivate(pathOf(folder, number), `\n${JSON.stringify(record)}\n`, "a");
    for (const old of numbers) {
      if (old <= number - mostFiles) removeFile(pathOf(folder, old));
    }
    return true;
  } catch (error) {
    log("debug", `the record of activity in ${folder} cannot be written: ${String(error)}`);
    return false;
  }
}

/** Records that end at or after a time, oldest first. A folder that is not there has none. */
export function readRecords(folder: string, sinceMs: number): ActivityRecord[] {
  const records: ActivityRecord[] = [];
  for (const number of numbersIn(folder)) {
    for (const line of linesOf(pathOf(folder, number))) {
      const record = parse(line);
      if (record !== undefined && Date.parse(record.at) >= sinceMs) records.push(record);
    }
  }
  return records.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

function numbersIn(folder: string): number[] {
  try {
    return readdirSync(folder)
      .flatMap((name) => namePattern.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  } catch {
    return [];
  }
}

function pathOf(folder: string, number: number): string {
  return join(folder, `activity-${String(number).padStart(8, "0")}.jsonl`);
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function linesOf(path: string): string[] {
  try {
    const rules = { mostBytes: mostReadBytes, links: "follow" } as const;
    return readBoundedSync(path, rules).toString("utf8").split("\n");
  } catch {
    return []; // another process has just deleted it
  }
}

const parts = ["settings", "memory", "steps", "batches", "caches", "vectors", "searches"] as const;

function parse(line: string): ActivityRecord | undefined {
  if (line === "") return undefined;
  try {
    const record = JSON.parse(line) as ActivityRecord | null;
    if (record?.format !== recordFormat || !Array.isArray(record.events)) return undefined;
    if (!Number.isFinite(Date.parse(record.at)) || !Number.isFinite(Date.parse(record.from)))
      return undefined;
    return parts.every((part) => typeof record[part] === "object" && record[part] !== null)
      ? record
      : undefined;
  } catch {
    return undefined;
  }
}
