import { dirname } from "node:path";
import { queryRecordPath } from "../config/paths.ts";

/** What reset() deletes: the index, the record of its queries, and with `withCache` what all indexes share. */
export function filesOf(
  { database, cachePath }: { database: string; cachePath: string },
  withCache: boolean,
): string[] {
  const own = [database, queryRecordPath(dirname(cachePath), database)];
  return withCache ? [...own, cachePath] : own;
}
