import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { fileError, HaypileError } from "../../../base/errors.ts";
import { realPathSync } from "../../../base/paths/real-path.ts";
import { type Environment, readEnvironment } from "../../../config/environment/env.ts";
import { changeFile, initFile, trustProjectFile } from "../../../config/file/change-file.ts";
import { optionOf } from "../../../config/file/read-file.ts";
import { distrust, trustFile } from "../../../config/file/trust.ts";
import {
  foreignVariableInWords,
  foreignVariables,
} from "../../../config/foreign/foreign-variables.ts";
import {
  type Configuration,
  findProjectFile,
  requireProjectFile,
  trustNote,
} from "../../../config/load.ts";
import { formatValue } from "../../../config/options/values.ts";
import { fileName, memoriesPath, userFile } from "../../../config/places/paths.ts";
import { fileTemplate } from "../../../config/template.ts";
import type { OpenOptions } from "../../../engine/types.ts";
import type { SettingInForce, SettingsInForce } from "../../../ports/answers/daemon/settings.ts";
import { reachInProject, reachOf, settingsOfDaemon } from "../../daemon-settings.ts";
import { addFlags, saidByFlags } from "../../flags/option-flags.ts";
import { oneFolder } from "../../flags/options.ts";
import { tierInWords } from "../../output/banner.ts";
import { formatTable, printable, printJson, printLine } from "../../output/format.ts";
import type { SettingReach } from "../../output/json-settings.ts";
import {
  inForceAsJson,
  rowsInForce,
  settingAsJson,
  settingRows,
  settingsAsJson,
  settingsInForceAsJson,
} from "../../output/settings.ts";

interface Flags {
  path: string;
  json?: boolean | undefined;
  project?: boolean | undefined;
  remove?: boolean | undefined;
  daemon?: boolean | undefined;
}

/** haypile config list|get|set|from|path|init|trust */
export function addConfig(program: Command): void {
  const config = program
    .command("config")
    .description("options: what each is, where that comes from, and how to change it");
  const withPath = (command: Command): Command =>
    command.option("--path <folder>", "folder whose project file counts", ".");

  addFlags(withPath(config.command("list").description("every option with its value and origin")), [
    "host.tier",
    "host.profile",
    "memory.max",
    "storage.profile",
    "storage.disk",
  ])
    .option("--daemon", "as they are in force in the daemon that runs")
    .option("--json", "as JSON")
    .addHelpText("after", "\nExamples:\n  haypile config list\n  haypile config list --tier heavy")
    .action(async (flags: Flags) => {
      if (flags.daemon === true) {
        const inForce = await requireSettings();
        if (flags.json === true) printJson("config list --daemon", settingsInForceAsJson(inForce));
        else for (const row of rowsInForce(inForce)) printLine(row);
        if (inForce.problem !== undefined) note(inForce.problem);
        return;
      }
      const found = await read(flags.path, saidByFlags(flags));
      const others = foreignVariables(readEnvironment());
      if (flags.json === true) {
        printJson("config list", { ...settingsAsJson(found), foreignVariables: others });
      } else {
        printLine(tierInWords(found));
        for (const row of settingRows(found.settings)) printLine(row);
        for (const one of others) say("note", foreignVariableInWords(one));
      }
      warn(found);
    });

  withPath(
    config
      .command("get")
      .description("one option's value")
      .argument("<option>", 'such as memory.max, see "haypile config list"'),
  )
    .option("--daemon", "as it is in force in the daemon that runs")
    .option("--json", "value and origin as JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  haypile config get memory.max\n  haypile config get search.limit --json\n  haypile config get memory.warning --daemon",
    )
    .action(async (key: string, flags: Flags) => {
      const meant = optionOf(key, undefined, { where: "in the arguments", code: "HAYPILE_USAGE" });
      if (meant === undefined) return;
      const { name } = meant;
      if (flags.daemon === true) {
        const { settings, pid, problem } = await requireSettings();
        const found = settings.find((one) => one.name === name) as SettingInForce;
        const { value } = found;
        if (flags.json === true) {
          printJson("config get --daemon", { option: name, ...inForceAsJson(found), pid });
        } else printLine(value === undefined ? "" : printable(formatValue(name, value)));
        if (problem !== undefined) note(problem);
        return;
      }
      const found = await read(flags.path);
      if (flags.json === true) {
        printJson("config get", { option: name, ...settingAsJson(found.settings, name) });
      } else {
        const { value } = found.settings[name];
        printLine(value === undefined ? "" : printable(formatValue(name, value)));
      }
      warn(found);
    });

  withPath(
    config
      .command("set")
      .description("write an option into your file, or into the project's")
      .argument("<option>", "such as memory.max")
      .argument("<value>", 'such as 512MB, 30s, true or "a text"'),
  )
    .option("--project", `into ${fileName} of the project, not into your own`)
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Comments and order of the file stay as they are. A daemon that runs is told, and stderr says whether it goes by the
new value at once or when it is started again.

Examples:
  haypile config set memory.max 512MB
  haypile config set search.limit 20 --project`,
    )
    .action(async (key: string, text: string, flags: Flags) => {
      const environment = readEnvironment();
      const isProject = flags.project === true;
      const path = isProject ? projectPath(flags.path) : userFile(environment.configFolder);
      const { hostFacts } = await import("../../../engine/configure.ts");
      const hadFile = await keepsMemoriesInFile(environment);
      const change = changeFile(path, key, text, isProject, environment, hostFacts(environment));
      const daemon = await tellDaemon(environment, (inForce) =>
        isProject
          ? reachInProject(change.name, change.value, inForce)
          : reachOf(change.name, inForce),
      );
      if (flags.json === true) printJson("config set", { ...change, option: change.name, daemon });
      else printLine(`${change.name} = ${formatValue(change.name, change.value)} in ${path}`);
      if (daemon !== undefined) note(daemon.says);
      const left = memoriesPath(environment.dataFolder);
      if (hadFile && existsSync(left) && !(await keepsMemoriesInFile(environment))) {
        note(
          `the memories of ${left} stay there and are not shown from now on; to take them along: "haypile config set memories.store sqlite", then "haypile move --to ${formatValue(change.name, change.value)}"`,
        );
      }
    });

  config
    .command("from")
    .description("settings and commands of another system, each with ours beside it")
    .argument("[what]", "a system, or a setting, variable or command of one (default: the systems)")
    .option("--json", "as JSON; without an argument all of all systems")
    .addHelpText(
      "after",
      `
Variables of other systems are never obeyed; "haypile config list" names those that are set.

Examples:
  haypile config from
  haypile config from memtrace
  haypile config from CODESAGE_MEMORY_LIMIT`,
    )
    .action(async (what: string | undefined, flags: Partial<Flags>) => {
      const words = await import("../../output/foreign-words.ts");
      const systems = words.systemsMeant(what);
      if (flags.json === true) {
        printJson("config from", { systems: systems.map(words.systemAsJson) });
      } else if (what === undefined) {
        for (const line of words.overviewLines(systems)) printLine(line);
      } else {
        for (const line of systems.flatMap(words.systemLines)) printLine(line);
      }
    });

  withPath(config.command("path").description("where the files are"))
    .option("--json", "as JSON")
    .addHelpText("after", "\nExamples:\n  haypile config path")
    .action(async (flags: Flags) => {
      const environment = readEnvironment();
      const { userFile: user, projectFile } = await read(flags.path);
      if (flags.json === true) {
        printJson("config path", {
          userFile: user,
          projectFile: projectFile ?? null,
          dataFolder: environment.dataFolder,
          cacheFolder: environment.cacheFolder,
          trustFile: trustFile(environment.dataFolder),
        });
        return;
      }
      const project =
        projectFile === undefined
          ? "none"
          : `${printable(projectFile.path)}${projectFile.isTrusted ? "" : " (not trusted)"}`;
      for (const row of formatTable([
        ["user file", `${user.path}${user.exists ? "" : " (not there yet)"}`],
        ["project file", project],
        ["data", environment.dataFolder],
        ["cache", environment.cacheFolder],
      ])) {
        printLine(row);
      }
    });

  withPath(config.command("init").description("write a first file, with every option as a comment"))
    .option("--project", `as ${fileName} in the folder, not as your own`)
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  haypile config init\n  haypile config init --project --path ~/src/app",
    )
    .action(async (flags: Flags) => {
      const environment = readEnvironment();
      const isProject = flags.project === true;
      const path = isProject
        ? join(real(flags.path), fileName)
        : userFile(environment.configFolder);
      const { settings } = await read(undefined);
      const head = [
        isProject
          ? "Options of Haypile for this project. Others who clone it have to trust this file first."
          : "Your options of Haypile, for all folders. A project's haypile.toml, the environment and flags go first.",
        "The defaults are those of the machine this was written on. All options: docs/configuration.md.",
      ];
      initFile(path, fileTemplate(settings, head), isProject, environment);
      if (flags.json === true) printJson("config init", { path });
      else printLine(`wrote ${printable(path)}`);
    });

  config
    .command("trust")
    .description("let a project file count in full, as it is now")
    .argument("[folder]", "folder of the project (default: the current one)")
    .option("--path <folder>", "the same as the argument")
    .option("--remove", "trust it no longer")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
A ${fileName} that came with a clone may only narrow: less memory, fewer threads, no network. Trusted, it
may do all your own file may. When it is changed, it has to be trusted again.

Examples:
  haypile config trust
  haypile config trust ~/src/app
  haypile config trust --remove`,
    )
    .action((folder: string | undefined, flags: Partial<Flags>) => {
      const environment = readEnvironment();
      const path = requireProjectFile(real(oneFolder(folder, flags.path)), environment);
      const isRemoval = flags.remove === true;
      const was = isRemoval && distrust(environment.dataFolder, path);
      if (!isRemoval) trustProjectFile(path, environment);
      if (flags.json === true) printJson("config trust", { path, isTrusted: !isRemoval });
      else if (!isRemoval) printLine(`trusted ${printable(path)}`);
      else printLine(`${printable(path)} ${was ? "is trusted no longer" : "was not trusted"}`);
    });

  function projectPath(folder: string): string {
    const at = real(folder);
    return findProjectFile(at, readEnvironment()) ?? join(at, fileName);
  }
}

/** @throws HaypileError HAYPILE_DAEMON where none runs */
async function requireSettings(): Promise<SettingsInForce> {
  const found = await settingsOfDaemon(readEnvironment());
  if (found !== undefined) return found;
  throw new HaypileError(
    "HAYPILE_DAEMON",
    'Expected a daemon that runs for --daemon, but there is none. Start one with "haypile start", or leave --daemon out.',
    { data: { state: "none" } },
  );
}

/** Undefined: none runs. A daemon that cannot be told is said, and the file is written all the same. */
/** False also where the settings cannot be read: then nothing is said of memories. */
async function keepsMemoriesInFile(environment: Environment): Promise<boolean> {
  const { keepsFile } = await import("../../../engine/store/store-for.ts");
  try {
    return keepsFile(environment);
  } catch {
    return false;
  }
}

async function tellDaemon(
  environment: Environment,
  reach: (inForce: SettingsInForce) => SettingReach | undefined,
): Promise<SettingReach | undefined> {
  try {
    const inForce = await settingsOfDaemon(environment);
    return inForce && reach(inForce);
  } catch (error) {
    note(`the daemon could not be told: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

async function read(folder: string | undefined, said: OpenOptions = {}): Promise<Configuration> {
  const { readConfiguration } = await import("../../../engine/configure.ts");
  return readConfiguration(folder === undefined ? undefined : real(folder), said);
}

/** @throws HaypileError HAYPILE_PATH_MISSING and others of folders */
function real(folder: string): string {
  try {
    return realPathSync(folder);
  } catch (error) {
    throw fileError(error, `open the folder ${folder}`);
  }
}

function warn(configuration: Configuration): void {
  const about = trustNote(configuration);
  if (about !== undefined) say("warn", about);
}

function note(text: string): void {
  process.stderr.write(`haypile: ${printable(text)}\n`);
}

function say(level: "note" | "warn", text: string): void {
  process.stderr.write(`haypile: ${level}: ${printable(text)}\n`);
}
