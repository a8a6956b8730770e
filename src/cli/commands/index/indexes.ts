import { type Command, InvalidArgumentError } from "commander";
import { HaypileError } from "../../../base/errors.ts";
import { parseDuration } from "../../../config/options/values.ts";
import type { KnownIndex } from "../../../ports/answers/index-facts.ts";
import { agreesTo } from "../../input/ask.ts";
import { counted, formatBytes, printable, printJson, printLine } from "../../output/format.ts";

interface PruneFlags {
  olderThan?: number | undefined;
  dryRun?: boolean | undefined;
  yes?: boolean | undefined;
  json?: boolean | undefined;
}

const dayMs = 24 * 3_600_000;

/** haypile indexes list|prune */
export function addIndexes(program: Command, signal: AbortSignal): void {
  const indexes = program
    .command("indexes")
    .description("every index in your data folder, and which of them nobody needs");
  indexes
    .command("list", { isDefault: true })
    .description("folder, size and last use of each")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Indexes that were put elsewhere with --db are not known here.

Examples:
  haypile indexes
  haypile indexes list --json`,
    )
    .action(async ({ json }: { json?: boolean | undefined }) => {
      const { listIndexes } = await import("../../../engine/index/indexes.ts");
      const found = await listIndexes();
      if (json === true) return printJson("indexes list", { indexes: found });
      if (found.length === 0) printLine('There is no index yet. Make one with "haypile index".');
      for (const index of found) printLine(inWords(index));
      const vanished = found.filter((index) => index.vanished).length;
      if (found.length === 0) return;
      const gone =
        vanished === 0
          ? ""
          : `; ${counted(vanished, "folder is", "folders are")} gone: haypile indexes prune`;
      process.stderr.write(
        `haypile: ${counted(found.length, "index", "indexes")}, ${formatBytes(found.reduce((sum, { bytes }) => sum + bytes, 0))}${gone}\n`,
      );
    });
  indexes
    .command("prune")
    .description("delete the indexes of folders that are gone")
    .option("--older-than <time>", "also those not used for so long, such as 90d", ageOf)
    .option("-n, --dry-run", "say what would go; delete nothing, ask nothing")
    .option("-y, --yes", "do not ask")
    .option("--json", "as JSON; asks nothing, so it needs --yes to delete")
    .addHelpText(
      "after",
      `
A drive that is not mounted looks like a folder that is gone: look at the list before you agree. Vectors stay in the
cache of all indexes, so that a new index is quick.

Examples:
  haypile indexes prune --dry-run
  haypile indexes prune --older-than 180d --yes`,
    )
    .action(async (flags: PruneFlags) => {
      const { prunable, removeIndexAt, strayDatabases } = await import(
        "../../../engine/index/reset.ts"
      );
      const found = await prunable(
        flags.olderThan === undefined ? {} : { olderThanMs: flags.olderThan },
      );
      const say = (line: string): void => {
        if (flags.json !== true) printLine(line);
      };
      for (const index of found) say(inWords(index));
      const isWanted =
        flags.dryRun !== true &&
        found.length > 0 &&
        (await agreesTo(
          `Delete ${counted(found.length, "index", "indexes")}?`,
          { yes: flags.yes, json: flags.json },
          signal,
        ));
      const removed: { path: string; bytes: number }[] = [];
      const kept: { path: string; reason: string }[] = [];
      for (const { database } of isWanted ? found : []) {
        try {
          removed.push(...removeIndexAt(database).filter(({ path }) => path === database));
        } catch (error) {
          if (!HaypileError.isInstance(error)) throw error;
          kept.push({ path: database, reason: error.message });
        }
      }
      // Files of indexes that are gone hold nothing: nobody needs to be asked.
      if (flags.dryRun !== true) for (const database of strayDatabases()) removeIndexAt(database);
      if (flags.json === true) return printJson("indexes prune", { found, removed, kept });
      for (const { reason } of kept) process.stderr.write(`haypile: kept: ${printable(reason)}\n`);
      if (found.length === 0) printLine("Nothing to delete: the folder of every index is there.");
      else if (!isWanted) printLine("Nothing was deleted.");
      else {
        const bytes = removed.reduce((sum, one) => sum + one.bytes, 0);
        printLine(`Deleted ${counted(removed.length, "index", "indexes")}, ${formatBytes(bytes)}.`);
      }
    });
}

function ageOf(text: string): number {
  const days = /^\s*(\d{1,5})\s*d\s*$/i.exec(text);
  const ms = days === null ? parseDuration(text) : Number(days[1]) * dayMs;
  if (ms !== undefined && ms > 0) return ms;
  throw new InvalidArgumentError('Expected a time such as "90d" or "12h".');
}

/** One line: what, how large, when last used, what is wrong. */
function inWords(index: KnownIndex): string {
  const { folder, database, bytes, lastUsed, vanished, damaged, problem } = index;
  const marks = [
    ...(vanished ? ["the folder is gone"] : []),
    ...(damaged ? ["damaged"] : []),
    ...(problem === undefined || damaged ? [] : [problem]),
  ];
  const name = folder === undefined ? database : folder;
  return printable(
    `${formatBytes(bytes).padStart(8)}  ${lastUsed?.slice(0, 10) ?? "never used"}  ${name}${marks.length === 0 ? "" : `  (${marks.join("; ")})`}`,
  );
}
