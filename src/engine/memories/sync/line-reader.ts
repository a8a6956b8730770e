/* Lines of a file that may grow, end in the middle of a line, or hold one without an end. */
import { openRegular, readSome } from "../../../base/files/read-file.ts";
import { mostLineBytes } from "../../../memories/sync/lines.ts";
import { closeFile } from "./files.ts";

const pieceBytes = 256 * 1_024;
/** A file of a machine that holds more is refused. */
export const mostFileBytes = 4 * 1_024 * 1_024 * 1_024;

export interface PlacedLine {
  text: string;
  /** Where it begins, and where the next one does. */
  at: number;
  end: number;
}

/** An open file of lines. Close it. */
export class LineFile {
  readonly #file: number;
  readonly size: number;

  private constructor(file: number, size: number) {
    this.#file = file;
    this.size = size;
  }

  /** Links, pipes and folders are refused. @throws FileRefusal, and what the system says */
  static async open(path: string): Promise<LineFile> {
    const { file, facts } = await openRegular(path, { links: "refuse", mostBytes: mostFileBytes });
    return new LineFile(file, facts.size);
  }

  /** The whole lines from a place on; what follows the last end of a line is none. @throws RangeError for one too long */
  async *lines(from: number): AsyncGenerator<PlacedLine> {
    let held: Buffer[] = [];
    let heldBytes = 0;
    let at = from;
    for (let place = from; ; ) {
      const piece = Buffer.allocUnsafe(pieceBytes);
      const count = await readSome(this.#file, piece, 0, pieceBytes, place);
      if (count === 0) return;
      place += count;
      let start = 0;
      for (;;) {
        const end = piece.subarray(0, count).indexOf(10, start);
        if (end < 0) break;
        held.push(piece.subarray(start, end));
        const bytes = held.length === 1 ? (held[0] as Buffer) : Buffer.concat(held);
        const next = at + heldBytes + (end - start) + 1;
        yield { text: bytes.toString("utf8"), at, end: next };
        at = next;
        held = [];
        heldBytes = 0;
        start = end + 1;
      }
      held.push(piece.subarray(start, count));
      heldBytes += count - start;
      if (heldBytes > mostLineBytes) throw new RangeError("a line is too long");
    }
  }

  /** The line at a place; undefined: none that ends. */
  async lineAt(from: number): Promise<PlacedLine | undefined> {
    for await (const line of this.lines(from)) return line;
    return undefined;
  }

  close(): void {
    closeFile(this.#file);
  }
}
