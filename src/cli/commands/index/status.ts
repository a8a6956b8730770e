import { setTimeout as wait } from "node:timers/promises";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { OptionName } from "../../../config/options/options.ts";
import type { EngineStatus, IndexDetails, IndexFacts } from "../../../ports/answers/index-facts.ts";
import type { CodeIndex } from "../../../ports/haypile.ts";
import { addHereFlag, throughDoor } from "../../door.ts";
import { addModelFlags, addRerankerFlag, type ModelFlags } from "../../flags/options.ts";
import { runnerInWords, tierInWords } from "../../output/banner.ts";
import {
  counted,
  formatBytes,
  formatCount,
  formatTable,
  printable,
  printJson,
  printJsonLine,
  printLine,
} from "../../output/format.ts";
import { revisionsInWords, storeInWords } from "../../output/kept-words.ts";
import { noteMissing } from "../../output/missing.ts";
import { runInWords, watchedInWords } from "../../output/run-words.ts";
import { scipStatusInWords } from "../../output/scip-words.ts";
import { settingRows, settingsAsJson } from "../../output/settings.ts";
import { printDaemonStatus } from "../machine/daemon.ts";
import { printFootprint, printModel } from "./footprint-report.ts";
import { migrationInWords } from "./migrate-model.ts";

/** Options that decide what this machine gives; all others: "haypile config list". */
const shown = [
  "host.profile",
  "memory.max",
  "embed.workers",
  "embed.intra-op-threads",
  "embed.tokens-per-run",
  "model.quantisation",
  "cache.total",
  "storage.profile",
  "storage.disk",
  "storage.page-cache",
  "storage.bits-budget",
  "storage.synchronous",
] as const satisfies readonly OptionName[];

interface StatusFlags extends ModelFlags {
  json?: boolean | undefined;
  path: string;
  memory?: boolean | undefined;
  watch?: true | number | undefined;
  index?: boolean | undefined;
  daemon?: boolean | undefined;
}

const defaultWatchSeconds = 2;

/** haypile status */
export function addStatus(program: Command, signal: AbortSignal): void {
  const command = program
    .command("status")
    .description("what the index of a folder holds")
    .option("--path <folder>", "folder whose index is meant; one of its parents will do", ".")
    .option("--index", "how vectors are searched, the recall of that, and what symbols there are")
    .option("--memory", "load the model, embed one text, and show where the memory is")
    .addOption(
      new Option(
        "--watch [seconds]",
        "show the memory again every so often, until Ctrl-C (default: 2)",
      )
        .argParser(secondsOf)
        .implies({ memory: true }),
    );
  command.option("--daemon", "the daemon and its clients, no index");
  addHereFlag(addRerankerFlag(addModelFlags(command)))
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Examples:
  haypile status
  haypile status --memory
  haypile status --memory --watch 5
  haypile status --path ~/src/app --json`,
    )
    .action(async (flags: StatusFlags) => {
      if (flags.daemon === true) return await printDaemonStatus(flags, signal);
      await throughDoor({ command: "status", flags, signal }, async ({ haypile }) => {
        const code = haypile.code(flags.path);
        await report(code, flags);
        if (flags.memory === true && flags.watch !== undefined) {
          await watchFootprint(code, flags, signal);
        }
      });
    });
}

async function report(code: CodeIndex, flags: StatusFlags): Promise<void> {
  const status = await code.status();
  const loadedModel = flags.memory === true ? await code.loadModel() : undefined;
  const memory = flags.memory === true ? await code.footprint() : undefined;
  const details = flags.index === true ? await code.indexReport() : undefined;
  const facts = await code.facts();
  if (flags.json === true) {
    const configuration = settingsAsJson(facts.configuration);
    const all = { ...status, details, memory, loadedModel, configuration };
    if (flags.watch === undefined) printJson("status", all);
    else printJsonLine("status", all);
    return;
  }
  printStatus(status);
  noteMissing(await code.unparsed());
  printSettings(facts);
  if (memory !== undefined) {
    printLine();
    printFootprint(memory);
  }
  if (loadedModel !== undefined) {
    printLine();
    printModel(loadedModel);
  }
  if (details !== undefined) printDetails(details);
}

/** With --json there is one object a line, so that a program can read them as they come. */
async function watchFootprint(
  code: CodeIndex,
  { watch, json }: StatusFlags,
  signal: AbortSignal,
): Promise<void> {
  const everyMs = (typeof watch === "number" ? watch : defaultWatchSeconds) * 1000;
  for (;;) {
    await wait(everyMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    const memory = await code.footprint();
    if (json === true) printJsonLine("status --watch", memory);
    else {
      printLine();
      printFootprint(memory);
    }
  }
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (seconds >= 0.1 && seconds <= 86_400) return seconds;
  throw new InvalidArgumentError("Expected seconds from 0.1 to 86400.");
}

function printDetails({ scan, packed, recallAt10, recallSamples, symbols }: IndexDetails): void {
  printLine();
  const rows: [string, string][] = [
    [
      "symbols",
      `${formatCount(symbols.definitions)} definitions of ${formatCount(symbols.names)} names, ${formatCount(symbols.references)} uses`,
    ],
    [
      "vectors",
      scan.kind === "exact"
        ? `${formatCount(scan.vectors)}, each compared`
        : `${formatCount(scan.vectors)}, found by bits (${formatBytes(scan.bytes)} in memory) and scored exactly; ${formatCount(scan.loose)} not in a segment yet${streamedNote(scan)}${scan.isBuilding ? ", which is being made" : ""}`,
    ],
    ...(packed === undefined ? [] : [["packed", packedInWords(packed)] as [string, string]]),
    [
      "recall",
      recallAt10 === undefined
        ? "no vectors yet"
        : `${recallAt10.toFixed(3)} of the true best ten, over ${recallSamples} vectors of the index${packed === undefined ? "" : ", as they are packed"}`,
    ],
  ];
  for (const row of formatTable(rows)) printLine(row);
}

function packedInWords(packed: NonNullable<IndexDetails["packed"]>): string {
  const { format, bytesPerVector, recallAt10, isRetired } = packed;
  const then = isRetired ? "; the next index run makes them anew" : "";
  return `${format}, ${bytesPerVector} bytes a vector, recall ${recallAt10.toFixed(3)} when it was compacted${then}`;
}

function printSettings({ configuration, modelName }: IndexFacts): void {
  const { settings, facts } = configuration;
  printLine();
  printLine(
    `Machine: ${counted(facts.cores, "CPU")}, ${formatBytes(facts.memoryBytes)}, ${tierInWords(configuration)}`,
  );
  for (const row of settingRows(settings, shown)) printLine(row);
  const wanted = settings["model.quantisation"].value ?? "";
  if (!modelName.endsWith(wanted)) {
    printLine(`  ${wanted} is wanted, but the model here is ${modelName}, which is used`);
  }
}

function streamedNote({ streamed, budgetBytes }: IndexDetails["scan"]): string {
  if (streamed === 0) return "";
  return `; ${formatCount(streamed)} read for each search, because ${formatBytes(budgetBytes)} is the limit`;
}

function providerRows({ provider }: EngineStatus): [string, string][] {
  if (provider === undefined) return [];
  const { requested, used, reason } = provider;
  return [["provider", reason === "" ? used : `${used}, not ${requested}: ${printable(reason)}`]];
}

/** An index that answers says nothing of how its server does. */
function storeRows({ stores = [] }: EngineStatus): [string, string][] {
  return stores.flatMap((store) => {
    const [head = "", ...more] = storeInWords(store);
    const rows: [string, string][] = [[`kept in`, `${head} (${store.keeps.join(", ")})`]];
    return [...rows, ...more.map((line): [string, string] => ["", line])];
  });
}

function printStatus(status: EngineStatus): void {
  const { index } = status;
  const waiting = index.chunks - index.vectors;
  printLine(`Index of ${printable(status.root)}`);
  for (const row of formatTable([
    ["database", `${printable(status.database)} (${formatBytes(index.databaseBytes)})`],
    ["files", formatCount(index.files)],
    [
      "chunks",
      `${formatCount(index.chunks)}${waiting > 0 ? `, ${formatCount(waiting)} without a vector` : ""}`,
    ],
    [
      "model",
      status.model === undefined
        ? "none yet"
        : `${status.model.id}, ${status.model.dimensions} dimensions${status.model.vectors === undefined ? "" : `, format ${printable(status.model.vectors)}`}`,
    ],
    ...(status.migration === undefined
      ? []
      : [["migration", migrationInWords(status.migration)] as [string, string]]),
    ...(status.scip === undefined
      ? []
      : [["exact", scipStatusInWords(status.scip)] as [string, string]]),
    ...(status.revisions === undefined
      ? []
      : [["revisions", revisionsInWords(status.revisions)] as [string, string]]),
    ...(status.vectorsNote === undefined
      ? []
      : [["vectors", printable(status.vectorsNote)] as [string, string]]),
    ["last run", status.lastIndex ?? "none finished"],
    ...(status.watched === undefined
      ? []
      : [["watched", printable(watchedInWords(status.watched))] as [string, string]]),
    ...(status.indexing === undefined
      ? []
      : [["at work", runInWords(status.indexing)] as [string, string]]),
    ...(status.runner === undefined
      ? []
      : [["runs by", runnerInWords(status.runner, undefined)] as [string, string]]),
    ...providerRows(status),
    ...storeRows(status),
  ])) {
    printLine(row);
  }
}
