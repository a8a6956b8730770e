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
import { keepOwnHeap } from "../config/environment/own-heap.ts";
import { commandsFor } from "./commands/list.ts";
import { everyCommand, groupCommands, moreOptions, readHelpAll, showOptions } from "./help.ts";
import { useLogLevel } from "./log-level.ts";
import { printable } from "./output/format.ts";
import { secureFolders } from "./secure-folders.ts";

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
  const signals: NodeJS.Signals[] = ["SIGINT", "SIGTERM"];
  if (process.platform === "win32") signals.push("SIGBREAK");
  for (const signal of signals) process.on(signal, onSignal);
  // A closed pipe ("haypile search x | head") is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    process.exit(error.code === "EPIPE" || error.code === "EOF" ? 0 : 1);
  });

  const code = await runCommand(args, stop.signal);
  process.exitCode = code;
  for (const signal of signals) process.off(signal, onSignal);
}

async function runCommand(args: readonly string[], signal: AbortSignal): Promise<number> {
  try {
    assertNodeVersion();
    useLogLevel();
    keepOwnHeap(readEnvironment());
    noteUnknownVariables(readEnvironment());
    const asked = readHelpAll(args);
    const program = await makeProgram(signal, asked.isAll, asked.args);
    await program.parseAsync(asked.args, { from: "user" });
    return 0;
  } catch (error) {
    // Commander has written its own message; --help and --version end here too, with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usageExit;
    return report(error, args.includes("--json"));
  }
}

/**
 * The program with the commands that these words may mean. One that is named is loaded alone: it is waited for, and all
 * commands together take a third of a second.
 *
 * @param helpAll help shows every option
 * @param words of the command line; undefined: all commands
 */
export async function makeProgram(
  signal: AbortSignal,
  helpAll = false,
  words?: readonly string[],
): Promise<Command> {
  const program = new Command("haypile")
    .description("Finds code and text by meaning and by word, on this machine only.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .showSuggestionAfterError(true)
    // Options belong to the command that they stand behind.
    .enablePositionalOptions()
    .showHelpAfterError("(add --help for the options and examples)")
    .configureOutput({ outputError: (text, write) => write(`haypile: ${withHint(text)}`) })
    .exitOverride()
    .hook("preAction", secureFolders);
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
  for (const { add } of commandsFor(words)) await add(program, signal);
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

/** "-5%" is taken for an option, where a value was meant. */
function withHint(text: string): string {
  const isNumber = /unknown option '-[\d.]/.test(text);
  return isNumber ? text.replace(/\n$/, '. Put "--" before a value that begins with "-".\n') : text;
}

function inOurWords(error: unknown): HaypileError {
  if (HaypileError.isInstance(error)) return error;
  if ((error as NodeJS.ErrnoException | undefined)?.syscall === "uv_cwd") {
    return new HaypileError(
      "HAYPILE_PATH_MISSING",
      "Expected a current folder, but the one that this was started in is gone or may not be read. Go to another (cd), then run it again.",
      { cause: error },
    );
  }
  return new HaypileError(
    "HAYPILE_INTERNAL",
    `Something went wrong inside Haypile: ${error instanceof Error ? error.message : String(error)} Please report it with the output of "haypile doctor".`,
    { cause: error },
  );
}

/** Says what went wrong on stderr and gives the exit code. */
function report(error: unknown, json: boolean): number {
  const known = inOurWords(error);
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
