import { throwIfAborted } from "../../../base/abort.ts";
import { HaypileError } from "../../../base/errors.ts";
import { readEnvironment } from "../../../config/environment/env.ts";
import { memoriesPath } from "../../../config/places/paths.ts";
import type { Rescued } from "../../../memories/formats/rescue.ts";
import { compileAgain } from "../../door.ts";
import {
  type FilterFlags,
  filterOf,
  type MemoryFlags,
  withMemories,
} from "../../flags/memories-flags.ts";
import { counted, printable, printJson, printLine } from "../../output/format.ts";

/**
 * haypile memories export: one memory a line. Where the file is damaged, what the store cannot give any more is
 * read past the damage, and the command ends in an error all the same.
 */
export async function exportAll(
  flags: FilterFlags & MemoryFlags,
  signal: AbortSignal,
): Promise<void> {
  const written = new Set<string>();
  const filter = filterOf(flags);
  try {
    await withMemories("memories export", flags, signal, async (memories) => {
      for await (const line of memories.export(filter)) {
        throwIfAborted(signal, "The export");
        printLine(line);
        written.add((JSON.parse(line) as { id: string }).id);
      }
    });
  } catch (error) {
    if (!HaypileError.isInstance(error) || error.code !== "HAYPILE_DB_CORRUPT") throw error;
    compileAgain();
    const { exportDamaged } = await import("../../../engine/memories/rescue-memories.ts");
    const counts: Rescued = { memories: 0, damaged: 0, lost: 0 };
    const database = pathOf(flags);
    for (const line of exportDamaged(database, filter, written, counts)) printLine(line);
    throw new HaypileError("HAYPILE_DB_CORRUPT", `${error.message} Now written: ${told(counts)}.`, {
      cause: error,
      data: { ...error.data, ...counts },
    });
  }
}

export interface RescueFlags extends MemoryFlags {
  to?: string | undefined;
}

/** haypile memories rescue */
export async function rescue(flags: RescueFlags): Promise<void> {
  if (flags.db === undefined) {
    const { assertKeptInFile } = await import("../../../engine/store/store-for.ts");
    assertKeptInFile(
      readEnvironment(),
      "Memories are rescued",
      "What is damaged there is mended from the server's own backups. --db names a file.",
    );
  }
  if (flags.to === undefined && flags.db === undefined) await assertNoDaemon();
  compileAgain();
  const { rescueMemories } = await import("../../../engine/memories/rescue-memories.ts");
  const report = await rescueMemories(
    pathOf(flags),
    flags.to === undefined ? {} : { to: flags.to },
  );
  if (flags.json === true) return printJson("memories rescue", report);
  if (!report.wasDamaged) {
    printLine(`Nothing is damaged in ${printable(report.database)}; nothing was done.`);
    return;
  }
  for (const finding of report.findings) printLine(`damaged: ${printable(finding)}`);
  printLine(`Rescued into ${printable(report.database)}: ${told(report)}.`);
  if (report.kept !== undefined) {
    printLine(
      `The damaged file is kept as ${printable(report.kept)}. It also holds what you forget from now on: delete it when you miss nothing.`,
    );
  }
}

function told({ memories, damaged, lost }: Rescued): string {
  const parts = [counted(memories, "memory", "memories")];
  if (damaged > 0) parts.push(`${damaged} of them may not be what was written`);
  parts.push(lost === 0 ? "none is missing" : `${counted(lost, "text")} could not be read`);
  return parts.join(", ");
}

function pathOf({ db }: MemoryFlags): string {
  return db ?? memoriesPath(readEnvironment().dataFolder);
}

/** It has the file open, and would go on writing into the damaged one. @throws HaypileError HAYPILE_DB_BUSY */
async function assertNoDaemon(): Promise<void> {
  const [{ readOwner }, { findEndpoint }] = await Promise.all([
    import("../../../wire/owner.ts"),
    import("../../../wire/endpoint.ts"),
  ]);
  const owner = readOwner(findEndpoint(readEnvironment()));
  if (owner === undefined) return;
  throw new HaypileError(
    "HAYPILE_DB_BUSY",
    `The daemon (process ${owner.pid}) has the memories open. Run "haypile stop", then run it again.`,
  );
}
