import type { Command } from "commander";
import type { EngineStatus, MemoryReport, ModelReport } from "../../engine/types.ts";
import {
  formatBytes,
  formatCount,
  formatTable,
  printable,
  printJson,
  printLine,
} from "../format.ts";
import { addModelFlags, type ModelFlags, openOptions } from "../options.ts";

interface StatusFlags extends ModelFlags {
  json?: boolean;
  path: string;
  memory?: boolean;
}

/** haypile status */
export function addStatus(program: Command): void {
  const command = program
    .command("status")
    .description("what the index of a folder holds")
    .option("--path <folder>", "folder whose index is meant; one of its parents will do", ".")
    .option("--memory", "load the model, embed one text, and show where the memory is");
  addModelFlags(command)
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
        if (flags.json === true) printJson({ ...status, memory, loadedModel: model });
        else printStatus(status, memory, model);
      } finally {
        await engine.close();
      }
    });
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
