/* Which file system a folder lies on, by its mount point: a drive that is taken off looks like a folder that is gone. */
import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** Where drives that come and go are mounted by custom. */
const byCustom = /^\/(?:mnt|media|run\/media|Volumes)\/./u;

/** The folder at which the file system of a folder begins; undefined: nobody can say. @param folder absolute, there */
export function mountPointOf(folder: string): string | undefined {
  try {
    const { dev } = statSync(folder);
    for (let at = folder; ; at = dirname(at)) {
      const above = dirname(at);
      if (above === at || statSync(above).dev !== dev) return at;
    }
  } catch {
    return undefined;
  }
}

/**
 * Whether a folder that is not there may lie on something that is only not mounted.
 * @param folder absolute
 * @param mount where its file system began when it was there, from mountPointOf(); undefined: that was not noted
 */
export function mayBeUnmounted(folder: string, mount: string | undefined): boolean {
  if (mount === undefined) return byCustom.test(folder);
  if (dirname(mount) === mount) return !existsSync(mount);
  try {
    return statSync(mount).dev === statSync(dirname(mount)).dev;
  } catch {
    return true;
  }
}

/** The nearest folder at or above a path that is there. @param path absolute */
export function nearestFolder(path: string): string {
  let at = path;
  while (dirname(at) !== at && !existsSync(at)) at = dirname(at);
  return at;
}
