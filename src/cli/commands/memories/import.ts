import { HaypileError } from "../../../base/errors.ts";
import type { Memories } from "../../../ports/memories.ts";
import type { MemoryFlags } from "../../flags/memories-flags.ts";
import { textPieces } from "../../input/text-pieces.ts";
import { counted, printable, printJson, printLine } from "../../output/format.ts";

export interface ImportFlags {
  format?: string | undefined;
  namespace?: string | undefined;
  allowSecret?: boolean | undefined;
}

/** haypile memories import [FILE]: what was left out is named, and ends in an error. */
export async function importAll(
  memories: Memories,
  { format, namespace, allowSecret, json }: ImportFlags & MemoryFlags,
  file: string,
  signal: AbortSignal,
): Promise<void> {
  const result = await memories.import(textPieces(file, signal), {
    asText: true,
    allowSecrets: allowSecret === true,
    format,
    namespace,
  });
  const { stored, merged, refused, refusedCount } = result;
  if (json === true) printJson("memories import", result);
  else {
    printLine(`${counted(stored, "memory", "memories")} stored, ${merged} were there already.`);
    for (const { line, reason } of refused) {
      process.stderr.write(`haypile: line ${line} was left out: ${printable(reason)}\n`);
    }
    const more = refusedCount - refused.length;
    if (more > 0) process.stderr.write(`haypile: and ${more} more.\n`);
  }
  if (refusedCount === 0) return;
  const isNothing = stored + merged === 0;
  throw new HaypileError(
    "HAYPILE_NOT_IMPORTED",
    isNothing
      ? `Nothing was imported: ${counted(refusedCount, "record")} could not be taken. Known are exports of Haypile, of mcp-memory-service and of server-memory, and JSON objects with a text ("haypile memories import --help").`
      : `${counted(refusedCount, "record")} ${refusedCount === 1 ? "was" : "were"} left out of the import; ${stored} stored, ${merged} there already.`,
    { data: { stored, merged, refusedCount } },
  );
}
