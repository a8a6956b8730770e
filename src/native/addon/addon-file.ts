/*
 * Which file of a folder is the addon for this process, by node-gyp-build's rules and tags: of those that say nothing
 * against this system, the one that says most for it. What differs: the C library is that of this process, not whether
 * the system is Alpine Linux; no environment variable of npm's names another platform.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { requireHere } from "../../base/package/own-package.ts";
import { type Libc, thisSystem } from "../../host/system.ts";

interface Tags {
  file: string;
  specificity: number;
  libc?: Libc | undefined;
  runtime?: string | undefined;
  abi?: string | undefined;
}

interface Rules {
  parseTags(file: string): Tags | undefined;
  compareTags(runtime: string): (a: Tags, b: Tags) => number;
}

const addonName = "haypile";

/** The whole path; undefined: the folder has none for this process. `libc`: for tests. */
export function addonIn(
  folder: string,
  libc: Libc | undefined = thisSystem().libc,
): string | undefined {
  const [best] = addonsIn(folder).filter((tags) => tags.libc === undefined || tags.libc === libc);
  return best === undefined ? undefined : join(folder, best.file);
}

function addonsIn(folder: string): Tags[] {
  if (!existsSync(folder)) return [];
  const { parseTags, compareTags } = requireHere("node-gyp-build") as Rules;
  return readdirSync(folder)
    .filter((file) => file.split(".")[0] === addonName)
    .flatMap((file) => parseTags(file) ?? [])
    .filter(({ runtime, abi }) => (runtime ?? "node") === "node" && abi === undefined)
    .sort(compareTags("node"));
}
