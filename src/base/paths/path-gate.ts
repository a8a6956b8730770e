/*
 * The gate for every path of a project that somebody says: a tool's argument, an address of a resource, an
 * option, an anchor. What passes lies inside the project after all links are resolved, and is none of the files
 * that keep secrets. Whether it is in an index is asked behind the gate, where the index is.
 *
 * The gate looks at names. Who opens the file goes by base/files/read-file.ts with `inside`, which looks once more when
 * the file is open.
 */
import { lstatSync } from "node:fs";
import { basename, dirname, relative, resolve, sep } from "node:path";
import { HaypileError } from "../errors.ts";
import { isInside } from "../files/read-file.ts";
import { toSlashes } from "./flavour.ts";
import { expandBraces } from "./path-filter.ts";
import { realPathSync } from "./real-path.ts";
import { isSecretPath } from "./secret-paths.ts";
import { leavesMachine, type WindowsOddity, windowsOddity } from "./windows-names.ts";

export type PathRefusal = "text" | "outside" | "link" | "secret";

/** Longer ones are no path on any of our systems. */
const mostCharacters = 4_096;

/**
 * A path inside a project as an index writes it: relative, with "/", links resolved; "" is the project itself. It
 * need not be there.
 *
 * @param root of the project, absolute
 * @param said relative to it, or absolute
 * @throws HaypileError HAYPILE_PATH_REFUSED, with the reason in its data
 */
export function passGate(root: string, said: unknown): string {
  const path = checkedPathText(said);
  const named = resolve(root, path);
  // Looked at before the system is asked: another machine is not even greeted.
  if (leavesMachine(root, named)) throw outside(root, path);
  const realRoot = realOf(root) ?? root;
  const real = realOf(named);
  if (real === undefined || (isInside(root, named) && !isInside(realRoot, real))) {
    throw refused(
      "link",
      path,
      isLink(named)
        ? `${shown(path)} is a link now, and links are not followed.`
        : `${shown(path)} leads out of the project through a link, and links are not followed.`,
    );
  }
  // A path that lies inside by another way is fine, as /tmp is on macOS.
  if (!isInside(realRoot, real)) throw outside(root, path);
  const own = toSlashes(relative(realRoot, real));
  const asNamed = isInside(root, named) ? toSlashes(relative(root, named)) : own;
  if (isSecretPath(own) || isSecretPath(asNamed)) {
    throw refused(
      "secret",
      path,
      `${shown(asNamed)} looks like a file that keeps secrets, and such files are never shown.`,
    );
  }
  return own;
}

/**
 * The same for what narrows a question down: a folder, a file, or a pattern with * and ?, of which the part before
 * the first of these signs must pass.
 *
 * @throws as passGate(); HaypileError HAYPILE_USAGE for braces that stand for too much
 */
export function passGateForFilter(root: string, said: unknown): string {
  const path = checkedPathText(said);
  // Each of the paths that braces stand for must pass.
  const choices = expandBraces(path);
  if (choices.length > 1) for (const one of choices) passGateForFilter(root, one);
  const sign = path.search(/[*?]/u);
  if (sign < 0) return passGate(root, path);
  if (path.split(/[\\/]/u).includes("..")) throw outside(root, path);
  const before = path.slice(0, lastSlash(path, sign) + 1);
  if (before === "") return path;
  const own = passGate(root, before);
  return `${own === "" ? "" : `${own}/`}${toSlashes(path.slice(before.length))}`;
}

/** Where the folder ends that stands before the sign at `before`; -1: none does. */
function lastSlash(path: string, before: number): number {
  const slash = path.lastIndexOf("/", before);
  return sep === "/" ? slash : Math.max(slash, path.lastIndexOf(sep, before));
}

/** What can be a path of this system at all; nothing is looked at for it. @throws as passGate() */
export function checkedPathText(said: unknown, isWindows = process.platform === "win32"): string {
  const wrong = (what: string): HaypileError => refused("text", String(said).slice(0, 200), what);
  if (typeof said !== "string") throw wrong(`Expected a path but got ${typeof said}.`);
  if (said.includes("\0")) {
    throw wrong("The path has a NUL character in it. Pass a plain path.");
  }
  if (said.length > mostCharacters) {
    throw wrong(`Expected a path of at most ${mostCharacters} characters but got ${said.length}.`);
  }
  if (!said.isWellFormed()) throw wrong("The path is no text: half of a character is missing.");
  const isForeign = foreign[isWindows ? "win32" : "posix"].test(said);
  if (isForeign) {
    throw refused(
      "outside",
      said,
      `${shown(said)} is outside the project: a path of this system is expected.`,
    );
  }
  const oddity = isWindows ? windowsOddity(said) : undefined;
  if (oddity !== undefined) throw wrong(`${shown(said)} ${oddities[oddity]}. Pass a plain path.`);
  return said;
}

/** Addresses are no paths anywhere. */
const foreign = {
  posix: /^(?:[A-Za-z]:[\\/]|\\\\|[A-Za-z][A-Za-z0-9+.-]+:\/\/)/u,
  win32: /^[A-Za-z][A-Za-z0-9+.-]+:\/\//u,
} as const;

const oddities: Readonly<Record<WindowsOddity, string>> = {
  device: "has the name of a device of Windows in it",
  stream: "names a stream of a file, not a file",
  drive: "names a drive without a folder of it",
  raw: "goes past the rules of Windows for paths",
  letter: "has a letter in it that no name of Windows has",
};

function outside(root: string, path: string): HaypileError {
  return refused(
    "outside",
    path,
    `${shown(path)} is outside the project ${shown(root)}. Pass a path inside it, or name another project.`,
  );
}

function refused(reason: PathRefusal, path: string, message: string): HaypileError {
  return new HaypileError("HAYPILE_PATH_REFUSED", message, { data: { path, reason } });
}

/**
 * Links resolved, of the part that is there; what is not there is added as it was named. Undefined: a link on the way
 * leads to nothing.
 */
function realOf(path: string): string | undefined {
  const rest: string[] = [];
  for (let at = path; ; at = dirname(at)) {
    try {
      return resolve(realPathSync(at), ...rest);
    } catch {
      if (dirname(at) === at) return path;
      if (isLink(at)) return undefined;
      rest.unshift(basename(at));
    }
  }
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}

/** One short line, whatever is in it. */
function shown(path: string): string {
  const line = JSON.stringify(path).slice(1, -1);
  return line.length <= 200 ? line : `${line.slice(0, 199).toWellFormed()}…`;
}
