/* The daemon's log: one JSON object a line, in a file that is moved aside when it is full. */
import { closeSync, fstatSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { removeFile, replaceFile } from "../../base/files/patient.ts";
import { makePrivateFolder, openPrivate } from "../../base/files/private-files.ts";

export type EventLevel = "error" | "warn" | "info" | "debug";

export interface EventLog {
  write(level: EventLevel, event: string, facts?: Record<string, unknown>): void;
}

export interface LogLimits {
  /** Of one file. Default 1 MB. */
  fileBytes?: number | undefined;
  /** Files moved aside that are kept. Default 3. */
  kept?: number | undefined;
}

const mostFactChars = 2_000;

/** Nothing that goes wrong here reaches the caller: a daemon without a log is better than none. */
export class LogFile implements EventLog {
  readonly #path: string;
  readonly #fileBytes: number;
  readonly #kept: number;
  #file: number | undefined;
  #bytes = 0;

  constructor(path: string, { fileBytes = 1_000_000, kept = 3 }: LogLimits = {}) {
    this.#path = path;
    this.#fileBytes = fileBytes;
    this.#kept = kept;
  }

  write(level: EventLevel, event: string, facts: Record<string, unknown> = {}): void {
    const entry = { time: new Date().toISOString(), level, pid: process.pid, event };
    const line = `${JSON.stringify({ ...entry, ...cut(facts) })}\n`;
    try {
      this.#open();
      if (this.#bytes > 0 && this.#bytes + line.length > this.#fileBytes) this.#rotate();
      if (this.#file !== undefined) this.#bytes += writeSync(this.#file, line);
    } catch {
      this.close();
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #open(): void {
    if (this.#file !== undefined) return;
    makePrivateFolder(dirname(this.#path));
    this.#file = openPrivate(this.#path, "a");
    this.#bytes = fstatSync(this.#file).size;
  }

  #rotate(): void {
    this.close();
    removeFile(`${this.#path}.${this.#kept}`);
    for (let i = this.#kept - 1; i >= 0; i--) {
      try {
        replaceFile(i === 0 ? this.#path : `${this.#path}.${i}`, `${this.#path}.${i + 1}`);
      } catch {
        // Not that many yet.
      }
    }
    this.#open();
  }
}

/** Long words are cut: a log has a bound because each line has one. */
function cut(facts: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [
      name,
      typeof value === "string" && value.length > mostFactChars
        ? `${value.slice(0, mostFactChars)}…`
        : value,
    ]),
  );
}
