/* haypile start, stop, restart, logs, and the hidden command that is the daemon. */
import { setTimeout as wait } from "node:timers/promises";
import type { Command } from "commander";
import { HaypileError } from "../../base/errors.ts";
import { readEnvironment } from "../../config/env.ts";
import { formatBytes, formatDuration, formatTable, printJson, printLine } from "../format.ts";
import { wholeNumber } from "../options.ts";

interface JsonFlag {
  json?: boolean;
}

interface StartFlags extends JsonFlag {
  http?: number | true;
  host?: string;
  token?: boolean;
}

/** haypile start | stop | restart | logs | daemon */
export function addDaemon(program: Command, signal: AbortSignal): void {
  program
    .command("start")
    .description("start the daemon that serves all clients; they start it themselves when needed")
    .option("--http [port]", "also serve MCP over HTTP (default: 3030)", wholeNumber(0, 65_535))
    .option("--host <address>", "address to listen at (default: 127.0.0.1)")
    .option("--no-token", "without a token: loopback only, and only tools that read")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  haypile start\n  haypile start --http\n  haypile status --daemon",
    )
    .action(async (flags: StartFlags) => await start(flags));
  program
    .command("stop")
    .description("ask the daemon to end; what clients have asked is answered first")
    .option("--json", "as JSON")
    .addHelpText("after", "\nExamples:\n  haypile stop")
    .action(async (flags: JsonFlag) => {
      const pid = await stop();
      if (flags.json === true) printJson("stop", { stopped: pid ?? null });
      else printLine(pid === undefined ? "No daemon was running." : `Stopped process ${pid}.`);
    });
  program
    .command("restart")
    .description("stop the daemon and start another; clients go over to it")
    .option("--json", "as JSON")
    .addHelpText("after", "\nExamples:\n  haypile restart")
    .action(async (flags: JsonFlag) => {
      await stop();
      await start(flags);
    });
  program
    .command("logs")
    .description("what the daemon has written")
    .option("-f, --follow", "go on until Ctrl-C")
    .option("-n, --lines <n>", "lines from the end", wholeNumber(0, 100_000), 50)
    .option("--json", "the lines as they are")
    .addHelpText("after", "\nExamples:\n  haypile logs -n 200\n  haypile logs -f")
    .action(async (flags: JsonFlag & { follow?: boolean; lines: number }) => {
      const { readLog } = await import("../../daemon/read-log.ts");
      const { findEndpoint } = await import("../../daemon/endpoint.ts");
      const { logs } = findEndpoint(readEnvironment());
      const lines = readLog(logs, flags.lines, flags.follow === true ? signal : undefined);
      for await (const line of lines) printLine(flags.json === true ? line : inWords(line));
    });
  program.command("daemon", { hidden: true }).action(async () => {
    const { runDaemon } = await import("../../daemon/main.ts");
    await runDaemon();
  });
}

/** For `haypile status --daemon`. */
export async function printDaemonStatus(flags: JsonFlag): Promise<void> {
  const { connect } = await import("../../daemon/rpc/client.ts");
  const client = await connect({ start: false, client: "haypile status" });
  try {
    const [health, clients] = [await client.health(), await client.clients()];
    const others = clients.filter(({ pid }) => pid !== process.pid);
    if (flags.json === true) return printJson("status --daemon", { ...health, clients: others });
    const rows: [string, string][] = [
      ["daemon", `process ${health.pid}, version ${health.version}`],
      ["up", formatDuration(health.upSeconds * 1000)],
      ["memory", formatBytes(health.rssBytes)],
      ["indexes open", String(health.engines)],
      ["clients", String(others.length)],
    ];
    for (const { face, client: name, pid, root } of others) {
      rows.push(["", `${name ?? "unnamed"} (${face}, process ${pid}) in ${root ?? "no folder"}`]);
    }
    for (const line of formatTable(rows)) printLine(line);
  } finally {
    await client.close();
  }
}

async function start({ json, http, host, token }: StartFlags): Promise<void> {
  const { connect } = await import("../../daemon/rpc/client.ts");
  const client = await connect({ client: "haypile start" });
  try {
    const health = await client.health();
    const listening =
      http === undefined
        ? undefined
        : await client.listen({
            port: http === true ? defaultHttpPort : http,
            ...(host !== undefined && { host }),
            ...(token !== undefined && { token }),
          });
    if (json === true) return printJson("start", { ...health, http: listening ?? null });
    printLine(`The daemon runs: process ${health.pid}, version ${health.version}.`);
    if (listening === undefined) return;
    const { url, tokenPath } = listening;
    const secret = tokenPath === undefined ? "no token, it only reads" : `token in ${tokenPath}`;
    printLine(`MCP over HTTP: ${url} (${secret}).`);
  } finally {
    await client.close();
  }
}

const defaultHttpPort = 3030;
const stopMs = 35_000;

/** The process that was stopped; undefined: there was none. */
async function stop(): Promise<number | undefined> {
  const [{ connect }, { isSameProcess, readOwner }, { findEndpoint }] = await Promise.all([
    import("../../daemon/rpc/client.ts"),
    import("../../daemon/election.ts"),
    import("../../daemon/endpoint.ts"),
  ]);
  const owner = readOwner(findEndpoint(readEnvironment()));
  try {
    const client = await connect({ start: false, client: "haypile stop", timeoutMs: 5_000 });
    await client.stop();
    await client.close();
  } catch (error) {
    if (!HaypileError.isInstance(error) || error.code !== "HAYPILE_DAEMON") throw error;
    if (owner === undefined) return undefined;
    // It is there and does not answer.
    process.kill(owner.pid, "SIGTERM");
  }
  if (owner === undefined) return undefined;
  for (let waited = 0; isSameProcess(owner) && waited < stopMs; waited += 20) await wait(20);
  if (isSameProcess(owner)) process.kill(owner.pid, "SIGKILL");
  return owner.pid;
}

/** {"time":…,"level":"info","event":"client",…} as "12:00:00 info client …". */
function inWords(line: string): string {
  try {
    const { time, level, pid: _, event, ...facts } = JSON.parse(line) as Record<string, unknown>;
    const rest = Object.entries(facts).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    return [time, String(level).padEnd(5), event, ...rest].join(" ");
  } catch {
    return line;
  }
}
