/* The end of the daemon's log, and what comes after it, over the moving aside of full files. */
import { closeSync, readSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { identityAt, identityOfOpen } from "../../base/files/file-identity.ts";
import { openRegularSync, readBoundedSync } from "../../base/files/read-file.ts";

const lookMs = 200;
/** The daemon moves its log aside at a few MB. */
const mostBytes = 64_000_000;

/**
 * The last lines, oldest first; with a signal also those that come, until it is given.
 * @param folder of the logs; no log is no lines
 */
export async function* readLog(
  folder: string,
  lines: number,
  follow?: AbortSignal,
): AsyncGenerator<string> {
  const path = join(folder, "daemon.log");
  const tail = new Tail(path);
  const now = tail.more();
  const before = now.length < lines ? linesOf(`${path}.1`) : [];
  yield* [...before, ...now].slice(lines === 0 ? Number.MAX_SAFE_INTEGER : -lines);
  while (follow !== undefined && !follow.aborted) {
    await wait(lookMs, undefined, { signal: follow }).catch(() => undefined);
    yield* tail.more();
  }
  tail.close();
}

/** Whole lines as they come, of the file that has the name at the moment. */
class Tail {
  readonly #path: string;
  #file: number | undefined;
  /** Which file that was. */
  #named = "";
  #at = 0;
  #rest = "";

  constructor(path: string) {
    this.#path = path;
  }

  more(): string[] {
    const lines = this.#read();
    const named = identityAt(this.#path);
    if (named === undefined || named === this.#named) return lines;
    // Another file has the name: what was written to the old one meanwhile was read above.
    this.close();
    const { file } = openRegularSync(this.#path, { links: "follow" });
    this.#file = file;
    this.#named = identityOfOpen(file);
    this.#at = 0;
    this.#rest = "";
    return [...lines, ...this.#read()];
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #read(): string[] {
    if (this.#file === undefined) return [];
    const buffer = Buffer.alloc(64 * 1024);
    const parts = [Buffer.from(this.#rest, "utf8")];
    for (;;) {
      const bytes = readSync(this.#file, buffer, 0, buffer.length, this.#at);
      if (bytes === 0) break;
      parts.push(Buffer.from(buffer.subarray(0, bytes)));
      this.#at += bytes;
    }
    const lines = Buffer.concat(parts).toString("utf8").split("\n");
    this.#rest = lines.pop() ?? "";
    return lines;
  }
}

function linesOf(path: string): string[] {
  try {
    const text = readBoundedSync(path, { mostBytes, links: "follow" }).toString("utf8");
    return text.split("\n").slice(0, -1);
  } catch {
    return [];
  }
}
