/* haypile start, stop, restart, logs, and the hidden command that is the daemon. */

import type { Command } from "commander";
import { readEnvironment } from "../../../config/environment/env.ts";
import type { DaemonClient } from "../../../haypile/there.ts";
import type { Stopped } from "../../../wire/stop.ts";
import { wholeNumber } from "../../flags/numbers.ts";
import {
  formatBytes,
  formatDuration,
  formatTable,
  printable,
  printJson,
  printLine,
} from "../../output/format.ts";
import { watchedInWords } from "../../output/run-words.ts";

interface JsonFlag {
  json?: boolean | undefined;
}

interface StartFlags extends JsonFlag {
  http?: number | true | undefined;
  host?: string | undefined;
  token?: boolean | undefined;
}

interface StopFlags extends JsonFlag {
  force?: boolean | undefined;
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
    .action(async (flags: StartFlags) => await start(flags, signal));
  program
    .command("stop")
    .description("ask the daemon to end; what clients have asked is answered first")
    .option("--force", "end it also when it does not answer; what was stored stays")
    .option("--json", "as JSON")
    .addHelpText("after", "\nExamples:\n  haypile stop\n  haypile stop --force")
    .action(async (flags: StopFlags) => {
      const ended = await stop(flags, signal);
      if (flags.json === true) {
        const stopped = ended?.pid ?? null;
        return printJson("stop", { stopped, byForce: ended?.byForce ?? false });
      }
      if (ended === undefined) return printLine("No daemon was running.");
      printLine(`${ended.byForce ? "Ended by force:" : "Stopped"} process ${ended.pid}.`);
    });
  program
    .command("restart")
    .description("stop the daemon and start another; clients go over to it")
    .option("--force", "end it also when it does not answer; what was stored stays")
    .option("--json", "as JSON")
    .addHelpText("after", "\nExamples:\n  haypile restart")
    .action(async (flags: StopFlags) => {
      await stop(flags, signal);
      await start(flags, signal);
    });
  program
    .command("logs")
    .description("what the daemon has written")
    .option("-f, --follow", "go on until Ctrl-C")
    .option("-n, --lines <n>", "lines from the end", wholeNumber(0, 100_000), 50)
    .option("--json", "the lines as they are")
    .addHelpText("after", "\nExamples:\n  haypile logs -n 200\n  haypile logs -f")
    .action(async (flags: JsonFlag & { follow?: boolean | undefined; lines: number }) => {
      const { readLog } = await import("../../../daemon/log/read-log.ts");
      const { findEndpoint } = await import("../../../wire/endpoint.ts");
      const { logs } = findEndpoint(readEnvironment());
      const lines = readLog(logs, flags.lines, flags.follow === true ? signal : undefined);
      for await (const line of lines) printLine(flags.json === true ? line : inWords(line));
    });
  program.command("daemon", { hidden: true }).action(async () => {
    const { runDaemon } = await import("../../../daemon/main.ts");
    await runDaemon();
  });
}

/** For `haypile status --daemon`. */
export async function printDaemonStatus(flags: JsonFlag, signal: AbortSignal): Promise<void> {
  const [{ connect }, { lookLimits }] = await Promise.all([
    import("../../../haypile/there.ts"),
    import("../../../wire/pulse.ts"),
  ]);
  const client = await connect({
    start: false,
    client: "haypile status",
    limits: lookLimits,
    signal,
  });
  try {
    const [health, clients] = [await client.health(), await client.clients()];
    const others = clients.filter(({ pid }) => pid !== process.pid);
    const watched = (await client.indexes()).flatMap((index) => index.watched ?? []);
    if (flags.json === true) {
      return printJson("status --daemon", { ...health, clients: others, watched });
    }
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
    rows.push(["watched", String(watched.length)]);
    for (const one of watched) {
      rows.push(["", printable(`${one.root}: ${watchedInWords(one)}`)]);
    }
    for (const line of formatTable(rows)) printLine(line);
  } finally {
    await client.close();
  }
}

async function start(flags: StartFlags, signal: AbortSignal): Promise<void> {
  const { connect } = await import("../../../haypile/there.ts");
  const client = await connect({ client: "haypile start", signal });
  try {
    const health = await client.health();
    const listening = await listen(client, flags, signal);
    if (flags.json === true) return printJson("start", { ...health, http: listening ?? null });
    printLine(`The daemon runs: process ${health.pid}, version ${health.version}.`);
    if (listening === undefined) return;
    const { url, tokenPath } = listening;
    const secret = tokenPath === undefined ? "no token, it only reads" : `token in ${tokenPath}`;
    printLine(`MCP over HTTP: ${url} (${secret}).`);
  } finally {
    await client.close();
  }
}

async function listen(
  client: DaemonClient,
  { http, host, token }: StartFlags,
  signal: AbortSignal,
): Promise<Awaited<ReturnType<DaemonClient["listen"]>> | undefined> {
  if (http === undefined) return undefined;
  try {
    return await client.listen({
      port: http === true ? defaultHttpPort : http,
      host,
      token,
    });
  } catch (error) {
    // What was started for this alone goes with it.
    const others = (await client.clients()).filter(({ pid }) => pid !== process.pid);
    if (client.isNew && others.length === 0) await stop({}, signal);
    throw error;
  }
}

const defaultHttpPort = 3030;

/** Undefined: there was none. */
async function stop({ force }: StopFlags, signal: AbortSignal): Promise<Stopped | undefined> {
  const [{ stopDaemon }, { findEndpoint }] = await Promise.all([
    import("../../../wire/stop.ts"),
    import("../../../wire/endpoint.ts"),
  ]);
  const environment = readEnvironment();
  return await stopDaemon({
    endpoint: findEndpoint(environment),
    runtimeFolder: environment.variables.XDG_RUNTIME_DIR,
    force: force === true,
    signal,
  });
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
