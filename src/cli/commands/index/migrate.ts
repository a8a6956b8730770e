/* haypile migrate: which versions files have, and the way down to those of an earlier Haypile. */
import type { Command } from "commander";
import { HaypileError } from "../../../base/errors.ts";
import { version as program } from "../../../base/package/version.ts";
import { readEnvironment } from "../../../config/environment/env.ts";
import type { DownPlan, SteppedDown } from "../../../engine/schemas/down.ts";
import type { FileVersion } from "../../../engine/schemas/file-versions.ts";
import { wholeNumber } from "../../flags/numbers.ts";
import { agreesTo } from "../../input/ask.ts";
import { printable, printJson, printLine } from "../../output/format.ts";

interface MigrateFlags {
  status?: boolean | undefined;
  down?: boolean | undefined;
  to?: number | undefined;
  memories?: boolean | undefined;
  path: string;
  db?: string | undefined;
  acceptLoss?: boolean | undefined;
  dryRun?: boolean | undefined;
  yes?: boolean | undefined;
  json?: boolean | undefined;
}

const mostVersion = 9_999;

/** haypile migrate */
export function addMigrate(program: Command, signal: AbortSignal): void {
  program
    .command("migrate")
    .description("say which versions the files here have; take one down for an earlier Haypile")
    .option("--status", "the versions (the default)")
    .option("--down", "take an index or the memories down to an earlier version")
    .option("--to <version>", "which one (default: one below)", wholeNumber(1, mostVersion))
    .option("--memories", "the memories in place of an index")
    .option("--path <folder>", "folder whose index is meant; one of its parents will do", ".")
    .option("--db <file>", "database file, of an index or of memories")
    .option("--accept-loss", "go also where something is lost; a snapshot of before is kept")
    .option("-n, --dry-run", "say what would be lost; change nothing, ask nothing")
    .option("-y, --yes", "do not ask")
    .option("--json", "as JSON; asks nothing, so --down needs --yes")
    .addHelpText(
      "after",
      `
Up, a file goes by itself when it is opened. Down, it goes where that loses nothing: two versions of an index, and two of
the memories. Nobody may have the file open; "haypile stop" ends the daemon. UPGRADING.md has the steps around it.

Examples:
  haypile migrate
  haypile migrate --down --dry-run
  haypile migrate --down --memories --to 3 --yes`,
    )
    .action(async (flags: MigrateFlags) => {
      if (flags.down === true) await goDown(flags, signal);
      else await status(flags);
    });
}

async function status(flags: MigrateFlags): Promise<void> {
  const said = (["to", "memories", "db", "acceptLoss", "dryRun", "yes"] as const).find(
    (name) => flags[name] !== undefined,
  );
  if (said !== undefined) {
    const flag = said.replace(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`);
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected --down with --${flag}: without it "haypile migrate" only says the versions of all files.`,
    );
  }
  const { fileVersions } = await import("../../../engine/schemas/file-versions.ts");
  const files = await fileVersions();
  if (flags.json === true) return printJson("migrate", { program, files });
  if (files.length === 0) {
    const { dataFolder } = readEnvironment();
    return printLine(`There are no files of Haypile in ${printable(dataFolder)} yet.`);
  }
  printLine(`Haypile ${program}`);
  for (const file of files) printFile(file);
}

const names: Readonly<Record<FileVersion["what"], string>> = {
  index: "index",
  memories: "memories",
  vectors: "cache of vectors",
  contents: "cache of contents",
  revisions: "versions of files",
  snapshot: "snapshot",
};

function printFile(file: FileVersion): void {
  const { what, path, folder, version, program, down } = file;
  const of = folder === undefined ? "" : ` of ${printable(folder)}`;
  const by = program === undefined ? "" : `, made by ${program}`;
  printLine(`${names[what]}${of}`);
  printLine(`  ${printable(path)}`);
  printLine(
    version === undefined ? `  ${inWords(file)}` : `  version ${version}${by}: ${inWords(file)}`,
  );
  if (down.length > 0) printLine(`  goes down to ${down.join(" and ")} without losing anything`);
}

function inWords({ what, state, known, problem }: FileVersion): string {
  if (state === "unreadable") return printable(problem ?? "it cannot be read");
  if (state === "current") return "as this Haypile makes it";
  if (state === "older") {
    if (what === "vectors") return `older than ${known}; the next opening begins it anew`;
    return what === "snapshot"
      ? `older than ${known}; it can be restored`
      : `older than ${known}; the next opening brings it up to date`;
  }
  const newer = `newer than ${known}, which this Haypile makes`;
  if (what === "vectors" || what === "contents") return `${newer}; it works without it`;
  return problem === undefined
    ? `${newer}; it is refused. Update Haypile`
    : `${newer}; ${printable(problem)}`;
}

async function goDown(flags: MigrateFlags, signal: AbortSignal): Promise<void> {
  const { planDown, takeDown } = await import("../../../engine/schemas/down.ts");
  if (flags.memories === true && flags.db !== undefined) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      "Expected --memories or --db, but both came. --db alone will do: the file says what it holds.",
    );
  }
  const { memories, db: database, path: folder } = flags;
  const plan = planDown({ memories, database, folder }, flags.to);
  const isLossy = plan.loses.length > 0;
  if (flags.json !== true) printPlan(plan);
  const nothing: SteppedDown = { ...plan, applied: false, snapshot: undefined };
  if (flags.dryRun === true || plan.from === plan.to) {
    if (flags.json === true) printJson("migrate --down", nothing);
    return;
  }
  await assertNoDaemon();
  if (isLossy && flags.acceptLoss !== true && (flags.yes === true || flags.json === true)) {
    throw new HaypileError(
      "HAYPILE_CONFLICT",
      `Expected that nothing is lost, but this would be gone: ${plan.loses.join("; ")}. Nothing was changed. Run it again with --accept-loss to go all the same: a snapshot of before is kept.`,
      { data: { database: plan.database, loses: plan.loses } },
    );
  }
  const question = isLossy ? "Go, and lose that?" : `Go to version ${plan.to}?`;
  if (!(await agreesTo(question, flags, signal))) {
    if (flags.json === true) return printJson("migrate --down", nothing);
    return printLine("Nothing was changed.");
  }
  const done = await takeDown(plan, isLossy);
  if (flags.json === true) return printJson("migrate --down", done);
  printDone(done);
}

function printPlan({ what, database, from, to, loses, remakes }: DownPlan): void {
  printLine(`${what} ${printable(database)}`);
  if (from === to) {
    printLine(`  version ${from} already; nothing to do`);
    return;
  }
  printLine(`  from version ${from} to ${to}`);
  if (loses.length === 0) printLine("  nothing is lost");
  for (const one of loses) printLine(`  lost: ${one}`);
  for (const one of remakes) printLine(`  made again later: ${one}`);
}

function printDone({ what, to, snapshot }: SteppedDown): void {
  printLine(
    `Done: version ${to}. Any command of this Haypile that opens it brings it up again, so now`,
  );
  printLine(`install the earlier one: npm install -g haypile@VERSION`);
  if (snapshot === undefined) return;
  const index = what === "index" ? " --index" : "";
  printLine(
    `A snapshot of before is kept; with this Haypile: haypile snapshot restore ${snapshot}${index}`,
  );
}

/** It would open the file, and so bring it up again. @throws HaypileError HAYPILE_DB_BUSY */
async function assertNoDaemon(): Promise<void> {
  const [{ readOwner }, { findEndpoint }] = await Promise.all([
    import("../../../wire/owner.ts"),
    import("../../../wire/endpoint.ts"),
  ]);
  const owner = readOwner(findEndpoint(readEnvironment()));
  if (owner === undefined) return;
  throw new HaypileError(
    "HAYPILE_DB_BUSY",
    `The daemon (process ${owner.pid}) would bring the file up again with its next call. Nothing was changed. Run "haypile stop", then run it again.`,
    { data: { pid: owner.pid } },
  );
}
