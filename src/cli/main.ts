/*
 * The command line: commands, signals and exit codes. Exit codes are those of the error catalogue
 * (docs/errors.md): 0 done, 1 defect or old Node, 2 usage, 3 input, 4 database, 5 model, 6 runtime,
 * 7 resources, 130 interrupted.
 */
import { Command, CommanderError } from "commander";
import { HaypileError } from "../base/errors.ts";
import { log } from "../base/log.ts";
import { assertNodeVersion } from "../base/package/node-version.ts";
import { version } from "../base/package/version.ts";
import { readEnvironment } from "../config/environment/env.ts";
import { noteUnknownVariables } from "../config/environment/env-names.ts";
import { secureOwnFolders } from "../config/places/own-folders.ts";
import { addOutline } from "./commands/code/outline.ts";
import { addSearch } from "./commands/code/search.ts";
import { addSymbol } from "./commands/code/symbol.ts";
import { addUses } from "./commands/code/uses.ts";
import { addWhy } from "./commands/code/why.ts";
import { addCompact } from "./commands/index/compact.ts";
import { addIndex } from "./commands/index/index-folder.ts";
import { addIndexes } from "./commands/index/indexes.ts";
import { addReset } from "./commands/index/reset.ts";
import { addStatus } from "./commands/index/status.ts";
import { addWatch } from "./commands/index/watch.ts";
import { addAnalyze } from "./commands/machine/analyze.ts";
import { addCompletion } from "./commands/machine/completion.ts";
import { addConfig } from "./commands/machine/config.ts";
import { addDaemon } from "./commands/machine/daemon.ts";
import { addDoctor } from "./commands/machine/doctor.ts";
import { addInstall } from "./commands/machine/install.ts";
import { addMcp } from "./commands/machine/mcp.ts";
import { addModels } from "./commands/machine/models.ts";
import { addForget } from "./commands/memories/forget.ts";
import { addMemories } from "./commands/memories/memories.ts";
import { addRecall } from "./commands/memories/recall.ts";
import { addRemember } from "./commands/memories/remember.ts";
import { everyCommand, groupCommands, moreOptions, readHelpAll, showOptions } from "./help.ts";
import { useLogLevel } from "./log-level.ts";
import { printable } from "./output/format.ts";

const interruptedExit = 130;
const usageExit = 2;

/** Runs one command line (without node and script) and ends the process with its exit code. */
export async function run(args: readonly string[]): Promise<void> {
  const stop = new AbortController();
  let interrupts = 0;
  const onSignal = (): void => {
    interrupts += 1;
    if (interrupts > 1) process.exit(interruptedExit);
    log("warn", "stopping; what was stored stays. Press Ctrl-C again to end at once.");
    stop.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  // A closed pipe ("haypile search x | head") is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    process.exit(error.code === "EPIPE" ? 0 : 1);
  });

  const code = await runCommand(args, stop.signal);
  process.exitCode = code;
  process.off("SIGINT", onSignal);
  process.off("SIGTERM", onSignal);
}

async function runCommand(args: readonly string[], signal: AbortSignal): Promise<number> {
  try {
    assertNodeVersion();
    useLogLevel();
    noteUnknownVariables(readEnvironment());
    const asked = readHelpAll(args);
    await makeProgram(signal, asked.isAll).parseAsync(asked.args, { from: "user" });
    return 0;
  } catch (error) {
    // Commander has written its own message; --help and --version end here too, with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usageExit;
    return report(error, args.includes("--json"));
  }
}

/** @param helpAll help shows every option */
export function makeProgram(signal: AbortSignal, helpAll = false): Command {
  const program = new Command("haypile")
    .description("Finds code and text by meaning and by word, on this machine only.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .showSuggestionAfterError(true)
    .showHelpAfterError("(add --help for the options and examples)")
    .configureOutput({ outputError: (text, write) => write(`haypile: ${text}`) })
    .exitOverride()
    .hook("preAction", () => secureOwnFolders(readEnvironment()));
  showOptions(program, helpAll);
  program.option("--help-all", "print help with the options that are seldom needed").addHelpText(
    "after",
    `
Examples:
  haypile index                      index the current folder
  haypile search "parse the config"  search it
  haypile symbol parseConfig         find a definition by name
  haypile status                     what the index holds
  haypile index ~/src/app --json     another folder, the report as JSON`,
  );
  addIndex(program, signal);
  addWatch(program, signal);
  addSearch(program, signal);
  addWhy(program, signal);
  addSymbol(program);
  addOutline(program);
  addUses(program);
  addStatus(program, signal);
  addAnalyze(program);
  addCompact(program, signal);
  addReset(program, signal);
  addIndexes(program, signal);
  addRemember(program, signal);
  addRecall(program, signal);
  addForget(program);
  addMemories(program);
  addModels(program, signal);
  addConfig(program);
  addDoctor(program, signal);
  addInstall(program);
  addMcp(program);
  addDaemon(program, signal);
  addCompletion(program);
  for (const command of program.commands) {
    for (const one of [command, ...command.commands]) {
      one.exitOverride().showSuggestionAfterError(true);
      one.addHelpText("after", () => moreOptions(one, helpAll));
    }
  }
  groupCommands(program);
  if (helpAll) program.addHelpText("after", () => everyCommand(program));
  return program;
}

/** Says what went wrong on stderr and gives the exit code. */
function report(error: unknown, json: boolean): number {
  const known = HaypileError.isInstance(error)
    ? error
    : new HaypileError(
        "HAYPILE_INTERNAL",
        `Something went wrong inside Haypile: ${error instanceof Error ? error.message : String(error)} Please report it with the output of "haypile doctor".`,
        { cause: error },
      );
  if (json) {
    const { code, message, data } = known;
    process.stderr.write(`${JSON.stringify({ error: { code, message, data } })}\n`);
  } else {
    const lines = known.message.split("\n").map(printable);
    process.stderr.write(`haypile: ${lines.join("\n")} [${known.code}]\n`);
    if (known.code === "HAYPILE_INTERNAL") log("debug", known.stack ?? "");
  }
  return known.exitCode;
}
