/* haypile install, haypile uninstall: tells MCP clients of Haypile. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { HaypileError } from "../../../base/errors.ts";
import { log } from "../../../base/log.ts";
import { readEnvironment } from "../../../config/environment/env.ts";
import { requireHome } from "../../../config/environment/home-folder.ts";
import type { Installed } from "../../clients/install.ts";
import type { Client, Places, ServerCommand } from "../../clients/table.ts";
import { printJson, printLine } from "../../output/format.ts";

interface InstallFlags {
  client?: string[] | undefined;
  print?: boolean | undefined;
  dryRun?: boolean | undefined;
  json?: boolean | undefined;
}

const clientNames =
  "claude-code, claude-desktop, cursor, vscode, codex, gemini, windsurf, zed, or all";

/** haypile install | uninstall */
export function addInstall(program: Command): void {
  clientFlags(program.command("install"))
    .description("tell MCP clients on this machine to use Haypile")
    .option("--print", "print the entry and change nothing")
    .addHelpText(
      "after",
      `
Adds one entry to the file of each client; comments and other entries stay, and the file as it was is kept beside
it (.haypile-backup). Without --client: every client whose folder is there.

Examples:
  haypile install --dry-run
  haypile install --client cursor --client codex
  haypile install --client zed --print`,
    )
    .action(async (flags: InstallFlags) => await run(flags, true));
  clientFlags(program.command("uninstall"))
    .description("take Haypile out of the files of MCP clients")
    .addHelpText("after", "\nExamples:\n  haypile uninstall\n  haypile uninstall --client cursor")
    .action(async (flags: InstallFlags) => await run(flags, false));
}

function clientFlags(command: Command): Command {
  const names = new Option("--client <name>", clientNames).argParser(
    (name: string, before: string[] | undefined) => [...(before ?? []), name],
  );
  return command
    .addOption(names)
    .option("-n, --dry-run", "say what would change and change nothing")
    .option("--json", "as JSON");
}

async function run(flags: InstallFlags, isInstall: boolean): Promise<void> {
  const { install, snippet } = await import("../../clients/install.ts");
  const { clients } = await import("../../clients/table.ts");
  const places = findPlaces();
  const chosen = await choose(clients, flags.client, places);
  if (flags.print === true) {
    for (const client of chosen) {
      printLine(`${client.title}: ${client.file(places)}`);
      printLine(snippet(client, await serverCommand(client)));
    }
    return;
  }
  const done: Installed[] = [];
  const failed: unknown[] = [];
  for (const client of chosen) {
    try {
      const command = isInstall ? await serverCommand(client) : undefined;
      const result = install(client, command, places, { dryRun: flags.dryRun === true });
      done.push(result);
      if (flags.json !== true) printLine(inWords(client, result, flags.dryRun === true));
    } catch (error) {
      // One broken file does not keep the others from being done.
      failed.push(error);
      if (chosen.length > 1) log("warn", error instanceof Error ? error.message : String(error));
    }
  }
  if (flags.json === true) printJson(isInstall ? "install" : "uninstall", { clients: done });
  if (failed.length > 0) throw failed[0];
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

function inWords({ title }: Client, { outcome, file, backup }: Installed, dryRun: boolean): string {
  const kept = backup === undefined ? "" : `; before: ${backup}`;
  return `${title}: ${dryRun ? "would be " : ""}${outcome} (${file}${kept})`;
}
