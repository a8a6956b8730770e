/*
 * `haypile serve`: a process that serves clients of other machines from one store, beside others like it. It keeps nothing
 * that the next request needs, so that any of them may be added or taken away: told to end, it says so at /ready, goes on
 * until who is in front of it has seen that, answers what is at work, and closes.
 */
import type { Server } from "node:http";
import type { Server as TlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { HaypileError } from "../../base/errors.ts";
import { log } from "../../base/log.ts";
import { storesAway } from "../../base/measures/stores.ts";
import { version } from "../../base/package/version.ts";
import { readEnvironment } from "../../config/environment/env.ts";
import { openHere } from "../../haypile/here.ts";
import { Hub } from "../../haypile/hub.ts";
import { inTurn } from "../../haypile/in-turn.ts";
import { Lanes, defaultLimits as laneLimits } from "../../haypile/lanes.ts";
import { Teller } from "../../haypile/telling.ts";
import { ClientDoors } from "../../http/team/client-doors.ts";
import { ClientBook, usualClientFile } from "../../http/team/clients/client-book.ts";
import { DoorKeeper } from "../../http/team/clients/door-keeper.ts";
import { Strangers } from "../../http/team/clients/strangers.ts";
import { keysFrom } from "../../http/team/oauth/keys.ts";
import { ClientLimits, defaultLimits } from "../../http/team/rights/limits.ts";
import { createTeamListener } from "../../http/team/team-listener.ts";
import { Meter } from "../metrics/meter.ts";
import { healthOf, metricsText, type Reading } from "../metrics/metrics.ts";
import { Readiness } from "./readiness.ts";
import { checkServe, type ServeOptions } from "./serve-options.ts";
import { readTlsPair, renewTls } from "./tls-files.ts";

export interface Serving {
  /** The address of MCP, by which this machine reaches it. */
  url: string;
  port: number;
  /** File of its clients, and how many are in it. */
  clientFile: string;
  clients: number;
  /** Resolves when it was told to end, has answered what was at work, and is closed. */
  ended: Promise<void>;
}

/** Milliseconds. */
const usualDelayMs = 5_000;
const usualDrainMs = 30_000;
const closingMs = 20_000;

/**
 * Serves until the signal says to end.
 * @throws HaypileError HAYPILE_USAGE, HAYPILE_PORT_TAKEN, HAYPILE_PERMISSION, HAYPILE_CONFIG_INVALID, HAYPILE_STORE_AWAY where
 *   an authorization server has no keys, those of files
 */
export async function serve(options: ServeOptions, signal: AbortSignal): Promise<Serving> {
  const { listen, tls, names, oauth } = checkServe(options);
  const environment = readEnvironment();
  const clientFile = options.clients ?? usualClientFile(environment.dataFolder);
  const book = new ClientBook(clientFile);
  const keys = oauth === undefined ? undefined : keysFrom(oauth.jwks);
  await keys?.prepare();
  const pair = tls === undefined ? undefined : readTlsPair(tls);

  const haypile = openHere({ renews: true, watch: options.code === true });
  const lanes = new Lanes(laneLimits);
  haypile.scheduleBy((work) => lanes.runLowest("watch", work));
  const hub = new Hub();
  const meter = new Meter();
  const readiness = new Readiness(haypile.memories);
  const limits = new ClientLimits();
  const begunMs = performance.now();
  let isLeaving = false;
  const reading = (): Reading => {
    const { user, system } = process.cpuUsage();
    return {
      ...{ version, pid: process.pid, isLeaving, lanes: lanes.counts(), calls: meter.calls() },
      upMs: performance.now() - begunMs,
      clients: { mcp: 0, rpc: 0, served: limits.known },
      engines: haypile.engineCount,
      rssBytes: process.memoryUsage.rss(),
      cpuMs: (user + system) / 1000,
    };
  };
  const doors = new ClientDoors({
    seenBy: (seen, { key, name }) =>
      inTurn(seen(haypile), lanes, key, { teller: new Teller(hub, name) }),
    tools: options.code === true ? ["memory", "code"] : ["memory"],
    hub,
    measure: (method, run) => meter.measure(method, run),
    daemon: {
      health: () => healthOf({ ...reading(), storesAway: storesAway() }),
      metrics: () => metricsText(reading()),
    },
  });
  const { rate, concurrent, body } = options;
  const keeper = new DoorKeeper({
    book,
    oauth:
      oauth === undefined || keys === undefined
        ? undefined
        : { issuer: oauth.issuer, audiences: oauth.audiences, keys },
  });
  const { server, endSilent } = createTeamListener({
    ...{ keeper, doors, limits, names, tls: pair },
    strangers: new Strangers({
      clientOf: (bearer) => keeper.clientOf(bearer),
      firstSight: (bearer) => keeper.firstSight(bearer),
    }),
    usual: {
      perMinute: rate ?? defaultLimits.perMinute,
      concurrent: concurrent ?? defaultLimits.concurrent,
      bodyBytes: body ?? defaultLimits.bodyBytes,
    },
    resource: oauth && { url: oauth.resource, issuer: oauth.issuer },
    health: () => ({ status: isLeaving ? "leaving" : "ok", version }),
    isReady: () => readiness.isReady(),
    metrics: () => metricsText(reading()),
    isLeaving: () => isLeaving,
    onRequest: ({ method, url = "" }, status, client) =>
      // Queries may be of what somebody asked.
      log("info", `${client ?? "-"} ${method} ${url.split("?")[0]?.slice(0, 200)} ${status}`),
  });
  try {
    await listenAt(server, listen.host, listen.port);
  } catch (error) {
    await doors.close();
    await haypile.close();
    throw error;
  }
  const endRenewing = tls === undefined ? undefined : renewTls(server as TlsServer, tls);
  // The first request need not wait for what can be opened now; a store that is away comes later.
  haypile.prepare().then(
    () => readiness.isReady(),
    (error: unknown) => log("error", `not ready: ${(error as Error).message}`),
  );
  const end = async (): Promise<void> => {
    isLeaving = true;
    await wait(options.drainDelay === undefined ? usualDelayMs : options.drainDelay * 1000);
    await drain(
      server,
      options.drain === undefined ? usualDrainMs : options.drain * 1000,
      () => doors.close(),
      endSilent,
    );
    endRenewing?.();
    const closed = haypile.close().then(() => true);
    if (!(await Promise.race([closed, wait(closingMs, false, { ref: false })]))) {
      log("error", "the store was not closed in time.");
    }
  };
  const { port } = server.address() as AddressInfo;
  const told = signal.aborted
    ? Promise.resolve()
    : new Promise<void>((resolve) =>
        signal.addEventListener("abort", () => resolve(), { once: true }),
      );
  return {
    url: `${tls === undefined ? "http" : "https"}://${nameOf(listen.host)}:${port}/mcp`,
    ...{ port, clientFile, clients: book.count },
    ended: told.then(end),
  };
}

/** Answers what is at work, for so long at most. */
async function drain(
  server: Server,
  ms: number,
  endStreams: () => Promise<void>,
  endSilent: () => void,
): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  endSilent();
  const late = setTimeout(() => server.closeAllConnections(), ms);
  await endStreams().catch((error: unknown) => log("debug", `serve: ${String(error)}`));
  server.closeIdleConnections();
  await closed;
  clearTimeout(late);
}

function listenAt(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(notListening(error, host, port)));
    server.listen(port, host, () => {
      server.removeAllListeners("error");
      server.on("error", (error) => log("error", `serve: ${error.message}`));
      resolve();
    });
  });
}

function notListening({ code }: NodeJS.ErrnoException, host: string, port: number): HaypileError {
  const data = { port, host, cause: code };
  if (code === "EADDRINUSE") {
    return new HaypileError(
      "HAYPILE_PORT_TAKEN",
      `Expected port ${port} of ${host} to be free, but another program has it. Say another with --listen, or end who has it.`,
      { data },
    );
  }
  if (code === "EACCES" || code === "EPERM") {
    return new HaypileError(
      "HAYPILE_PERMISSION",
      `This user may not listen at port ${port} of ${host} (${code}). Say one from 1024 on with --listen, or let the system allow it.`,
      { data },
    );
  }
  return new HaypileError(
    "HAYPILE_USAGE",
    `Expected an address of this machine for --listen, but ${host} cannot be listened at (${code}). Name one that the machine has, or :${port} for all of them.`,
    { data },
  );
}

/** How this machine names an address. */
function nameOf(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}
