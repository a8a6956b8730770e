/* How a system writes paths, given as a value: rules for one system can be looked at on any other. */
import { type PlatformPath, posix, sep, win32 } from "node:path";

export type PathFlavour = PlatformPath;

/** The rules of a platform as Node names it. */
export function flavourOf(platform: string = process.platform): PathFlavour {
  return platform === "win32" ? win32 : posix;
}

/**
 * A relative path as an index and JSON write it, on every system: with "/". On POSIX a backslash is a letter of a name
 * and stays.
 */
export function toSlashes(path: string, separator: string = sep): string {
  return separator === "/" ? path : path.replaceAll(separator, "/");
}

/**
 * Absolute and complete: it names one place, wherever the process stands. On Windows "\x" lacks the drive and "C:x" the
 * folder.
 */
export function isWhole(path: string, flavour: PathFlavour = flavourOf()): boolean {
  if (flavour.sep === "/") return flavour.isAbsolute(path);
  return /^(?:[A-Za-z]:[\\/]|[\\/]{2}[^\\/])/u.test(path);
}
