import { HaypileError } from "../../base/errors.ts";
import type { EngineParts } from "../engine-parts.ts";

/**
 * Refuses what only makes sense with an index that is a file.
 * @param what stands after "Could not": "take a snapshot of the index"
 * @param instead a sentence: what to do
 * @throws HaypileError HAYPILE_USAGE where the index is on a server
 */
export function assertFile(
  { server, database }: Pick<EngineParts, "server" | "database">,
  what: string,
  instead: string,
): void {
  if (server === undefined) return;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Could not ${what}: it is kept on a server, ${database}, and this is for indexes in files. ${instead}`,
    { data: { database } },
  );
}
