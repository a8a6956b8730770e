/* haypile start, stop, restart, logs, and the hidden command that is the daemon. */

import type { Command } from "commander";
import { readEnvironment } from "../../../config/environment/env.ts";
import type { DaemonClient } from "../../../haypile/there.ts";
import type { Stopped } from "../../../wire/stop.ts";
import type { HttpAddress, HttpWanted } from "../../../wire/words.ts";
import { wholeNumber } from "../../flags/numbers.ts";
import {
  formatBytes,
  formatDuration,
  formatTable,
  printable,
  printJson,
  printLine,
} from "../../output/format.ts";
import { storeInWords } from "../../output/kept-words.ts";
import { watchedInWords } from "../../output/run-words.ts";
import { type ListenFlags, listenBy, wantedAgain, wantedBy } from "./listen.ts";

interface JsonFlag {
  json?: boolean | undefined;
}

type StartFlags = JsonFlag & ListenFlags;

interface StopFlags extends JsonFlag {
  force?: boolean | undefined;
}

/** haypile start | stop | restart | logs | daemon */
export function addDaemon(program: Command, signal: AbortSignal): void {
  program
    .command("start")
    .description(
      "start the daemon, which then stays, and its page; clients start it themselves when needed",
    )
    .option(
      "--http [port]",
      "listen at this port, and no other (default: page.port)",
      wholeNumber(0, 65_535),
    )
    .option("--host <address>", "address to listen at (default: 127.0.0.1)")
    .option("--no-token", "without a token: loopback only, and nothing that writes")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  haypile start\n  haypile start --http 3040\n  haypile status --daemon",
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
      const before = await whereItListens(signal);
      await stop(flags, signal);
      const was = before?.wanted;
      await startAt(before === undefined ? wantedBy({}) : was && wantedAgain(was), flags, signal);
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
      ["page", health.page ?? 'not served; "haypile open" opens it'],
    ];
    for (const store of health.storesAway ?? []) {
      const [head = "", ...more] = storeInWords(store);
      rows.push(["store", head], ...more.map((line): [string, string] => ["", line]));
    }
    rows.push(["clients", String(others.length)]);
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
  await startAt(wantedBy(flags), flags, signal);
}

/** @param wanted undefined: the daemon does not listen for HTTP */
async function startAt(
  wanted: HttpWanted | undefined,
  flags: JsonFlag,
  signal: AbortSignal,
): Promise<void> {
  const { connect } = await import("../../../haypile/there.ts");
  const client = await connect({ client: "haypile start", signal });
  try {
    const listening = wanted && (await listen(client, wanted, signal));
    const health = await client.health();
    if (flags.json === true) return printJson("start", { ...health, http: listening ?? null });
    printLine(`The daemon runs: process ${health.pid}, version ${health.version}.`);
    if (listening === undefined) return;
    const { url, page, tokenPath } = listening;
    if (page !== undefined) printLine(`The page: ${page} (haypile open signs you in).`);
    const secret = tokenPath === undefined ? "no token, it only reads" : `token in ${tokenPath}`;
    printLine(`MCP over HTTP: ${url} (${secret}).`);
  } finally {
    await client.close();
  }
}

async function listen(
  client: DaemonClient,
  wanted: HttpWanted,
  signal: AbortSignal,
): Promise<HttpAddress> {
  try {
    return await listenBy(client, wanted);
  } catch (error) {
    // What was started for this alone goes with it.
    const others = (await client.clients()).filter(({ pid }) => pid !== process.pid);
    if (client.isNew && others.length === 0) await stop({}, signal);
    throw error;
  }
}

/** How the daemon that runs listens, so that the next one does; undefined: there is none, or it does not say. */
async function whereItListens(
  signal: AbortSignal,
): Promise<{ wanted: HttpWanted | undefined } | undefined> {
  const [{ connect }, { lookLimits }] = await Promise.all([
    import("../../../haypile/there.ts"),
    import("../../../wire/pulse.ts"),
  ]);
  try {
    const client = await connect({
      start: false,
      client: "haypile restart",
      limits: lookLimits,
      signal,
    });
    try {
      return { wanted: await client.listening() };
    } finally {
      await client.close();
    }
  } catch {
    // Stopping it says what is wrong.
    return undefined;
  }
}

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
