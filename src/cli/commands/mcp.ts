import { resolve } from "node:path";
import type { Command } from "commander";
import { readEnvironment } from "../../config/env.ts";

export interface McpFlags {
  root?: string;
  client?: string;
  native: boolean;
  daemon: boolean;
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
    .action(async (flags: McpFlags) => await (flags.daemon ? bridge(flags) : serveAlone(flags)));
}

/** bin/haypile.cjs does this by itself, without the command line, where it knows all words. */
async function bridge({ root, client, native }: McpFlags): Promise<void> {
  const { runBridgeWords } = await import("../../daemon/bridge-program.ts");
  await runBridgeWords([
    ...(root === undefined ? [] : ["--root", root]),
    ...(client === undefined ? [] : ["--client", client]),
    ...(native ? [] : ["--no-native"]),
  ]);
}

/** Without a daemon: engine, memories and protocol in this process, which ends with its input. */
async function serveAlone({ root, client }: McpFlags): Promise<void> {
  // Before anything that may print is loaded.
  const { serveProcess, takeStdout } = await import("../../mcp/own-stdout.ts");
  const output = takeStdout();
  const [{ openHome }, { IndexJobs }] = await Promise.all([
    import("../../engine/home.ts"),
    import("../../mcp/jobs.ts"),
  ]);
  const home = await openHome();
  const jobs = new IndexJobs();
  const backend = {
    engine: home.engine.bind(home),
    engines: () => home.engines(),
    memories: home.memories,
    jobs,
  };
  await serveProcess({ root: rootOf(root), client }, backend, {}, output);
  await jobs.close();
  await home.close();
}

function rootOf(said: string | undefined): string {
  const project = readEnvironment().variables.CLAUDE_PROJECT_DIR;
  return resolve(said ?? (project === undefined || project === "" ? "." : project));
}
