import { resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { HaypileError } from "../../../base/errors.ts";
import { readEnvironment } from "../../../config/environment/env.ts";
import { type ToolGroup, toolGroups } from "../../../mcp/backend/tool-groups.ts";

export interface McpFlags {
  root?: string | undefined;
  client?: string | undefined;
  native: boolean;
  daemon: boolean;
  readOnly?: boolean | undefined;
  tools?: ToolGroup[] | undefined;
}

/** haypile mcp */
export function addMcp(program: Command, signal: AbortSignal): void {
  program
    .command("mcp")
    .description("serve an MCP client on stdin and stdout, through the daemon")
    .option(
      "--root <folder>",
      "folder the client works in (default: CLAUDE_PROJECT_DIR, else the current one)",
    )
    .option("--client <name>", "name of the client, for the daemon's log")
    .option("--no-native", "bridge in Node, also where there is a native one")
    .option("--read-only", "without the tools that write; needs --no-daemon")
    .option("--tools <groups>", "memory, code, admin: only these; needs --no-daemon", groups)
    .option("--no-daemon", "serve in this process, where none may stay in the background")
    .addHelpText(
      "after",
      `
Clients run this; "haypile install" tells them to. The process becomes the native bridge where there is one,
which starts the daemon when none runs.

Examples:
  haypile mcp --root ~/src/app
  haypile install --client cursor`,
    )
    .action(async (flags: McpFlags) => {
      if (!flags.daemon) return await serveAlone(flags, signal);
      if (flags.readOnly === undefined && flags.tools === undefined) return await bridge(flags);
      throw new HaypileError(
        "HAYPILE_USAGE",
        "Expected --no-daemon beside --read-only or --tools: the daemon serves all clients with all tools.",
      );
    });
}

function groups(text: string): ToolGroup[] {
  const names = text.split(",").map((name) => name.trim());
  for (const name of names) {
    if (!(toolGroups as readonly string[]).includes(name)) {
      throw new InvalidArgumentError(`Expected some of ${toolGroups.join(", ")}.`);
    }
  }
  return names as ToolGroup[];
}

/** bin/haypile.cjs does this by itself, without the command line, where it knows all words. */
async function bridge({ root, client, native }: McpFlags): Promise<void> {
  const { runBridgeWords } = await import("../../../daemon/bridge/bridge-program.ts");
  const code = await runBridgeWords([
    ...(root === undefined ? [] : ["--root", root]),
    ...(client === undefined ? [] : ["--client", client]),
    ...(native ? [] : ["--no-native"]),
  ]);
  if (code === 0) return;
  throw new HaypileError("HAYPILE_DAEMON", "The last requests were not answered by the daemon.");
}

/** Without a daemon: engine, memories and protocol in this process, which ends with its input, or at a signal. */
async function serveAlone(
  { root, client, readOnly, tools }: McpFlags,
  signal: AbortSignal,
): Promise<void> {
  // Before anything that may print is loaded.
  const { serveProcess, takeStdout } = await import("../../../mcp/stdio/own-stdout.ts");
  const output = takeStdout();
  const { openBackend } = await import("../../../mcp/backend/open-backend.ts");
  const backend = await openBackend();
  signal.addEventListener("abort", () => process.stdin.destroy());
  try {
    await serveProcess({ root: rootOf(root), client }, backend, { readOnly, tools }, output);
  } finally {
    await backend[Symbol.asyncDispose]();
  }
}

function rootOf(said: string | undefined): string {
  const project = readEnvironment().variables.CLAUDE_PROJECT_DIR;
  return resolve(said ?? (project === undefined || project === "" ? "." : project));
}
