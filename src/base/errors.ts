/**
 * The one catalogue of errors. A code is stable: it is never renamed or reused.
 * Each row has the exit code of the CLI and a sentence for docs/errors.md, which a
 * test compares with this table in both directions. Codes raised in C++ use the same names
 * (native/errors.h) and pass through here as they are.
 */
export const errorCatalogue = {
  HAYPILE_NODE_TOO_OLD: { exit: 1, says: "Node is older than 22." },
  HAYPILE_INTERNAL: { exit: 1, says: "A defect in Haypile itself; please report it." },
  HAYPILE_USAGE: { exit: 2, says: "A flag, argument or option has a wrong name or value." },
  HAYPILE_CONFIG_INVALID: {
    exit: 2,
    says: "A configuration file or environment variable has an unknown option, a bad value or a line that is not TOML.",
  },
  HAYPILE_PATH_MISSING: { exit: 3, says: "The folder or file does not exist." },
  HAYPILE_PATH_REFUSED: {
    exit: 3,
    says: "The path leads out of the project, or names a file that keeps secrets or is left out of indexes.",
  },
  HAYPILE_NOT_A_FOLDER: { exit: 3, says: "A folder was expected, a file or something else came." },
  HAYPILE_PERMISSION: { exit: 3, says: "The operating system refused access." },
  HAYPILE_NOT_INDEXED: { exit: 3, says: "There is no index for this folder yet." },
  HAYPILE_SCIP_INVALID: {
    exit: 3,
    says: "The file is no SCIP index, or is damaged or cut short.",
  },
  HAYPILE_SYMBOL_MISSING: { exit: 3, says: "No definition in the index has this name." },
  HAYPILE_GIT: {
    exit: 3,
    says: "What was asked needs a git repository, and there is none here, no git to read it, or git said no.",
  },
  HAYPILE_REVISION_MISSING: {
    exit: 3,
    says: "The repository has no such commit, or a shallow or partial clone lacks what it needs of it.",
  },
  HAYPILE_SNAPSHOT_MISSING: { exit: 3, says: "There is no snapshot of this id." },
  HAYPILE_SNAPSHOT_INVALID: {
    exit: 4,
    says: "A snapshot or an exported index is damaged, cut short, of a newer version, or not what its manifest says.",
  },
  HAYPILE_UNTRUSTED: {
    exit: 3,
    says: "It comes from somebody else and was not trusted yet.",
  },
  HAYPILE_MEMORY_MISSING: { exit: 3, says: "No memory has this id." },
  HAYPILE_CONFLICT: {
    exit: 3,
    says: "What was to be changed is not what it was when it was seen: another has changed it.",
  },
  HAYPILE_CONFIRM: {
    exit: 2,
    says: "The token that confirms a deletion is wrong, too old, or of something else.",
  },
  HAYPILE_SECRET: {
    exit: 2,
    says: "The text or a tag seems to hold a password, a key or a token.",
  },
  HAYPILE_NOT_IMPORTED: { exit: 3, says: "Some or all records of an import were left out." },
  HAYPILE_QUOTA: { exit: 7, says: "The namespace is full, and nothing in it may be removed." },
  HAYPILE_DB_NOT_A_DATABASE: { exit: 4, says: "The file is not a Haypile database." },
  HAYPILE_DB_NEWER: { exit: 4, says: "The database was written by a newer Haypile." },
  HAYPILE_DB_CORRUPT: { exit: 4, says: "The database is damaged or truncated." },
  HAYPILE_DB_BUSY: { exit: 4, says: "Another process is indexing into this database." },
  HAYPILE_DB_SQLITE_TOO_OLD: { exit: 4, says: "The SQLite library has a known data-loss bug." },
  HAYPILE_DIMENSIONS_DIFFER: {
    exit: 4,
    says: "The model's dimensions or name differ from those of the index.",
  },
  HAYPILE_VECTORS_DIFFER: {
    exit: 4,
    says: "The vectors of the index are of another number format than those of the model.",
  },
  HAYPILE_MODEL_UNKNOWN: { exit: 5, says: "No model of this name is known." },
  HAYPILE_MODEL_MISSING: { exit: 5, says: "The model's files are not on this machine." },
  HAYPILE_MODEL_DAMAGED: {
    exit: 5,
    says: "A model file is truncated, or its checksum is not the expected one.",
  },
  HAYPILE_MODEL_INVALID: {
    exit: 5,
    says: "The model can be read, but has inputs, outputs or a tokenizer Haypile cannot use, or gives vectors or scores that are no numbers.",
  },
  HAYPILE_DOWNLOAD_FAILED: { exit: 5, says: "A model could not be downloaded." },
  HAYPILE_NATIVE_MISSING: {
    exit: 6,
    says: "The native addon, the ONNX Runtime library or other files of the package could not be found or loaded.",
  },
  HAYPILE_RUNTIME_FAILED: { exit: 6, says: "ONNX Runtime reported a failure." },
  HAYPILE_PROVIDER: {
    exit: 6,
    says: "The execution provider that was asked for cannot be had, and no other was to be taken.",
  },
  HAYPILE_DISK_FULL: { exit: 7, says: "The disk has no space left." },
  HAYPILE_OUT_OF_MEMORY: { exit: 7, says: "Memory could not be had." },
  HAYPILE_MEMORY_LIMIT: {
    exit: 7,
    says: "The memory limit is lower than the smallest that works for this model on this machine.",
  },
  HAYPILE_PORT_TAKEN: { exit: 3, says: "The port for HTTP cannot be listened at." },
  HAYPILE_UNAUTHORIZED: {
    exit: 3,
    says: "A request over HTTP had no token or session that is good, or came by a name or from a page that is not let in.",
  },
  HAYPILE_OVERLOADED: {
    exit: 7,
    says: "There is more to do than fits now, and this was refused: by the memory limit, a full queue of the daemon, or as one client more than it takes.",
  },
  HAYPILE_DAEMON: {
    exit: 7,
    says: "There is no daemon and none could be started, it ended in the middle of a call, or it does not answer.",
  },
  HAYPILE_STORE_AWAY: {
    exit: 7,
    says: "The server of the team's store cannot be reached, or did not answer in time.",
  },
  HAYPILE_STORE_REFUSED: {
    exit: 4,
    says: "The server of the team's store does not let us in, or is not fit: password, database, version, pgvector, a replica that takes no writes.",
  },
  HAYPILE_STORE_RIGHTS: {
    exit: 3,
    says: "The user of the team's store has no right to this namespace, project or command.",
  },
  HAYPILE_IO: { exit: 7, says: "Reading or writing a file failed." },
  HAYPILE_CLOSED: { exit: 1, says: "The object was closed before the call." },
  HAYPILE_ABORTED: { exit: 130, says: "The work was stopped by the caller or by Ctrl-C." },
} as const satisfies Record<string, { exit: number; says: string }>;

/** Every stable error code. */
export type ErrorCode = keyof typeof errorCatalogue;

const brand = Symbol.for("haypile.error");

/**
 * An error with a stable code. The message says what was expected, what came, and what to do.
 * `data` holds the same facts for programs (numbers, paths).
 */
export class HaypileError extends Error {
  readonly code: ErrorCode;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: { data?: Record<string, unknown> | undefined; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "HaypileError";
    this.code = code;
    this.data = Object.freeze({ ...options.data });
    Object.defineProperty(this, brand, { value: true });
  }

  /** The exit code the CLI ends with, by the catalogue. */
  get exitCode(): number {
    return errorCatalogue[this.code].exit;
  }

  /** True for a HaypileError of any loaded copy of this package (instanceof is not). */
  static isInstance(value: unknown): value is HaypileError {
    return typeof value === "object" && value !== null && brand in value;
  }
}

/** True when `code` is in the catalogue. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === "string" && Object.hasOwn(errorCatalogue, code);
}

/**
 * Turns a failed file-system call into a HaypileError: ENOENT, EACCES/EPERM, ENOTDIR, ENOSPC and
 * EDQUOT have codes of their own, all else is HAYPILE_IO. A HaypileError passes through.
 *
 * @param doing what was tried, as it stands after "Could not": "read the folder /a/b"
 */
export function fileError(error: unknown, doing: string): HaypileError {
  if (HaypileError.isInstance(error)) return error;
  const errno = (error as NodeJS.ErrnoException | undefined)?.code;
  const text = error instanceof Error ? error.message : String(error);
  const make = (code: ErrorCode, what: string): HaypileError =>
    new HaypileError(code, `Could not ${doing}: ${what}`, { cause: error, data: { errno } });
  switch (errno) {
    case "ENOENT":
      return make("HAYPILE_PATH_MISSING", "it does not exist. Check the path.");
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return make("HAYPILE_PERMISSION", "access was refused. Check its permissions and owner.");
    case "EBUSY":
      return make(
        "HAYPILE_IO",
        'another program has it open. Close that program, or end the daemon ("haypile stop"), then try again.',
      );
    case "ENAMETOOLONG":
      return make("HAYPILE_USAGE", "the path is longer than this system takes. Correct the path.");
    case "ERR_INVALID_ARG_VALUE":
      return make("HAYPILE_USAGE", "it has a character that no path has. Correct the path.");
    case "ENOTDIR":
      return make("HAYPILE_NOT_A_FOLDER", "a part of the path is not a folder.");
    case "ENOSPC":
    case "EDQUOT":
      return make("HAYPILE_DISK_FULL", "the disk is full. Free some space and run it again.");
    default:
      return make("HAYPILE_IO", text);
  }
}
