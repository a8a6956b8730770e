import type { Command } from "commander";
import type { OptionName } from "../../config/options.ts";
import type { Engine } from "../../engine/engine.ts";
import type { EngineStatus, IndexDetails, MemoryReport, ModelReport } from "../../engine/types.ts";
import { tierInWords } from "../banner.ts";
import {
  counted,
  formatBytes,
  formatCount,
  formatTable,
  printable,
  printJson,
  printLine,
} from "../format.ts";
import { addModelFlags, addRerankerFlag, type ModelFlags, openOptions } from "../options.ts";
import { settingRows, settingsAsJson } from "../settings.ts";

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
  json?: boolean;
  path: string;
  memory?: boolean;
  index?: boolean;
}

/** haypile status */
export function addStatus(program: Command): void {
  const command = program
    .command("status")
    .description("what the index of a folder holds")
    .option("--path <folder>", "folder whose index is meant; one of its parents will do", ".")
    .option("--index", "how vectors are searched, the recall of that, and what symbols there are")
    .option("--memory", "load the model, embed one text, and show where the memory is");
  addRerankerFlag(addModelFlags(command))
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Examples:
  haypile status
  haypile status --memory
  haypile status --path ~/src/app --json`,
    )
    .action(async (flags: StatusFlags) => {
      const { open } = await import("../../engine/open.ts");
      const engine = await open({ ...openOptions(flags.path, flags), nearest: true });
      try {
        const status = engine.status();
        let memory: MemoryReport | undefined;
        let model: ModelReport | undefined;
        if (flags.memory === true) {
          model = await engine.loadModel();
          memory = engine.memory();
        }
        const details = flags.index === true ? await engine.indexReport() : undefined;
        const settings = settingsAsJson(engine.configuration);
        if (flags.json === true) {
          printJson({ ...status, details, memory, loadedModel: model, configuration: settings });
        } else {
          printStatus(status, memory, model);
          printSettings(engine);
          if (details !== undefined) printDetails(details);
        }
      } finally {
        await engine.close();
      }
    });
}

function printDetails({ scan, recallAt10, recallSamples, symbols }: IndexDetails): void {
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
    [
      "recall",
      recallAt10 === undefined
        ? "no vectors yet"
        : `${recallAt10.toFixed(3)} of the true best ten, over ${recallSamples} vectors of the index`,
    ],
  ];
  for (const row of formatTable(rows)) printLine(row);
}

function printSettings({ configuration, modelName }: Engine): void {
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

function printStatus(
  status: EngineStatus,
  memory: MemoryReport | undefined,
  model: ModelReport | undefined,
): void {
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
        : `${status.model.id}, ${status.model.dimensions} dimensions`,
    ],
    ["last run", status.lastIndex ?? "none finished"],
  ])) {
    printLine(row);
  }
  if (memory === undefined) return;
  printLine();
  printLine(
    `Memory of this process: ${formatBytes(memory.process.rssBytes)} now, ${formatBytes(memory.process.peakRssBytes)} at most`,
  );
  for (const row of formatTable(
    memory.owners.map(
      ({ owner, bytes, note }) => [owner, `${formatBytes(bytes).padStart(8)}  ${note}`] as const,
    ),
  )) {
    printLine(row);
  }
  const { governor } = memory;
  if (governor !== undefined) {
    const { limitBytes, usedBytes, level, steps } = governor;
    printLine(
      `Limit: ${formatBytes(limitBytes)}, ${formatBytes(usedBytes)} count against it (${level}); given up: ${steps.join(", ") || "nothing"}`,
    );
  }
  if (model === undefined) return;
  printLine();
  printLine(
    `Model ${model.modelId}, ONNX Runtime ${model.runtimeVersion}, loaded in ${model.loadMs.toFixed(0)} ms (${model.loadedFrom})`,
  );
  for (const row of formatTable([
    [
      "workers",
      `${model.workers}, each with ${model.intraOpThreads} thread, at most ${formatCount(model.tokensPerRun)} tokens a run`,
    ],
    ["allocator", model.cpuArena ? "the runtime's arena" : "mimalloc, counted"],
    ["memory pattern", model.memoryPattern ? "on" : "off"],
    ["spinning", model.spinning ? "on" : "off"],
    [
      "provider",
      model.fallbackReason === ""
        ? model.provider
        : `${model.provider}, because ${model.providerRequested} cannot be used: ${model.fallbackReason}`,
    ],
    ...(model.cacheNote === "" ? [] : [["graph cache", model.cacheNote] as [string, string]]),
  ])) {
    printLine(row);
  }
}
