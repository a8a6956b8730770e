import { type Command, InvalidArgumentError } from "commander";
import { parseDuration } from "../../../config/options/values.ts";
import type { KnownIndex } from "../../../ports/answers/index-facts.ts";
import type { Haypile } from "../../../ports/haypile.ts";
import { throughDoor } from "../../door.ts";
import { agreesTo } from "../../input/ask.ts";
import { counted, formatBytes, printable, printJson, printLine } from "../../output/format.ts";

interface PruneFlags {
  olderThan?: number | undefined;
  dryRun?: boolean | undefined;
  unmounted?: boolean | undefined;
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
Indexes that were put elsewhere with --db, and those on a server (index.store), are not known here:
"haypile status" shows that of a folder.

Examples:
  haypile indexes
  haypile indexes list --json`,
    )
    .action(async (flags: { json?: boolean | undefined }) => {
      const { json } = flags;
      const found = await throughDoor({ command: "indexes", flags: {}, signal }, ({ haypile }) =>
        haypile.indexes(),
      );
      if (json === true) return printJson("indexes list", { indexes: found });
      const server = await serverOfIndexes();
      if (server !== undefined) {
        const where = printable(server);
        process.stderr.write(`haypile: indexes are kept on ${where}; those are not listed here\n`);
      }
      if (found.length === 0) {
        printLine(
          server === undefined
            ? 'There is no index yet. Make one with "haypile index".'
            : "There is no index in files of this machine.",
        );
      }
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
    .description("delete the indexes of folders that are gone, and damaged ones")
    .option("--older-than <time>", "also those not used for so long, such as 90d", ageOf)
    .option("--unmounted", "also those whose folder may lie on a drive that is not mounted now")
    .option("-n, --dry-run", "say what would go; delete nothing, ask nothing")
    .option("-y, --yes", "do not ask")
    .option("--json", "as JSON; asks nothing, so it needs --yes to delete")
    .addHelpText(
      "after",
      `
A drive that is not mounted looks like a folder that is gone. Where that may be, the index stays; yet look at the list
before you agree. Vectors stay in the cache of all indexes, so that a new index is quick.

Examples:
  haypile indexes prune --dry-run
  haypile indexes prune --older-than 180d --yes`,
    )
    .action(async (flags: PruneFlags) => {
      const ways = { command: "indexes prune", flags: {}, signal };
      await throughDoor(ways, ({ haypile }) => prune(haypile, flags, signal));
    });
}

/** The server that keeps new indexes; undefined: they are files. */
async function serverOfIndexes(): Promise<string | undefined> {
  const { readConfiguration } = await import("../../../engine/configure.ts");
  const { indexStore, ownFiles } = await import("../../../engine/store/store-for.ts");
  const store = indexStore(readConfiguration(undefined));
  return store === ownFiles ? undefined : store;
}

async function prune(haypile: Haypile, flags: PruneFlags, signal: AbortSignal): Promise<void> {
  const { olderThan: olderThanMs, unmounted, json } = flags;
  const preview = await haypile.prune({ olderThanMs, unmounted });
  const { indexes: found, spared } = preview;
  if (json !== true) {
    for (const index of found) printLine(inWords(index));
    for (const index of spared) {
      printLine(`${inWords(index)}: stays; --unmounted deletes such ones too`);
    }
  }
  // Files of indexes that are gone hold nothing: nobody needs to be asked.
  const isWanted =
    flags.dryRun !== true &&
    (found.length === 0 ||
      (await agreesTo(
        `Delete ${counted(found.length, "index", "indexes")}?`,
        { yes: flags.yes, json },
        signal,
      )));
  const { confirm } = preview;
  const done =
    isWanted && confirm !== undefined
      ? await haypile.prune({ olderThanMs, unmounted, confirm })
      : undefined;
  const databases = new Set(found.map(({ database }) => database));
  const removed = (done?.removed ?? []).filter(({ path }) => databases.has(path));
  const kept = done?.kept ?? [];
  if (json === true) return printJson("indexes prune", { found, spared, removed, kept });
  for (const { reason } of kept) process.stderr.write(`haypile: kept: ${printable(reason)}\n`);
  if (found.length === 0) printLine("Nothing to delete: the folder of every index is there.");
  else if (!isWanted) printLine("Nothing was deleted.");
  else {
    const bytes = removed.reduce((sum, one) => sum + one.bytes, 0);
    printLine(`Deleted ${counted(removed.length, "index", "indexes")}, ${formatBytes(bytes)}.`);
  }
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
    ...(vanished ? [goneInWords(index)] : []),
    ...(damaged ? ["damaged"] : []),
    ...(problem === undefined || damaged ? [] : [problem]),
    ...(index.watched === undefined ? [] : ["watched"]),
  ];
  const name = folder === undefined ? database : folder;
  return printable(
    `${formatBytes(bytes).padStart(8)}  ${lastUsed?.slice(0, 10) ?? "never used"}  ${name}${marks.length === 0 ? "" : `  (${marks.join("; ")})`}`,
  );
}

function goneInWords({ mayBeUnmounted }: KnownIndex): string {
  return mayBeUnmounted === true
    ? "the folder is gone, or its drive is not mounted"
    : "the folder is gone";
}
