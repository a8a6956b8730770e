/* haypile install, haypile uninstall: tells MCP clients of Haypile. */
import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Command, Option } from "commander";
import { HaypileError } from "../../../base/errors.ts";
import { log } from "../../../base/log.ts";
import { realPathSync } from "../../../base/paths/real-path.ts";
import { readEnvironment } from "../../../config/environment/env.ts";
import { requireHome } from "../../../config/environment/home-folder.ts";
import type { Installed } from "../../clients/install.ts";
import type { Part, PlannedPart } from "../../clients/parts.ts";
import type { PlannedFiles } from "../../clients/planned-files.ts";
import type { FileChange } from "../../clients/show-change.ts";
import type { Client, Places, ServerCommand } from "../../clients/table.ts";
import { agreesTo } from "../../input/ask.ts";
import { printable, printJson, printLine } from "../../output/format.ts";

interface InstallFlags {
  client?: string[] | undefined;
  hooks?: boolean | undefined;
  guide?: boolean | undefined;
  project?: string | true | undefined;
  force?: boolean | undefined;
  yes?: boolean | undefined;
  print?: boolean | undefined;
  dryRun?: boolean | undefined;
  json?: boolean | undefined;
}

const clientNames =
  "claude-code, claude-desktop, cursor, vscode, codex, gemini, windsurf, zed, or all";

/** haypile install | uninstall */
export function addInstall(program: Command, signal: AbortSignal): void {
  ourFlags(program.command("install"))
    .description("tell MCP clients on this machine to use Haypile")
    .option("--print", "print what is written, as it would stand in new files, and change nothing")
    .addHelpText(
      "after",
      `
Adds one entry to the file of each client; comments and other entries stay, and the file as it was is kept beside
it (.haypile-backup). Without --client: every client whose folder is there. --hooks and --guide add what makes agents
use it, --project writes for all who work in a project (docs/clients.md). What changes is shown first.

Examples:
  haypile install --dry-run
  haypile install --client cursor --client codex
  haypile install --client claude-code --hooks --guide --yes
  haypile install --project . --guide --yes
  haypile install --client zed --print`,
    )
    .action(async (flags: InstallFlags) => await run(flags, true, signal));
  ourFlags(program.command("uninstall"))
    .description("take Haypile out of the files of MCP clients")
    .addHelpText(
      "after",
      `
Takes out the entry, hooks and guide; with --hooks or --guide only these. A file that is as Haypile left it gets back
the bytes it had before.

Examples:
  haypile uninstall
  haypile uninstall --client cursor
  haypile uninstall --project . --hooks`,
    )
    .action(async (flags: InstallFlags) => await run(flags, false, signal));
}

function ourFlags(command: Command): Command {
  const names = new Option("--client <name>", clientNames).argParser(
    (name: string, before: string[] | undefined) => [...(before ?? []), name],
  );
  return command
    .addOption(names)
    .option("--hooks", "what clients run by themselves: at the start of a session, and about grep")
    .option("--guide", "what their models read: a skill, a rule or a block in AGENTS.md")
    .option("--project [folder]", "files of a project, for all who work there (default: here)")
    .option("--force", "also what somebody has changed of ours")
    .option("-y, --yes", "without asking")
    .option("-n, --dry-run", "say what would change and change nothing")
    .option("--json", "as JSON");
}

async function run(flags: InstallFlags, isInstall: boolean, signal: AbortSignal): Promise<void> {
  const { clients } = await import("../../clients/table.ts");
  const { PlannedFiles } = await import("../../clients/planned-files.ts");
  const { planClient, tidy } = await import("../../clients/plan.ts");
  const { Ledger } = await import("../../clients/ledger.ts");
  const places = findPlaces();
  const project = projectFolder(flags);
  const chosen = await choose(clients, flags.client, places);
  const parts = partsOf(flags, isInstall);
  if (flags.print === true) return await printParts(chosen, parts, places, project);
  const ledger = new Ledger(readEnvironment().dataFolder);
  const files = new PlannedFiles(project);
  const planned: PlannedPart[] = [];
  const failed: unknown[] = [];
  for (const client of chosen) {
    const put = isInstall ? await toPut(client, project) : undefined;
    const wish = { parts, force: flags.force === true, project, put };
    const plan = planClient(client, wish, chosen, files, places, ledger);
    planned.push(...plan.planned);
    failed.push(...plan.failed);
  }
  if (!isInstall) tidy(files, ledger);
  // One broken file does not keep the others from being done.
  if (planned.length + failed.length > 1) for (const error of failed) warn(error);
  const { done, changes } = await carryOut({ files, planned, flags, isInstall, signal, failed });
  if (flags.json === true) {
    printJson(isInstall ? "install" : "uninstall", { clients: done, changes });
  } else {
    for (const one of done) printLine(inWords(chosen, one, flags.dryRun === true));
    if (planned.length + failed.length === 0) {
      const titles = chosen.map(({ title }) => title).join(", ");
      printLine(`${titles}: no place for it is known (docs/clients.md).`);
    }
  }
  if (failed.length > 0) throw failed[0];
  const edited = done.find(({ outcome }) => outcome === "edited");
  if (edited !== undefined) throw wasEdited(edited);
}

async function carryOut({
  files,
  planned,
  flags,
  isInstall,
  signal,
  failed,
}: {
  files: PlannedFiles;
  planned: readonly PlannedPart[];
  flags: InstallFlags;
  isInstall: boolean;
  signal: AbortSignal;
  failed: unknown[];
}): Promise<{ done: Installed[]; changes: FileChange[] }> {
  const { changeOf } = await import("../../clients/show-change.ts");
  const { commit } = await import("../../clients/commit.ts");
  const { Ledger } = await import("../../clients/ledger.ts");
  const changes = files.changed.map(changeOf);
  const backups = new Map<string, string | undefined>();
  const isDone = await mayWrite(changes, flags, isInstall, signal);
  if (isDone === undefined) return { done: [], changes };
  const broken = new Set<string>();
  if (isDone) {
    const ledger = new Ledger(readEnvironment().dataFolder);
    for (const file of files.changed) {
      try {
        backups.set(file.file, commit(file, files.isProject, ledger).backup);
      } catch (error) {
        broken.add(file.file);
        failed.push(error);
        if (files.changed.length > 1) warn(error);
      }
    }
  }
  const done = planned
    .filter(({ file }) => !broken.has(file))
    .map(({ client, part, file, outcome }) => ({
      client,
      part,
      file,
      outcome,
      backup: backups.get(file),
    }));
  return { done, changes };
}

/**
 * Shows what changes, and asks where there is somebody to ask.
 * @returns false: it is only to be shown; undefined: the answer was no
 * @throws HaypileError HAYPILE_USAGE
 */
async function mayWrite(
  changes: readonly FileChange[],
  flags: InstallFlags,
  isInstall: boolean,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const isShown = flags.json !== true && (flags.dryRun === true || process.stdin.isTTY);
  if (isShown) for (const change of changes) printChange(change);
  if (flags.dryRun === true) return false;
  if (changes.length === 0 || flags.yes === true) return true;
  // The entry of a server alone has always been written where nobody could be asked, and so it goes out.
  const isPlain = flags.project === undefined && flags.hooks !== true && flags.guide !== true;
  if ((isPlain || !isInstall) && (flags.json === true || !process.stdin.isTTY)) return true;
  if (await agreesTo("Write this?", flags, signal)) return true;
  printLine("Nothing was written.");
  return undefined;
}

function printChange({ file, kind, hunks }: FileChange): void {
  printLine(`${printable(file)}${kind === "changed" ? "" : ` (${kind})`}`);
  for (const { line, removed, added } of hunks) {
    printLine(`  @@ line ${line}`);
    for (const one of removed) printLine(`  - ${printable(one)}`);
    for (const one of added) printLine(`  + ${printable(one)}`);
  }
}

/** What would be written into files that are not there. */
async function printParts(
  chosen: readonly Client[],
  parts: ReadonlySet<Part>,
  places: Places,
  project: string | undefined,
): Promise<void> {
  const { snippetsOf } = await import("../../clients/plan.ts");
  for (const client of chosen) {
    const put = await toPut(client, project);
    for (const { file, text } of snippetsOf(client, parts, put, places, project)) {
      printLine(`${client.title}: ${file}`);
      printLine(text);
    }
  }
}

function partsOf({ hooks, guide }: InstallFlags, isInstall: boolean): Set<Part> {
  const named: Part[] = [];
  if (hooks === true) named.push("hooks");
  if (guide === true) named.push("guide");
  if (isInstall) return new Set<Part>(["server", ...named]);
  return new Set<Part>(named.length > 0 ? named : ["server", "hooks", "guide"]);
}

/** @throws HaypileError HAYPILE_USAGE */
function projectFolder({ project }: InstallFlags): string | undefined {
  if (project === undefined) return undefined;
  const folder = resolve(project === true ? "." : project);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected a folder for --project, received "${folder}".`,
    );
  }
  const real = realPathSync(folder);
  if (real === resolve(real, "..") || real === realOf(requireHome(readEnvironment().variables))) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected the folder of a project for --project, received ${folder}. Leave --project out for your own files.`,
    );
  }
  return real;
}

function realOf(path: string): string {
  try {
    return realPathSync(path);
  } catch {
    return path;
  }
}

/** Those that were named, else those that are there. @throws HaypileError HAYPILE_USAGE */
async function choose(
  known: readonly Client[],
  names: readonly string[] | undefined,
  places: Places,
): Promise<readonly Client[]> {
  const { signOf } = await import("../../clients/table.ts");
  for (const name of names ?? []) {
    if (name === "all" || known.some((client) => client.name === name)) continue;
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected ${clientNames} for --client, received "${name}".`,
    );
  }
  if (names !== undefined && !names.includes("all")) {
    return known.filter((client) => names.includes(client.name));
  }
  const there = known.filter((client) => existsSync(signOf(client, places)));
  if (there.length > 0) return there;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `No MCP client was found on this machine. Name one: --client with ${clientNames}.`,
  );
}

async function toPut(
  client: Client,
  project: string | undefined,
): Promise<{ server: ServerCommand; program: string }> {
  const { sharedCommand } = await import("../../clients/table.ts");
  if (project !== undefined) return { server: sharedCommand(client), program: "haypile" };
  const { shellWord } = await import("../../clients/hooks.ts");
  const { binPath } = await import("../../../daemon/bridge/bridge-program.ts");
  const words = [process.execPath, binPath].map((word) => shellWord(word, process.platform));
  return { server: await serverCommand(client), program: words.join(" ") };
}

/** The native bridge by its own path where there is one: a client starts it in milliseconds. */
async function serverCommand({ name }: Client): Promise<ServerCommand> {
  const { binPath, bridgeWords, findBridge } = await import(
    "../../../daemon/bridge/bridge-program.ts"
  );
  if (/[\\/]_npx[\\/]/.test(binPath)) {
    log(
      "warn",
      `${binPath} is in npm's cache and may vanish. Install haypile with "npm install -g haypile", then run this again.`,
    );
  }
  const bridge = findBridge();
  if (bridge !== undefined) return { command: bridge, args: bridgeWords({ client: name }) };
  return { command: process.execPath, args: [binPath, "mcp", "--client", name] };
}

function findPlaces(): Places {
  const { variables } = readEnvironment();
  const home = requireHome(variables);
  return {
    home,
    config: variables.XDG_CONFIG_HOME || join(home, ".config"),
    appData: variables.APPDATA || join(home, "AppData", "Roaming"),
    localAppData: variables.LOCALAPPDATA || join(home, "AppData", "Local"),
    platform: process.platform,
    variables,
  };
}

const partWords: Readonly<Record<Part, string>> = {
  server: "",
  hooks: ", hooks",
  guide: ", guide",
};

function inWords(
  clients: readonly Client[],
  { client, part, outcome, file, backup }: Installed,
  dryRun: boolean,
): string {
  const title = clients.find(({ name }) => name === client)?.title ?? client;
  const kept = backup === undefined ? "" : `; before: ${backup}`;
  const would = dryRun && outcome !== "edited" ? "would be " : "";
  return `${title}${partWords[part]}: ${would}${outcome} (${file}${kept})`;
}

function warn(error: unknown): void {
  log("warn", error instanceof Error ? error.message : String(error));
}

function wasEdited({ part, file }: Installed): HaypileError {
  return new HaypileError(
    "HAYPILE_CONFIG_INVALID",
    `What Haypile wrote into ${file} (${part}) was changed by hand since, so it was left as it is. With --force it goes, and what is Haypile's takes its place.`,
    { data: { path: file } },
  );
}
