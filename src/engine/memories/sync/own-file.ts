/*
 * The file of this machine in a folder. Lines are added to it and flushed; it is written anew, beside itself and then put
 * in its own place, when it has grown, when it holds what was erased, or when it is not what this database wrote.
 *
 * Before either the database names what it is about to write, so that after a kill what is found in the file is known
 * as this machine's own. What is found there and was never named comes from a copy of this database: then this machine
 * takes another id, and what the file says is read as anybody's.
 */
import { closeSync, fsyncSync } from "node:fs";
import { join } from "node:path";
import { fileError, HaypileError } from "../../../base/errors.ts";
import { removeFile, replaceFile } from "../../../base/files/patient.ts";
import {
  flushFolder,
  openPrivate,
  openToAppend,
  writeAll,
} from "../../../base/files/private-files.ts";
import { randomDigits } from "../../../base/text/sha256.ts";
import { msOf } from "../../../memories/sync/clock.ts";
import { stateOf } from "../../../memories/sync/kept.ts";
import {
  type FileHeader,
  lineText,
  memoryLines,
  mostAheadMs,
  readLine,
  sumIn,
  syncFormat,
} from "../../../memories/sync/lines.ts";
import { secretIn } from "../../../memories/sync/secrets.ts";
import { lastClock, type MemoryState, textsInOrder } from "../../../memories/sync/state.ts";
import { draftFile, ownFile } from "./files.ts";
import { LineFile } from "./line-reader.ts";
import { perStep, type SyncRun } from "./run.ts";

/** A file that has grown by as much as it had, and this, is written anew. */
const mostGrownBytes = 1_024 * 1_024;
const bytesPerWrite = 1_024 * 1_024;

/** What was found where the own file should be. */
export type OwnState =
  /** It is as it was left. */
  | "sound"
  /** There is none, or an older copy, or one that cannot be read. */
  | "lost"
  /** A process was killed while it wrote. */
  | "cut off"
  /** Somebody else has written it under the same id. */
  | "another's";

export async function lookAtOwn(run: SyncRun): Promise<OwnState> {
  const { folder, machine } = run;
  const path = join(folder.path, ownFile(machine));
  let file: LineFile;
  try {
    file = await LineFile.open(path);
  } catch (error) {
    // A link or a pipe in its place: the new file takes that place.
    if (isLost((error as NodeJS.ErrnoException).code)) return "lost";
    throw fileError(error, `read ${path}`);
  }
  try {
    const first = await file.lineAt(0);
    const header = first === undefined ? undefined : headerOf(first.text);
    if (header === undefined) return "lost";
    if (header.format > syncFormat) throw ofNewer(path, header.format);
    const isIntended = folder.intent !== "" && header.generation === folder.intent;
    if (header.generation !== folder.generation) return isIntended ? "cut off" : "another's";
    if (file.size < folder.bytes) return "lost";
    const last = await file.lineAt(folder.lastAt);
    if (last?.end !== folder.bytes || sumIn(last.text) !== folder.tail) return "another's";
    if (file.size === folder.bytes) return "sound";
    const next = await file.lineAt(folder.bytes);
    if (folder.intent === "") return "another's";
    return next === undefined || beginOf(next.text) === folder.intent ? "cut off" : "another's";
  } finally {
    file.close();
  }
}

function ofNewer(path: string, found: number): HaypileError {
  return new HaypileError(
    "HAYPILE_DB_NEWER",
    `Expected this machine's file of format ${syncFormat} in the folder, but ${path} is of format ${found}, written by a newer Haypile. Nothing was read or written. Update Haypile on this machine.`,
    { data: { path, format: found, known: syncFormat } },
  );
}

/** Adds what the folder does not have, or writes all of it anew. */
export async function writeOwn(run: SyncRun, found: "sound" | "lost" | "cut off"): Promise<void> {
  const { sync } = run.store;
  const { folder, options } = run;
  const { id, published, bytes, wholeBytes } = folder;
  const rev = sync.rev();
  const isAllowedNow = options.allowSecrets === true && folder.withheld > 0;
  const isAnew =
    found !== "sound" ||
    options.whole === true ||
    isAllowedNow ||
    sync.hasGoneSince(published) ||
    bytes > 2 * wholeBytes + mostGrownBytes;
  const since = isAllowedNow || (found === "lost" && folder.generation !== "") ? 0 : published;
  const keys = allKeys(run, options.whole === true ? [-1, -1] : [id, since]);
  if (!isAnew && keys.length === 0) {
    if (published !== rev) await run.keepFolder({ published: rev });
    run.result.bytes = bytes;
    return;
  }
  if (isAnew) await new Rewrite(run, keys, rev).write(found);
  else await append(run, keys, rev);
}

function allKeys({ store }: SyncRun, [folder, published]: [number, number]): string[] {
  const keys: string[] = [];
  for (let after = ""; ; ) {
    const found = store.sync.toPublish(folder, published, after, 5_000);
    keys.push(...found);
    if (found.length === 0) return keys;
    after = found.at(-1) as string;
  }
}

async function append(run: SyncRun, keys: readonly string[], rev: number): Promise<void> {
  const { folder } = run;
  const path = join(folder.path, ownFile(run.machine));
  const intent = newNonce();
  await run.keepFolder({ intent });
  const written = await guarded(path, async () => {
    const file = openToAppend(path);
    try {
      const lines = new LineWriter(file, folder);
      lines.add({ begin: intent });
      await writeKeys(run, keys, new Set(), lines);
      lines.flush();
      fsyncSync(file);
      return lines.written;
    } finally {
      closeSync(file);
    }
  });
  await noteWritten(run, written, rev, { intent: "" });
}

/** All that this machine has to say, in the order of ids: so versions of the file differ little. */
class Rewrite {
  readonly #run: SyncRun;
  readonly #keys: readonly string[];
  readonly #rev: number;

  constructor(run: SyncRun, keys: readonly string[], rev: number) {
    this.#run = run;
    this.#keys = keys;
    this.#rev = rev;
  }

  async write(found: "sound" | "lost" | "cut off"): Promise<void> {
    const run = this.#run;
    const folder = run.folder.path;
    const path = join(folder, ownFile(run.machine));
    const generation = newNonce();
    const draft = join(folder, draftFile(run.machine, generation));
    const there = found === "lost" ? new Set<string>() : await keysIn(path);
    await run.keepFolder({ intent: generation });
    const start = { bytes: 0, lines: 0, lastAt: 0, tail: "" };
    const written = await guarded(path, async () => {
      const file = openPrivate(draft, "wx");
      try {
        const lines = new LineWriter(file, start);
        lines.add({ format: syncFormat, machine: run.machine, generation });
        const keys = [...new Set([...there, ...this.#keys])].sort();
        const unknown = await writeKeys(run, keys, there, lines);
        if (unknown.size > 0 && found !== "lost") await copyLines(path, unknown, lines);
        lines.flush();
        fsyncSync(file);
        closeSync(file);
        replaceFile(draft, path);
        flushFolder(folder);
        return lines.written;
      } catch (error) {
        try {
          closeSync(file);
        } catch {
          // It was closed before.
        }
        removeFile(draft);
        throw error;
      }
    });
    run.result.isRewritten = there.size > 0 || run.folder.generation !== "";
    const isAll = run.options.allowSecrets === true;
    await noteWritten(run, written, this.#rev, {
      intent: "",
      generation,
      file: ownFile(run.machine),
      wholeBytes: written.bytes,
      ...(isAll && { withheld: 0 }),
    });
  }
}

async function noteWritten(
  run: SyncRun,
  written: LineWriter["written"],
  rev: number,
  more: Partial<SyncRun["folder"]>,
): Promise<void> {
  const { secrets, fromFuture } = run.result;
  const withheld = (more.withheld ?? run.folder.withheld) + secrets.kept + fromFuture;
  await run.keepFolder({ ...more, ...written, published: rev, withheld });
  run.result.bytes = written.bytes;
}

/**
 * Writes memories as they are now.
 * @param there ids that the file had: they were allowed to be there
 * @returns those that went out of this database alone: what the file says of them stands
 */
async function writeKeys(
  run: SyncRun,
  keys: readonly string[],
  there: ReadonlySet<string>,
  lines: LineWriter,
): Promise<Set<string>> {
  const { store, namespaces, result, options } = run;
  const unknown = new Set<string>();
  for (const [at, key] of keys.entries()) {
    if (at % perStep === 0) {
      run.tell("writing", at, keys.length);
      await run.pause();
    }
    const state = stateOf(store, key, store.sync.get(key));
    const newest = textsInOrder(state).at(-1);
    if (newest === undefined && state.gone === "" && state.deleted === undefined) {
      if (state.hiddenWhy === "quota") unknown.add(key);
      continue;
    }
    if (newest !== undefined && namespaces?.has(newest.namespace) === false) continue;
    if (options.allowSecrets !== true && !there.has(key) && secretIn(state) !== undefined) {
      result.secrets.kept += 1;
      continue;
    }
    if (isAhead(state)) {
      result.fromFuture += 1;
      continue;
    }
    for (const line of memoryLines(key, state)) lines.add(line);
    result.sent += 1;
  }
  run.tell("writing", keys.length, keys.length);
  return unknown;
}

/** Other machines would not take it. */
function isAhead(state: MemoryState): boolean {
  const most = Date.now() + mostAheadMs;
  const clock = lastClock({ ...state, hidden: "" });
  const times = [
    clock === "" ? 0 : msOf(clock),
    state.deleted?.value ?? 0,
    state.ended?.value ?? 0,
    ...[...state.texts.values()].flatMap(({ since, created }) => [since, created]),
    ...[...state.notes.values()].map(({ at }) => at),
    ...[...state.links.values()].map(({ at }) => at ?? 0),
    ...(state.anchors?.value ?? []).map(({ verified }) => verified),
  ];
  return times.some((ms) => ms > most);
}

async function keysIn(path: string): Promise<Set<string>> {
  const keys = new Set<string>();
  await eachMemory(path, (key) => keys.add(key));
  return keys;
}

async function copyLines(path: string, keys: ReadonlySet<string>, to: LineWriter): Promise<void> {
  await eachMemory(path, (key, line) => {
    if (!keys.has(key)) return;
    const { sum: _, n: __, ...said } = JSON.parse(line) as Record<string, unknown>;
    to.add(said);
  });
}

/** Sound lines of the own file; what is not whole is passed over. */
async function eachMemory(path: string, look: (key: string, line: string) => void): Promise<void> {
  const file = await LineFile.open(path);
  try {
    for await (const { text } of file.lines(0)) {
      try {
        const read = readLine(text, undefined, Number.MAX_SAFE_INTEGER);
        if ("key" in read) look(read.key, text);
      } catch {
        // A line that was cut off by a kill.
      }
    }
  } finally {
    file.close();
  }
}

class LineWriter {
  readonly #file: number;
  #held: Buffer[] = [];
  #heldBytes = 0;
  written: { bytes: number; lines: number; lastAt: number; tail: string };

  constructor(
    file: number,
    { bytes, lines, lastAt, tail }: { bytes: number; lines: number; lastAt: number; tail: string },
  ) {
    this.#file = file;
    this.written = { bytes, lines, lastAt, tail };
  }

  add(said: Record<string, unknown>): void {
    const { bytes, lines } = this.written;
    const text = lineText(lines + 1, said);
    const line = Buffer.from(`${text}\n`);
    this.#held.push(line);
    this.#heldBytes += line.length;
    this.written = {
      bytes: bytes + line.length,
      lines: lines + 1,
      lastAt: bytes,
      tail: sumIn(text) ?? "",
    };
    if (this.#heldBytes >= bytesPerWrite) this.flush();
  }

  flush(): void {
    if (this.#heldBytes > 0) writeAll(this.#file, Buffer.concat(this.#held));
    this.#held = [];
    this.#heldBytes = 0;
  }
}

async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileError(error, `write ${path}`);
  }
}

function headerOf(line: string): FileHeader | undefined {
  try {
    const read = readLine(line, 1, Date.now());
    return "header" in read ? read.header : undefined;
  } catch {
    return undefined;
  }
}

function beginOf(line: string): string | undefined {
  try {
    const read = readLine(line, undefined, Date.now());
    return "begin" in read ? read.begin : undefined;
  } catch {
    return undefined;
  }
}

function isLost(code: string | undefined): boolean {
  return code === "ENOENT" || code === "ELOOP" || code === "EFTYPE";
}

function newNonce(): string {
  return `${randomDigits()}${randomDigits()}`;
}
