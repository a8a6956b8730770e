import type { Command } from "commander";
import { modelInWords } from "../../../base/model-name.ts";
import {
  type MigrateCallOptions,
  type MigrationProgress,
  type MigrationResult,
  percentOf,
} from "../../../ports/answers/migration.ts";
import { addHereFlag, type DoorFlags, throughDoor } from "../../door.ts";
import { addFlags } from "../../flags/option-flags.ts";
import {
  counted,
  formatDuration,
  printable,
  printJson,
  printJsonLine,
  printLine,
} from "../../output/format.ts";
import { ProgressLine } from "../../output/progress.ts";

interface MigrateFlags extends DoorFlags {
  path: string;
  model?: string | undefined;
  modelDir?: string | undefined;
  memories?: boolean | undefined;
  cancel?: boolean | undefined;
  progress?: boolean | undefined;
  json?: boolean | undefined;
}

/** haypile migrate-model */
export function addMigrateModel(program: Command, signal: AbortSignal): void {
  const command = program
    .command("migrate-model")
    .description(
      "make the vectors of an index anew with another model; the old ones serve meanwhile",
    )
    .option("--path <folder>", "folder whose index is meant; one of its parents will do", ".")
    .option("--model <name>", "the model to change to (default: what was begun, else the one here)")
    .option("--model-dir <folder>", "folder with the model to change to")
    .option("--memories", "the memories in place of an index")
    .option("--cancel", "forget the new vectors; the old ones stay")
    .option("--db <file>", "database file of the index, or of the memories");
  addFlags(addHereFlag(command), ["memory.max", "embed.workers", "cache.vectors"])
    .option("--progress", "with --json: how far it is as well, one object a line")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Searches go on: by the old vectors with their own model, or by words and the static model where that is not here or
there is no memory for two. When all new vectors are there, they take the place of the old ones at once. Ctrl-C and
kills lose nothing; the same command goes on from there.

Examples:
  haypile migrate-model
  haypile migrate-model --model bge-small-en-v1.5
  haypile migrate-model --memories --model bge-small-en-v1.5
  haypile migrate-model --cancel`,
    )
    .action(async (flags: MigrateFlags) => await migrate(flags, signal));
}

async function migrate(flags: MigrateFlags, signal: AbortSignal): Promise<void> {
  const { model, modelDir, memories, cancel, json, progress: tells, ...place } = flags;
  const line = new ProgressLine(process.stderr);
  let said: string | undefined;
  const onProgress = (progress: MigrationProgress): void => {
    if (json === true) {
      if (tells === true) printJsonLine("migrate-model --progress", progress);
      return;
    }
    if (progress.note !== undefined && said === undefined) {
      said = progress.note;
      line.clear();
      process.stderr.write(`haypile: ${printable(said)}\n`);
    }
    line.update(stateOf(progress));
  };
  const options: MigrateCallOptions = {
    model,
    modelFolder: modelDir === undefined ? undefined : (await import("node:path")).resolve(modelDir),
    cancel,
    signal,
    onProgress,
  };
  const database = memories === true ? "memories" : "index";
  const ways = { command: "migrate-model", flags: place, database, signal } as const;
  const result = await throughDoor(ways, async ({ haypile }) => {
    try {
      return await (memories === true
        ? haypile.memories.migrate(options)
        : haypile.code(flags.path).migrate(options));
    } finally {
      line.clear();
    }
  });
  if (json === true && tells === true) printJsonLine("migrate-model", result);
  else if (json === true) printJson("migrate-model", result);
  else printLine(resultInWords(result, memories === true ? "memory" : "chunk"));
}

function stateOf({ done, total, rssBytes }: MigrationProgress) {
  return { phase: "renewing", done, total, unit: "vectors", rssBytes };
}

function resultInWords(result: MigrationResult, unit: string): string {
  const { state, to, vectors, embedded, totalMs } = result;
  const model = to === undefined ? "no model yet" : modelInWords(to);
  switch (state) {
    case "done":
      return `Done in ${formatDuration(totalMs)}: the vectors are of ${model} now (${counted(vectors, unit)}, ${counted(embedded, "vector")} made).`;
    case "current":
      return `Nothing to do: the vectors are of ${model}.`;
    case "cancelled":
      return to === undefined
        ? "Nothing was cancelled: no new vectors were on their way."
        : `Cancelled: the new vectors of ${model} are gone, the old ones stay.`;
    case "elsewhere":
      return `Another process is at it: "haypile status" says how far it is.`;
    case "short":
      return `Stopped for want of memory after ${counted(embedded, "vector")}. Run it again, or with a larger --max-memory.`;
  }
}

/** "to bge-small-en-v1.5 with 384 dimensions in the format int8: 12 % (1,200 of 10,000), process 123 is at it" */
export function migrationInWords(migration: {
  to: Parameters<typeof modelInWords>[0];
  done: number;
  total: number;
  isStopped: boolean;
  at?: { pid: number; isOwn: boolean } | undefined;
}): string {
  const { to, done, total, isStopped, at } = migration;
  const who =
    at !== undefined
      ? `${at.isOwn ? "this process" : `process ${at.pid}`} is at it`
      : `${isStopped ? "stopped" : "nobody is at it"}; "haypile migrate-model" goes on`;
  return `to ${printable(modelInWords(to))}: ${percentOf({ done, total })} % (${done} of ${total}), ${who}`;
}
