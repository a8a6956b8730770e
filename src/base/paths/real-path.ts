/*
 * One name for a folder that has several. The system itself is asked: it knows how a name is really written where upper
 * and lower case, or both forms of an accent, lead to the same file, and which long name a short one (RUNNER~1) has.
 */
import { realpathSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { withDriveLetter } from "./windows-names.ts";

/** An absolute path with the links of its longest folder that is there resolved: /tmp is one on macOS. */
export function realPath(path: string): string {
  const names: string[] = [];
  for (let at = path; dirname(at) !== at; at = dirname(at)) {
    try {
      return join(realPathSync(at), ...names.reverse());
    } catch {
      names.push(basename(at));
    }
  }
  return withDrive(path);
}

/** The real path of what is there. @throws the error of the file system */
export function realPathSync(path: string): string {
  try {
    return withDrive(realpathSync.native(path));
  } catch (error) {
    if (isAnswer(error)) throw error;
    return withDrive(realpathSync(path));
  }
}

/** The same without holding up the thread. @throws the error of the file system */
export async function realPathOf(path: string): Promise<string> {
  try {
    return withDrive(await realpath(path));
  } catch (error) {
    if (isAnswer(error)) throw error;
    return withDrive(realpathSync(path));
  }
}

/** Some disks in memory on Windows have no such question and say so with a code of their own. */
function isAnswer(error: unknown): boolean {
  const { code = "" } = error as NodeJS.ErrnoException;
  return process.platform !== "win32" || !["EISDIR", "EINVAL", "UNKNOWN"].includes(code);
}

function withDrive(path: string): string {
  return process.platform === "win32" ? withDriveLetter(path) : path;
}
