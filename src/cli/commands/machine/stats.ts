import { existsSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import type { Command } from "commander";
import { HaypileError } from "../../../base/errors.ts";
import { realPathSync } from "../../../base/paths/real-path.ts";
import { readEnvironment } from "../../../config/environment/env.ts";
import type { Stats } from "../../../ports/answers/daemon/stats.ts";
import type { StoreReport } from "../../../ports/answers/index-facts.ts";
import { printJson, printJsonLine, printLine, printScreen } from "../../output/format.ts";
import { statsInWords } from "../../output/stats-words.ts";

interface StatsFlags {
  json?: boolean | undefined;
  watch?: boolean | undefined;
  path?: string | undefined;
  here?: boolean | undefined;
}

/** Gives the figures as they are now. */
interface Source {
  read(): Promise<Stats>;
  close(): Promise<void>;
}

const everyMs = 2_000;

/** haypile stats */
export function addStats(program: Command, signal: AbortSignal): void {
  program
    .command("stats")
    .description(
      "how the daemon does: times of writes, logs of databases, what waits, caches, alerts",
    )
    .option("--watch", "again every 2 s until Ctrl-C")
    .option("--path <folder>", "of indexes only that of this folder")
    .option(
      "--here",
      "of this process: it opens the memories and the index, and has written nothing",
    )
    .option("--json", "as JSON; with --watch one object a line")
    .addHelpText(
      "after",
      `
Times are in the daemon since it started. Without a daemon the figures are those of this process, as with --here:
sizes and what waits.

Examples:
  haypile stats
  haypile stats --here --json
  haypile stats --watch`,
    )
    .action(async (flags: StatsFlags) => {
      const source = await open(flags, signal);
      try {
        await show(source, flags, signal);
      } finally {
        await source.close();
      }
    });
}

async function show(source: Source, flags: StatsFlags, signal: AbortSignal): Promise<void> {
  const folder = flags.path === undefined ? undefined : real(flags.path);
  const read = async (): Promise<Stats> => ofFolder(await source.read(), folder);
  if (flags.watch !== true) {
    const stats = await read();
    if (flags.json === true) printJson("stats", stats);
    else for (const line of statsInWords(stats)) printLine(line);
    return;
  }
  const isScreen = process.stdout.isTTY === true;
  while (!signal.aborted) {
    const stats = await read();
    if (flags.json === true) printJsonLine("stats", stats);
    else {
      const lines = statsInWords(stats);
      if (isScreen) printScreen(lines);
      else for (const line of [...lines, ""]) printLine(line);
    }
    await wait(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

async function open(flags: StatsFlags, signal: AbortSignal): Promise<Source> {
  if (flags.here === true) return await openHere(flags);
  const { connect } = await import("../../../haypile/there.ts");
  try {
    const client = await connect({ start: false, client: "haypile stats", signal });
    return { read: () => client.stats(), close: () => client.close() };
  } catch (error) {
    if (!HaypileError.isInstance(error) || error.data.state !== "none") throw error;
    process.stderr.write("haypile: no daemon runs; these are figures of this process\n");
    return await openHere(flags);
  }
}

/** Opens what there is, and makes nothing. */
async function openHere({ path = "." }: StatsFlags): Promise<Source> {
  const [here, { processStats }, { mayHaveMemories }, { reportStores }, { readConfiguration }] =
    await Promise.all([
      import("../../../haypile/here.ts"),
      import("../../../haypile/stats.ts"),
      import("../../../engine/store/store-for.ts"),
      import("../../../engine/store/store-states.ts"),
      import("../../../engine/configure.ts"),
    ]);
  const { openHere: open } = here;
  const environment = readEnvironment();
  const haypile = open();
  // A server that is away is told of, and not waited for.
  const isAway = (what: StoreReport["keeps"][number]): boolean =>
    stores.some(({ keeps, isUp }) => isUp === false && keeps.includes(what));
  const code = haypile.code(path);
  const folder = existsSync(path) ? path : undefined;
  const stores = await reportStores(environment, readConfiguration(folder, {}, environment));
  if (mayHaveMemories(environment) && !isAway("memories")) await haypile.memories.stats();
  if (!isAway("indexes") && (await code.facts()).hasIndex) await code.status();
  const read = async (): Promise<Stats> => {
    const { utilization: busyShare } = performance.eventLoopUtilization();
    return processStats(environment, haypile.limit, { busyShare });
  };
  return { read, close: () => haypile.close() };
}

function ofFolder(stats: Stats, folder: string | undefined): Stats {
  if (folder === undefined) return stats;
  const databases = stats.databases.filter((one) => one.sort !== "index" || one.folder === folder);
  const caches = stats.caches.filter(({ of }) => of === "memories" || of === folder);
  return {
    ...stats,
    databases,
    caches,
    closed: stats.closed.filter(({ sort }) => sort !== "index"),
  };
}

/** @throws HaypileError HAYPILE_PATH_MISSING and others of folders */
function real(folder: string): string {
  try {
    return realPathSync(folder);
  } catch (error) {
    throw new HaypileError("HAYPILE_PATH_MISSING", `There is no folder ${folder}. Check --path.`, {
      cause: error,
    });
  }
}
