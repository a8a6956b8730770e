/* A thread of its own for what reads a whole file: no recall waits for it. It ends when its work is done. */
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { dirname } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { fileError, HaypileError } from "../../../base/errors.ts";
import { removeFile, replaceFile } from "../../../base/files/patient.ts";
import { flushFolder, flushPrivate, writePrivate } from "../../../base/files/private-files.ts";
import { openStream } from "../../../base/files/read-file.ts";
import { packageVersion } from "../../../base/package/own-package.ts";
import { salvagedLines } from "../../../memories/formats/rescue.ts";
import { memoriesSchema } from "../../../storage/sqlite/memories/file/schema.ts";
import { copyMemories } from "../../../storage/sqlite/memories/file/snapshot.ts";
import { salvageMemories } from "../../../storage/sqlite/memories/salvage/salvage.ts";
import { manifestText } from "./manifest.ts";
import { filesOf } from "./names.ts";

/** A snapshot that is to be made. */
interface Wanted {
  database: string;
  folder: string;
  id: string;
  at: string;
  note: string;
}

/** A snapshot that is there. */
export interface Known {
  path: string;
  /** As its manifest says; undefined: it is read without being compared. */
  sha256: string | undefined;
  schema: number | undefined;
}

/** Lines that are read are given as they are asked for. */
export type SnapshotWork = { make: Wanted } | { read: Known };

/** "lines" are those of an export; [] when there are no more. */
export type WorkAnswer =
  | { done: true }
  | { lines: string[] }
  | { error: { code: string; message: string; data: Record<string, unknown> } };

const charactersPerAnswer = 1_000_000;

async function make({ database, folder, id, at, note }: Wanted): Promise<void> {
  const { draft, manifestDraft, ...names } = filesOf(folder, id);
  try {
    const { schema, counts } = await copyMemories(database, draft);
    const { size: bytes } = statSync(draft);
    const sha256 = await sumOf(draft);
    const said = { id, at, note, version: packageVersion, schema, counts, bytes, sha256 };
    writePrivate(manifestDraft, manifestText(said), "wx");
    flushPrivate(manifestDraft);
    // Once the file has its name, tidyDrafts() gives the manifest its own should this process end here.
    replaceFile(draft, names.database);
    replaceFile(manifestDraft, names.manifest);
    for (const path of [folder, dirname(folder)]) flushFolder(path);
  } catch (error) {
    for (const side of ["", "-wal", "-shm", "-journal"]) removeFile(`${draft}${side}`);
    removeFile(manifestDraft);
    throw fileError(error, `make a snapshot in ${folder}`);
  }
}

async function sumOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of openStream(path)) hash.update(piece as Buffer);
  return hash.digest("hex");
}

/** Pages are read past what is damaged, and nothing is written beside the file. */
async function* pieces({ path, sha256, schema = 0 }: Known): AsyncGenerator<string[]> {
  if (schema > memoriesSchema.steps.length) throw newer(path, schema);
  if (sha256 !== undefined && (await sumOf(path)) !== sha256) throw changed(path);
  const salvage = salvageMemories(path);
  try {
    let lines: string[] = [];
    let characters = 0;
    const counts = { memories: 0, damaged: 0, lost: 0 };
    for (const line of salvagedLines(salvage, {}, new Set(), counts)) {
      lines.push(line);
      characters += line.length;
      if (characters < charactersPerAnswer) continue;
      yield lines;
      lines = [];
      characters = 0;
    }
    if (lines.length > 0) yield lines;
  } finally {
    salvage.close();
  }
}

function changed(path: string): HaypileError {
  return new HaypileError(
    "HAYPILE_DB_CORRUPT",
    `The snapshot ${path} is not what was written. "haypile memories rescue --db ${path} --to good.db" makes a good file of what can be read.`,
    { data: { path, finding: "its sum is another", isOfMemories: true } },
  );
}

function newer(path: string, version: number): HaypileError {
  return new HaypileError(
    "HAYPILE_DB_NEWER",
    `The snapshot ${path} was made by a newer Haypile (schema ${version}). Update Haypile, then bring memories back.`,
    { data: { path, version } },
  );
}

function answer(said: WorkAnswer): void {
  parentPort?.postMessage(said);
}

function fail(error: unknown): void {
  const { code, message, data } = HaypileError.isInstance(error)
    ? error
    : fileError(error, "read a snapshot");
  // What cannot be sent is no part of what is told.
  answer({ error: { code, message, data: JSON.parse(JSON.stringify(data)) } });
  parentPort?.close();
}

const work = workerData as SnapshotWork;
if ("make" in work) {
  make(work.make).then(() => answer({ done: true }), fail);
} else {
  const rest = pieces(work.read);
  const next = async (): Promise<void> => {
    const { value: lines = [] } = (await rest.next()) as { value?: string[] };
    answer({ lines });
    if (lines.length === 0) parentPort?.close();
  };
  parentPort?.on("message", () => void next().catch(fail));
}
