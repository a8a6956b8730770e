/*
 * Files of clients as a plan sees them: what is on disk, and what earlier steps of the same plan make of it. In a
 * project, which others write too, no link leads out of it.
 */
import { lstatSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileError, HaypileError } from "../../base/errors.ts";
import { isInside, readBoundedSync } from "../../base/files/read-file.ts";

/** Some clients keep what was said in the same file. */
const mostBytes = 256_000_000;

export interface PlannedFile {
  /** Absolute, links resolved in a project. */
  file: string;
  /** undefined: it is not there. */
  before: string | undefined;
  /** undefined: it is not to be there. */
  after: string | undefined;
  /** Objects and lists of a JSON file that this plan made. */
  made: (readonly string[])[];
  /** "cursor hooks": what of ours the plan puts in, and what it takes out. */
  added: Set<string>;
  removed: Set<string>;
  /** Something of ours was there before the plan. */
  hadOurs: boolean;
}

export class PlannedFiles {
  readonly #project: string | undefined;
  readonly #files = new Map<string, PlannedFile>();

  /** @param project its folder, absolute, without links; undefined: files of the user */
  constructor(project?: string) {
    this.#project = project;
  }

  /** Whether these are files of a project. */
  get isProject(): boolean {
    return this.#project !== undefined;
  }

  /** What `plan` gives; when it throws, files stay as they were planned before. */
  attempt<T>(plan: () => T): T {
    const before = new Map([...this.#files].map(([name, one]) => [name, copyOf(one)]));
    try {
      return plan();
    } catch (error) {
      this.#files.clear();
      for (const [name, one] of before) this.#files.set(name, one);
      throw error;
    }
  }

  get changed(): PlannedFile[] {
    return [...this.#files.values()].filter(({ before, after }) => before !== after);
  }

  /**
   * @throws HaypileError HAYPILE_CONFIG_INVALID for what is no text in UTF-8, HAYPILE_PATH_REFUSED for what leads out of
   *   the project, HAYPILE_PERMISSION, HAYPILE_IO
   */
  open(path: string): PlannedFile {
    const { file, before } = this.look(path);
    const known = this.#files.get(file);
    if (known !== undefined) return known;
    const opened: PlannedFile = {
      file,
      before,
      after: before,
      made: [],
      added: new Set(),
      removed: new Set(),
      hadOurs: false,
    };
    this.#files.set(file, opened);
    return opened;
  }

  /** Where a file really lies, and what is in it. */
  protected look(path: string): { file: string; before: string | undefined } {
    const file = this.#project === undefined ? path : realPlace(this.#project, path);
    return { file, before: this.#files.get(file)?.before ?? readText(file) };
  }
}

/** Files of which none is there yet. */
export class EmptyFiles extends PlannedFiles {
  protected override look(path: string): { file: string; before: string | undefined } {
    return { file: path, before: undefined };
  }
}

function copyOf(one: PlannedFile): PlannedFile {
  const { made, added, removed } = one;
  return { ...one, made: [...made], added: new Set(added), removed: new Set(removed) };
}

/** @throws HaypileError as PlannedFiles.open() */
export function readText(file: string): string | undefined {
  let bytes: Buffer;
  try {
    bytes = readBoundedSync(file, { mostBytes, links: "follow" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fileError(error, `read ${file}`);
  }
  const text = bytes.toString("utf8");
  if (Buffer.from(text, "utf8").equals(bytes)) return text;
  throw new HaypileError(
    "HAYPILE_CONFIG_INVALID",
    `Expected text in UTF-8 in ${file}, but it has other bytes. Save it as UTF-8; nothing was changed.`,
    { data: { path: file } },
  );
}

/** Where a path of a project really lies, which need not be there yet. */
function realPlace(project: string, path: string): string {
  const rest: string[] = [];
  let at = path;
  while (lstatSync(at, { throwIfNoEntry: false }) === undefined && at !== dirname(at)) {
    rest.unshift(basename(at));
    at = dirname(at);
  }
  let real: string;
  try {
    real = realpathSync(at);
    if (rest.length > 0 && !statSync(real).isDirectory()) {
      throw Object.assign(new Error(`${at} is no folder`), { code: "ENOTDIR" });
    }
  } catch (error) {
    throw fileError(error, `read ${path}`);
  }
  const place = join(real, ...rest);
  if (isInside(project, place)) return place;
  throw new HaypileError(
    "HAYPILE_PATH_REFUSED",
    `${path} is a link, or is reached through one, that leads out of the project (${real}). Put a file of its own there; nothing was changed.`,
    { data: { path } },
  );
}
