/*
 * Clients, each a process, that write and ask while their server is killed at once and started again:
 *   node bench/team/kills.ts [--clients 16] [--seconds 60] [--kills 3] [--away 300] [--sync syncfs] [--keep]
 * Afterwards every acknowledged write is looked for. `--away`: milliseconds until somebody starts the server again (systemd's
 * Restart=always waits 100). `--sync`: how a server that starts again has its files put on the disk (docs/team.md). The server
 * waits for its disk, and what was written before is on it when the clients begin. Clients have an embedder that needs no model: what is measured is the
 * store.
 */
import { loadavg } from "node:os";
import { MemoryService } from "../../src/memories/service.ts";
import { databaseOn } from "../../test/helpers/postgres.ts";
import { lostOf, runBusyClients } from "../../test/helpers/stores/busy-clients.ts";
import { openPostgresMemories } from "../../test/helpers/stores/open-postgres.ts";
import { argument, keepRows, printMachine, say } from "../common.ts";
import { earnestServer, percentile } from "./parts.ts";

const here = printMachine();
const clients = Number(argument("--clients", "16"));
const seconds = Number(argument("--seconds", "60"));
const kills = Number(argument("--kills", "3"));
const awayMs = Number(argument("--away", "300"));
const sync = argument("--sync", "syncfs");
const server = await earnestServer({ recovery_init_sync_method: sync });
try {
  const { url } = await databaseOn(server);
  openPostgresMemories({ url }).close();
  const result = await runBusyClients({
    server,
    url,
    clients,
    processes: clients,
    kills,
    betweenMs: (seconds * 1_000) / (kills + 1),
    leastRounds: 1,
    awayMs,
    waitMs: 30_000,
    areOpen: async () => void (await server.ask("CHECKPOINT")),
  });
  const memories = new MemoryService({
    store: openPostgresMemories({ url }),
    isScheduled: () => true,
  });
  const lost = await lostOf(memories, result);
  await memories.close();
  const { calls, acknowledged, failures, timesMs, byCall, downMs } = result;
  const row = {
    bench: "team-kills",
    clients,
    kills,
    awayMs,
    sync,
    seconds: result.seconds,
    calls,
    acknowledged,
    lost: lost.length,
    failures: failures.length,
    p50: percentile(timesMs, 0.5),
    p95: percentile(timesMs, 0.95),
    p99: percentile(timesMs, 0.99),
    slowest: percentile(timesMs, 1),
    downMs,
    loadAtEnd: Number(loadavg()[0]?.toFixed(1)),
    byCall: Object.fromEntries(
      Object.entries(byCall).map(([name, times]) => [
        name,
        {
          calls: times.length,
          p50: percentile(times, 0.5),
          p95: percentile(times, 0.95),
          p99: percentile(times, 0.99),
        },
      ]),
    ),
  };
  for (const line of [...failures, ...lost].slice(0, 10)) say(line);
  say(JSON.stringify(row, undefined, 1));
  if (process.argv.includes("--keep")) keepRows("team", here, [row]);
} finally {
  await server.close();
}
