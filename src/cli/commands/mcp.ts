import { resolve } from "node:path";
import type { Command } from "commander";
import { readEnvironment } from "../../config/env.ts";

export interface McpFlags {
  root?: string;
  client?: string;
  native: boolean;
}

/** haypile mcp */
export function addMcp(program: Command): void {
  program
    .command("mcp")
    .description("serve an MCP client on stdin and stdout, through the daemon")
    .option(
      "--root <folder>",
      "folder the client works in (default: CLAUDE_PROJECT_DIR, else the current one)",
    )
    .option("--client <name>", "name of the client, for the daemon's log")
    .option("--no-native", "bridge in Node, also where there is a native one")
    .addHelpText(
      "after",
      `
Clients run this; "haypile install" tells them to. The process becomes the native bridge where there is one,
which starts the daemon when none runs.

Examples:
  haypile mcp --root ~/src/app
  haypile install --client cursor`,
    )
    .action(async (flags: McpFlags) => await bridge(flags));
}

/** With a native bridge, bin/haypile.cjs has become that already, unless it was told otherwise. */
async function bridge({ root, client, native }: McpFlags): Promise<void> {
  if (native) {
    const { becomeBridge } = await import("../../daemon/bridge-program.ts");
    becomeBridge([
      ...(root === undefined ? [] : ["--root", root]),
      ...(client === undefined ? [] : ["--client", client]),
    ]);
  }
  const { runBridge } = await import("../../daemon/bridge.ts");
  const project = readEnvironment().variables.CLAUDE_PROJECT_DIR;
  const folder = root ?? (project === undefined || project === "" ? "." : project);
  await runBridge({ root: resolve(folder), client });
}
