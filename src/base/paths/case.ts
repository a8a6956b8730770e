/* Whether upper and lower case are the same in names: the disk is asked, since a system may have disks of both kinds. */
import { lstatSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Systems on which most disks take "README" and "readme" for one name. */
export const mostlyFolds = process.platform === "win32" || process.platform === "darwin";

/**
 * True when the disk finds a file by its name in other letters too.
 * @param path of a file that is there, with a letter in its name
 * @param mayFold false: it is not even asked
 */
export function foldsCase(path: string, mayFold = mostlyFolds): boolean {
  if (!mayFold) return false;
  const name = basename(path);
  const other = [...name].map(swapped).join("");
  if (other === name) return true;
  try {
    const look = (one: string): string => {
      const { dev, ino } = lstatSync(join(dirname(path), one), { bigint: true });
      return `${dev} ${ino}`;
    };
    return look(other) === look(name);
  } catch {
    return false;
  }
}

function swapped(letter: string): string {
  const upper = letter.toUpperCase();
  return letter === upper ? letter.toLowerCase() : upper;
}
