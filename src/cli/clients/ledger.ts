/*
 * What Haypile wrote into files of clients: hashes of a file before the first word of ours and after the last one. A
 * file that is as we left it gets back the bytes it had; any other is changed by its structure. It lies in the data
 * folder, as the copies of a project's files do: in a project they would be in everybody's way.
 */
import { join } from "node:path";
import { inTurn } from "../../base/files/in-turn.ts";
import { isInside, readBoundedSync } from "../../base/files/read-file.ts";
import { sha256 } from "../../base/text/sha256.ts";
import { writeAtomically } from "../../config/file/write-file.ts";

/** Room for some ten thousand files. */
const mostBytes = 8_000_000;

export interface FileRecord {
  /** SHA-256 of what was there before, "" when nothing was; undefined: it is not known any more. */
  before?: string | undefined;
  /** SHA-256 of what we left. */
  after: string;
  /** Where the text before is kept. */
  copy?: string | undefined;
  /** "cursor hooks": what of ours is in it. */
  parts: string[];
  /** Objects and lists of a JSON file that were made for it. */
  made: string[][];
  /** Folders that were made for it, outermost first. */
  folders: string[];
}

export class Ledger {
  readonly #dataFolder: string;
  readonly #path: string;
  /** Where copies of a project's files lie. */
  readonly copies: string;
  #records: Record<string, FileRecord>;

  constructor(dataFolder: string) {
    this.#dataFolder = dataFolder;
    this.#path = join(dataFolder, "client-files.json");
    this.copies = join(dataFolder, "client-files");
    this.#records = read(this.#path);
  }

  of(file: string): FileRecord | undefined {
    return Object.hasOwn(this.#records, file) ? this.#records[file] : undefined;
  }

  /** Folders above a file that were made for any file of ours, outermost first. */
  madeAbove(file: string): string[] {
    const made = Object.values(this.#records).flatMap(({ folders }) => folders);
    return [...new Set(made)].filter((folder) => isInside(folder, file)).sort();
  }

  /** @throws HaypileError HAYPILE_PERMISSION, HAYPILE_DISK_FULL, HAYPILE_IO */
  keep(file: string, record: FileRecord | undefined): void {
    inTurn(this.#dataFolder, () => {
      // Another process may have written since.
      const { [file]: _, ...others } = read(this.#path);
      this.#records = record === undefined ? others : { ...others, [file]: record };
      writeAtomically(this.#path, `${JSON.stringify(this.#records, undefined, 2)}\n`);
    });
  }
}

export function hashOf(text: string | undefined): string {
  return text === undefined ? "" : sha256(text);
}

/** A list that cannot be read is as none: files are then changed by their structure. */
function read(path: string): Record<string, FileRecord> {
  try {
    const bytes = readBoundedSync(path, { mostBytes, links: "refuse" });
    const list: unknown = JSON.parse(bytes.toString("utf8"));
    if (typeof list !== "object" || list === null || Array.isArray(list)) return {};
    return Object.fromEntries(Object.entries(list).filter(([, one]) => isRecord(one)));
  } catch {
    return {};
  }
}

function isRecord(one: unknown): one is FileRecord {
  const { after, parts, made, folders } = (one ?? {}) as Partial<FileRecord>;
  return (
    typeof after === "string" &&
    Array.isArray(parts) &&
    Array.isArray(made) &&
    made.every((way) => Array.isArray(way)) &&
    Array.isArray(folders)
  );
}
