import { type ParseFailure, parseFailures, type UnparsedFile } from "../../../ports/syntax.ts";
import type { Database, Statement } from "../file/driver.ts";

/** Files whose definitions are missing, and those whose tree has errors. Writing calls are steps inside a transaction of the caller. */
export class Unparsed {
  readonly #all: Statement;
  readonly #partly: Statement;
  readonly #note: Statement;
  readonly #forget: Statement;
  readonly #again: Statement;

  constructor(db: Database) {
    this.#all = db.prepare(
      "SELECT path, why, tries FROM unparsed JOIN files ON files.id = file_id WHERE why <> 'partly' ORDER BY path",
    );
    this.#partly = db.prepare(
      "SELECT path FROM unparsed JOIN files ON files.id = file_id WHERE why = 'partly' ORDER BY path",
    );
    this.#note = db.prepare(
      `INSERT INTO unparsed(file_id, why, tries) VALUES (?, ?, 1)
       ON CONFLICT (file_id) DO UPDATE SET why = excluded.why, tries = 1`,
    );
    this.#forget = db.prepare("DELETE FROM unparsed WHERE file_id = ?");
    this.#again = db.prepare(
      `UPDATE unparsed SET why = $why, tries = tries + 1
       WHERE file_id = (SELECT id FROM files WHERE path = $path)`,
    );
  }

  all(): UnparsedFile[] {
    const rows = this.#all.all() as { path: string; why: string; tries: number }[];
    return rows.map(({ path, why, tries }) => ({ path, why: knownReason(why), tries }));
  }

  partly(): string[] {
    return (this.#partly.all() as { path: string }[]).map(({ path }) => path);
  }

  /** A file was put: it has a tree, one with errors ("partly"), or why none. */
  put(fileId: number, why: ParseFailure | "partly" | undefined): void {
    if (why === undefined) this.#forget.run(fileId);
    else this.#note.run(fileId, why);
  }

  again(path: string, why: ParseFailure): void {
    this.#again.run({ path, why });
  }
}

/** What a newer version or damage wrote counts as the reason that is tried again. */
function knownReason(why: string): ParseFailure {
  return Object.hasOwn(parseFailures, why) ? (why as ParseFailure) : "grammar-failed";
}
