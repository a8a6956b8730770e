/*
 * Reads the file of another machine from where it was left, and takes what it says. Its lines are numbered and have
 * sums: at one that is not whole yet reading stops, and goes on there next time. The place goes into the database in the
 * transaction of what was taken.
 */
import { join } from "node:path";
import { stateOf } from "../../../memories/sync/kept.ts";
import {
  BrokenLine,
  EarlyLine,
  type FileHeader,
  type ReadLine,
  readLine,
  sumIn,
  syncFormat,
} from "../../../memories/sync/lines.ts";
import { secretIn } from "../../../memories/sync/secrets.ts";
import { joined, type MemoryState, textsInOrder } from "../../../memories/sync/state.ts";
import { takeMemory } from "../../../memories/sync/take.ts";
import type { SyncFileRead } from "../../../ports/memory/sync-tables.ts";
import { LineFile, type PlacedLine } from "./line-reader.ts";
import { perStep, type SyncRun } from "./run.ts";

const charactersPerStep = 2_000_000;

/** Where reading stops, and whether more may come. */
class Stop extends Error {
  readonly isWaiting: boolean;

  constructor(reason: string, isWaiting: boolean) {
    super(reason);
    this.isWaiting = isWaiting;
  }
}

/** @param toRead bytes of all files together, for progress */
export async function takeFile(run: SyncRun, name: string, toRead: number): Promise<void> {
  const { store, folder } = run;
  const known = store.sync.reads(folder.id).find((one) => one.name === name);
  let file: LineFile | undefined;
  const taking = new FileTaking(run, name, known, toRead);
  run.result.files += 1;
  try {
    file = await LineFile.open(join(folder.path, name));
    await taking.take(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isOfFile = error instanceof Stop || error instanceof RangeError || isFileCode(code);
    if (!isOfFile) throw error;
    const isWaiting = error instanceof Stop ? error.isWaiting : code === "ENOENT";
    const line =
      error instanceof Stop ? taking.line : error instanceof RangeError ? taking.line : 0;
    run.problem({ file: name, line, reason: (error as Error).message, isWaiting });
  } finally {
    file?.close();
  }
}

function isFileCode(code: string | undefined): boolean {
  return code !== undefined && /^E[A-Z]+$/u.test(code) && code !== "ENOSPC";
}

class FileTaking {
  readonly #run: SyncRun;
  readonly #toRead: number;
  readonly #now = Date.now();
  readonly #isOnlyFolder: boolean;
  #read: SyncFileRead;
  #batch: { key: string; state: MemoryState; line: number }[] = [];
  #characters = 0;

  constructor(run: SyncRun, name: string, known: SyncFileRead | undefined, toRead: number) {
    this.#run = run;
    this.#toRead = toRead;
    this.#isOnlyFolder = run.store.sync.folders().length === 1;
    const nothing = { machine: "", generation: "", bytes: 0, lines: 0, lastAt: 0, tail: "" };
    this.#read = known ?? { name, ...nothing };
  }

  /** The number of the line that is looked at. */
  get line(): number {
    return this.#read.lines + 1;
  }

  async take(file: LineFile): Promise<void> {
    const first = await file.lineAt(0);
    const header = this.#header(first);
    const isKnown = header.generation === this.#read.generation && (await this.#isWhereLeft(file));
    if (!isKnown) {
      const { machine, generation } = header;
      const start = { bytes: 0, lines: 0, lastAt: 0, tail: "" };
      this.#read = { name: this.#read.name, machine, generation, ...start };
    }
    let stop: Stop | undefined;
    for await (const line of file.lines(this.#read.bytes)) {
      try {
        this.#line(line);
      } catch (error) {
        if (!(error instanceof BrokenLine || error instanceof EarlyLine)) throw error;
        const wait = error instanceof BrokenLine ? "; it is waited for" : "";
        stop = new Stop(`${error.message}${wait}`, true);
        break;
      }
      const isFull = this.#batch.length >= perStep || this.#characters >= charactersPerStep;
      if (isFull) await this.#write();
    }
    await this.#write();
    if (stop !== undefined) throw stop;
    if (this.#read.bytes < file.size) {
      throw new Stop("its last line is not whole yet; it is waited for", true);
    }
  }

  #header(first: PlacedLine | undefined): FileHeader {
    if (first === undefined) throw new Stop("its first line is not whole yet", true);
    let read: ReadLine;
    try {
      read = readLine(first.text, 1, this.#now);
    } catch (error) {
      throw new Stop(`it is no file of a machine: ${(error as Error).message}`, true);
    }
    if (!("header" in read)) throw new Stop("it is no file of a machine", false);
    const { format } = read.header;
    if (format === syncFormat) return read.header;
    throw new Stop(
      `it is of format ${format}, and this Haypile reads ${syncFormat}. Update Haypile on this machine.`,
      true,
    );
  }

  /** An older copy that came late is left alone; one that is other than what was read is read anew. */
  async #isWhereLeft(file: LineFile): Promise<boolean> {
    const { bytes, lastAt, tail } = this.#read;
    if (bytes === 0) return true;
    if (file.size < bytes) {
      throw new Stop(
        `it is shorter than it was (${file.size} bytes of ${bytes}); it is waited for`,
        true,
      );
    }
    const last = await file.lineAt(lastAt);
    return last?.end === bytes && sumIn(last.text) === tail;
  }

  #line({ text, at, end }: PlacedLine): void {
    const number = this.line;
    let read: ReadLine | undefined;
    try {
      read = readLine(text, number, this.#now);
    } catch (error) {
      if (error instanceof BrokenLine || error instanceof EarlyLine) throw error;
      this.#refuse(number, (error as Error).message);
    }
    this.#run.result.bytesRead += end - at;
    const tail = sumIn(text) ?? "";
    this.#read = { ...this.#read, bytes: end, lines: number, lastAt: at, tail };
    if (read === undefined || !("key" in read)) return;
    this.#batch.push({ ...read, line: number });
    this.#characters += text.length;
  }

  async #write(): Promise<void> {
    const { store, folder, result, machine } = this.#run;
    const batch = this.#batch;
    const read = this.#read;
    this.#batch = [];
    this.#characters = 0;
    const states = this.#byKey(batch);
    const outcomes = await this.#run.lightly(() => {
      const taking = { store, machine, folder: folder.id, isOnlyFolder: this.#isOnlyFolder };
      const taken = [...states].map(([key, state]) => takeMemory(taking, key, state));
      store.sync.putRead(folder.id, read);
      return taken;
    });
    for (const { outcome, duplicates } of outcomes) {
      if (outcome !== "same") result.received[outcome] += 1;
      result.duplicates += duplicates;
    }
    this.#run.tell("reading", result.bytesRead, this.#toRead);
    await this.#run.pause();
  }

  /** What is taken, each memory once. */
  #byKey(batch: readonly { key: string; state: MemoryState; line: number }[]) {
    const { namespaces, result, store, options } = this.#run;
    const states = new Map<string, MemoryState>();
    for (const { key, state, line } of batch) {
      const newest = textsInOrder(state).at(-1);
      if (newest !== undefined && namespaces?.has(newest.namespace) === false) {
        result.otherNamespaces += 1;
        continue;
      }
      if (options.allowSecrets !== true && secretIn(state) !== undefined) {
        const there = secretIn(state, stateOf(store, key, store.sync.get(key)));
        if (there !== undefined) {
          result.secrets.refused += 1;
          this.#refuse(line, `${key} ${there}; --allow-secret takes it`);
          continue;
        }
      }
      const known = states.get(key);
      states.set(key, known === undefined ? state : joined(known, state));
    }
    return states;
  }

  #refuse(line: number, reason: string): void {
    this.#run.problem({ file: this.#read.name, line, reason, isWaiting: false });
  }
}
