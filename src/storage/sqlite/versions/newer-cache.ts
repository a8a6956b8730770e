/* A cache that a newer Haypile made: it is done without, and left as it is. */
import { log } from "../../../base/log.ts";

const told = new Set<string>();

/** Once for each file of a process. */
export function tellNewerCache(of: string, path: string, format: number, known: number): void {
  if (told.has(path)) return;
  told.add(path);
  log(
    "warn",
    `the cache of ${of} ${path} was made by a newer Haypile (format ${format}; this one knows ${known}): it is left as it is, and this Haypile works without it. Update Haypile, or name another folder for caches with HAYPILE_CACHE_DIR`,
  );
}
