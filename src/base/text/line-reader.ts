/* Cuts a stream of bytes into lines of bounded length. */

/** Bytes that are kept of a line that is too long, at either end: what it was may stand there. */
const keptOfLongLine = 1024;

export interface LineHandlers {
  /** A line without its line feed; never empty. */
  line(bytes: Buffer): void;
  /** One that was too long was left out; these are its two ends. */
  tooLong(head: string, tail: string): void;
}

export class LineReader {
  readonly #mostBytes: number;
  readonly #handlers: LineHandlers;
  #parts: Buffer[] = [];
  #bytes = 0;
  #head = "";

  /** @param mostBytes of a line; of a longer one no more than this is ever held */
  constructor(mostBytes: number, handlers: LineHandlers) {
    this.#mostBytes = mostBytes;
    this.#handlers = handlers;
  }

  add(data: Buffer): void {
    for (let from = 0; from < data.length; ) {
      const at = data.indexOf(10, from);
      const to = at < 0 ? data.length : at;
      if (to > from) this.#keep(data.subarray(from, to));
      if (at >= 0) this.#end();
      from = to + 1;
    }
  }

  #keep(part: Buffer): void {
    const wasLong = this.#bytes > this.#mostBytes;
    this.#bytes += part.length;
    this.#parts.push(part);
    if (this.#bytes <= this.#mostBytes) return;
    const all = Buffer.concat(this.#parts);
    if (!wasLong) this.#head = all.toString("utf8", 0, keptOfLongLine);
    this.#parts = [Buffer.from(all.subarray(-keptOfLongLine))];
  }

  #end(): void {
    const line = Buffer.concat(this.#parts);
    const isLong = this.#bytes > this.#mostBytes;
    const head = this.#head;
    this.#parts = [];
    this.#bytes = 0;
    this.#head = "";
    if (isLong) this.#handlers.tooLong(head, line.toString("utf8"));
    else if (line.length > 0) this.#handlers.line(line);
  }
}

const idPattern = '("(?:[^"\\\\]|\\\\.)*"|-?\\d+)';
const idInHead = new RegExp(`^\\s*\\{[^{}[\\]]*?"id"\\s*:\\s*${idPattern}\\s*[,}]`, "u");
const idInTail = new RegExp(
  `"id"\\s*:\\s*${idPattern}\\s*(?:,\\s*"jsonrpc"\\s*:\\s*"2\\.0"\\s*)?\\}\\s*$`,
  "u",
);

/**
 * The id of a JSON-RPC message that cannot be read, as JSON text: where it stands at the beginning or the end, as
 * clients write it; else "null".
 */
export function idOfUnread(head: string, tail = head): string {
  const found = idInHead.exec(head.slice(0, 1024)) ?? idInTail.exec(tail.slice(-1024));
  return found?.[1] ?? "null";
}
