/*
 * How files are read by name, all of them: a regular file and nothing else, at most so many bytes, never
 * waited for. A pipe or a device that stands where a file was expected would hang or fill a process, and a
 * project can bring links to either; so what is opened is looked at after it is open, by its descriptor.
 *
 * `inside` closes the gap between looking at a path and opening it: the kernel is asked where the opened
 * file really lies. A folder that was swapped for a link meanwhile is seen, whenever that was.
 */
import {
  closeSync,
  constants,
  createReadStream,
  fstatSync,
  lstatSync,
  open,
  openSync,
  type ReadStream,
  read,
  readlinkSync,
  readSync,
  type Stats,
  statSync,
} from "node:fs";
import { basename, isAbsolute, relative, sep } from "node:path";
import { realPathSync } from "../paths/real-path.ts";
import { isDeviceName } from "../paths/windows-names.ts";
import { identityAt, identityOfOpen } from "./file-identity.ts";

export interface ReadRules {
  /** A file that is, or grows, larger is refused, bytes. */
  mostBytes: number;
  /** Whether the last part of the path may be a link. "refuse" for what a project brings. */
  links: "follow" | "refuse";
  /** A folder without links in its path, which the path begins with: the file must really lie there. */
  inside?: string | undefined;
}

/** Why a file is not read. `code` is like that of a failed call of the system. */
export class FileRefusal extends Error {
  readonly code: "ENOENT" | "ELOOP" | "EFTYPE" | "EFBIG" | "EOUTSIDE";
  readonly path: string;

  constructor(code: FileRefusal["code"], path: string, message: string) {
    super(message);
    this.name = "FileRefusal";
    this.code = code;
    this.path = path;
  }
}

/** The longest of those files, of a machine with very many control groups or mappings. */
const mostSystemBytes = 16_000_000;

export interface OpenedFile {
  /** The descriptor; who opened it closes it. */
  file: number;
  facts: Stats;
}

/** The bytes of a file. @throws FileRefusal, and what the system says (ENOENT, EACCES …) */
export async function readBounded(path: string, rules: ReadRules): Promise<Buffer> {
  const { file, facts } = await openRegular(path, rules);
  try {
    const filler = new Filler(path, facts.size, rules.mostBytes);
    for (;;) {
      const { buffer, at, room } = filler;
      if (filler.took(await readSome(file, buffer, at, room))) return filler.bytes;
    }
  } finally {
    closeSync(file);
  }
}

/** The same at once, for small files. @throws as readBounded() */
export function readBoundedSync(path: string, rules: ReadRules): Buffer {
  const { file, facts } = openRegularSync(path, rules);
  try {
    return readOpenedSync(file, path, facts.size, rules.mostBytes);
  } finally {
    closeSync(file);
  }
}

/** What is left to do after openRegularSync(); the file stays open. @throws FileRefusal EFBIG */
export function readOpenedSync(
  file: number,
  path: string,
  size: number,
  mostBytes: number,
): Buffer {
  const filler = new Filler(path, size, mostBytes);
  for (;;) {
    const { buffer, at, room } = filler;
    if (filler.took(readSync(file, buffer, at, room, at))) return filler.bytes;
  }
}

/** A small text that the system writes, as those of /proc and /sys. @throws as readBounded() */
export function readSystemText(path: string): string {
  return readBoundedSync(path, { mostBytes: mostSystemBytes, links: "follow" }).toString("utf8");
}

/** The bytes of a file of any length, piece by piece. @throws as readBounded() */
export async function* readPieces(
  path: string,
  rules: ReadRules & { pieceBytes?: number | undefined },
): AsyncGenerator<Buffer> {
  const { file } = await openRegular(path, rules);
  try {
    for (let at = 0; ; ) {
      const piece = Buffer.allocUnsafe(rules.pieceBytes ?? 65_536);
      const bytes = await readSome(file, piece, 0, piece.length, at);
      if (bytes === 0) return;
      at += bytes;
      if (at > rules.mostBytes) throw tooLarge(path, rules.mostBytes);
      yield piece.subarray(0, bytes);
    }
  } finally {
    closeSync(file);
  }
}

/**
 * A stream of a file that a person named on the command line: that may be a pipe as well, which is waited for.
 * @throws FileRefusal, and what the system says
 */
export function openStream(path: string): ReadStream {
  const facts = statSync(path);
  if (!facts.isFile() && !facts.isFIFO() && !facts.isSocket()) throw wrongKind(path, facts);
  return createReadStream(path);
}

/** Opens a regular file for reading. @throws as readBounded() */
export async function openRegular(
  path: string,
  rules: Omit<ReadRules, "mostBytes"> & { mostBytes?: number | undefined },
): Promise<OpenedFile> {
  refuseLink(path, rules);
  let file: number;
  try {
    file = await openFile(path, flagsOf(rules));
  } catch (error) {
    throw ofOpening(error, path, rules);
  }
  return checked(file, path, rules);
}

/** The same at once. @throws as readBounded() */
export function openRegularSync(
  path: string,
  rules: Omit<ReadRules, "mostBytes"> & { mostBytes?: number | undefined },
): OpenedFile {
  refuseLink(path, rules);
  let file: number;
  try {
    file = openSync(path, flagsOf(rules));
  } catch (error) {
    throw ofOpening(error, path, rules);
  }
  return checked(file, path, rules);
}

/** True when `path` is `folder` or lies below it. Both absolute; links are not looked at. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/** A descriptor of what is no regular file must not stay open, so this one closes what it refuses. */
function checked(file: number, path: string, rules: Parameters<typeof openRegular>[1]): OpenedFile {
  try {
    const facts = fstatSync(file);
    if (!facts.isFile()) throw wrongKind(path, facts);
    if (rules.mostBytes !== undefined && facts.size > rules.mostBytes) {
      throw tooLarge(path, rules.mostBytes);
    }
    assertNamed(file, path, rules);
    if (rules.inside !== undefined) assertInside(file, facts, path, rules.inside);
    return { file, facts };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function flagsOf({ links }: Pick<ReadRules, "links">): number {
  const { O_RDONLY, O_NONBLOCK = 0, O_NOFOLLOW = 0, O_NOCTTY = 0 } = constants;
  return O_RDONLY | O_NONBLOCK | O_NOCTTY | (links === "refuse" ? O_NOFOLLOW : 0);
}

/**
 * Windows has no flag that refuses a link, and gives some names to devices, some of which are waited for. Looked at
 * before it is opened; checked() sees what took its place meanwhile.
 */
function refuseLink(path: string, { links }: Pick<ReadRules, "links">): void {
  if (links === "follow" || constants.O_NOFOLLOW !== undefined) return;
  if (isDeviceName(basename(path))) {
    throw new FileRefusal("EFTYPE", path, `${path} has the name of a device of Windows`);
  }
  if (lstatSync(path).isSymbolicLink()) throw isLink(path);
}

/** The open file is the one that the name itself leads to, and not one behind a link that was put there meanwhile. */
function assertNamed(file: number, path: string, { links }: Pick<ReadRules, "links">): void {
  if (links === "follow" || constants.O_NOFOLLOW !== undefined) return;
  const facts = lstatSync(path, { bigint: true });
  if (facts.isSymbolicLink() || `${facts.dev} ${facts.ino}` !== identityOfOpen(file)) {
    throw isLink(path);
  }
}

function ofOpening(error: unknown, path: string, { links }: Pick<ReadRules, "links">): unknown {
  const { code } = error as NodeJS.ErrnoException;
  // FreeBSD says EMLINK. A socket cannot be opened at all.
  if (links === "refuse" && (code === "ELOOP" || code === "EMLINK")) return isLink(path);
  return code === "ENXIO"
    ? new FileRefusal("EFTYPE", path, `${path} is a socket, not a regular file`)
    : error;
}

function assertInside(file: number, facts: Stats, path: string, inside: string): void {
  const real = whereIs(file, path);
  if (real !== undefined && isOnePath(real, path)) return;
  if (real === undefined || facts.nlink === 0) {
    throw new FileRefusal("ENOENT", path, `${path} is not there any more`);
  }
  if (isInside(inside, real)) throw isLink(path);
  throw new FileRefusal("EOUTSIDE", path, `${path} leads out of ${inside} through a link`);
}

/** One place, written in two ways: the file systems of macOS may give an accent back in its other form. */
function isOnePath(a: string, b: string): boolean {
  return a === b || (process.platform === "darwin" && a.normalize("NFC") === b.normalize("NFC"));
}

/** Where an open file lies, all links resolved; undefined when nothing there is this file any more. */
function whereIs(file: number, path: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${file}`);
  } catch {
    // No /proc: the path is resolved, and what it names now must be what is open.
  }
  try {
    const real = realPathSync(path);
    const isSame = identityAt(real) === identityOfOpen(file);
    return isSame && realPathSync(path) === real ? real : undefined;
  } catch {
    return undefined;
  }
}

function isLink(path: string): FileRefusal {
  return new FileRefusal(
    "ELOOP",
    path,
    `${path} is a link or is reached through one, and links are not followed here`,
  );
}

function wrongKind(path: string, facts: Stats): FileRefusal {
  const kind = facts.isDirectory()
    ? "a folder"
    : facts.isFIFO()
      ? "a pipe"
      : facts.isSocket()
        ? "a socket"
        : "a device";
  return new FileRefusal("EFTYPE", path, `${path} is ${kind}, not a regular file`);
}

function tooLarge(path: string, mostBytes: number): FileRefusal {
  return new FileRefusal("EFBIG", path, `${path} has more than ${mostBytes} bytes`);
}

/** A buffer that grows with a file, up to a bound. Files of /proc say a size of 0. */
class Filler {
  readonly #path: string;
  readonly #mostBytes: number;
  buffer: Buffer;
  at = 0;

  constructor(path: string, expectedBytes: number, mostBytes: number) {
    this.#path = path;
    this.#mostBytes = mostBytes;
    // One byte more than expected, so that the end is seen without another buffer.
    this.buffer = Buffer.allocUnsafe(Math.min(Math.max(expectedBytes, 4_095), mostBytes) + 1);
  }

  get room(): number {
    return this.buffer.length - this.at;
  }

  get bytes(): Buffer {
    return this.buffer.subarray(0, this.at);
  }

  /** @returns true at the end of the file. @throws FileRefusal */
  took(bytes: number): boolean {
    this.at += bytes;
    if (this.at > this.#mostBytes) throw tooLarge(this.#path, this.#mostBytes);
    if (bytes === 0) return true;
    if (this.room === 0) {
      const larger = Buffer.allocUnsafe(Math.min(this.buffer.length * 2, this.#mostBytes + 1));
      this.buffer.copy(larger, 0, 0, this.at);
      this.buffer = larger;
    }
    return false;
  }
}

function openFile(path: string, flags: number): Promise<number> {
  return new Promise((resolve, reject) => {
    open(path, flags, (error, file) => (error === null ? resolve(file) : reject(error)));
  });
}

/** Callbacks and descriptors: with promises and handles a file costs several times as much of the JS thread. */
export function readSome(
  file: number,
  into: Uint8Array,
  at: number,
  length: number,
  position: number = at,
): Promise<number> {
  return new Promise((resolve, reject) => {
    read(file, into, at, length, position, (error, bytes) =>
      error === null ? resolve(bytes) : reject(error),
    );
  });
}
