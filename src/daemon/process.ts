/*
 * The daemon as a process: elected first and listening at once, it loads what it serves when the first client
 * has come. Nothing heavy is imported before that.
 */
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { onWork } from "../base/log.ts";
import { stalls } from "../base/measures/stalls.ts";
import { storesAway } from "../base/measures/stores.ts";
import type { Environment } from "../config/environment/env.ts";
import { tasksOf } from "../engine/upkeep/tasks.ts";
import type { HaypileHere } from "../haypile/here.ts";
import { Hub } from "../haypile/hub.ts";
import { inTurn } from "../haypile/in-turn.ts";
import { defaultLimits, type Lane, type LaneLimits, Lanes } from "../haypile/lanes.ts";
import { Teller } from "../haypile/telling.ts";
import type { QueriesOptions } from "../ports/answers/daemon/queries.ts";
import type { Haypile } from "../ports/haypile.ts";
import { findEndpoint } from "../wire/endpoint.ts";
import { retireOldDaemons } from "../wire/old-places.ts";
import type { HttpFace, HttpWanted } from "../wire/words.ts";
import { HealthFacts } from "./health/health-facts.ts";
import { HttpDoor } from "./http-door.ts";
import type { HttpPages } from "./http-face.ts";
import { LiveSettings } from "./live-settings.ts";
import { LogFile } from "./log/log-file.ts";
import { Meter } from "./metrics/meter.ts";
import { healthOf, metricsText, type Reading } from "./metrics/metrics.ts";
import { QueryLog } from "./queries/query-log.ts";
import { RamFacts } from "./ram/facts.ts";
import { serveRpc } from "./rpc-face.ts";
import { closingMs, type Daemon, type FaceHandler, startDaemon } from "./server.ts";
import { Upkeep } from "./upkeep/upkeep.ts";
import { openWatch, type WatchWord } from "./watch.ts";

export interface DaemonProcessOptions {
  environment: Environment;
  version: string;
  /** What all clients share; opened by the first call that needs it, and closed by the daemon when it leaves. */
  haypile: HaypileHere;
  /** Serves MCP to one client, over Haypile as that client sees it. */
  mcp: (...args: [...Parameters<FaceHandler>, Haypile]) => ReturnType<FaceHandler>;
  /** Opens MCP over HTTP. Its clients cannot be told apart: they have one place in the lanes. */
  http?:
    | ((
        wanted: HttpWanted,
        haypile: Haypile,
        pages: HttpPages,
        patienceMs: number,
      ) => Promise<HttpFace>)
    | undefined;
  /** Wanted from the start; undefined: not until a client asks for it. */
  httpWanted?: HttpWanted | undefined;
  /** Ends what runs without a client, before Haypile is closed. */
  closing?: (() => Promise<void>) | undefined;
  /** Imports what the first client will need. */
  preload?: (() => Promise<unknown>) | undefined;
  idleMs: number;
  mostClients: number;
  /** Texts of the last questions are kept in memory. Default true. */
  keepsTexts?: boolean | undefined;
  /** A write that waits longer is noted. Default 250 ms. */
  stallMs?: number | undefined;
  /** What was asked for and is not done here, for the log. */
  notes?: readonly string[] | undefined;
  limits?: Readonly<Record<Lane, LaneLimits>> | undefined;
  drainMs?: number | undefined;
  homeMs?: number | undefined;
}

export interface DaemonProcess {
  daemon: Daemon;
  /** Resolves when the daemon has left and all is closed. */
  ended: Promise<void>;
}

const waitedFor = { wait: "for another writer", commit: "for the disk" } as const;

/** From the start to the opening of what all clients share, if no call has needed it before. */
const prepareMs = 1_500;

/** The daemon before this one frees its port when it has answered its clients. */
const portPatienceMs = 35_000;

/**
 * Starts the daemon of an environment; undefined: there is one already.
 * @throws HaypileError HAYPILE_PERMISSION, HAYPILE_DISK_FULL, HAYPILE_IO
 */
export async function startDaemonProcess(
  options: DaemonProcessOptions,
): Promise<DaemonProcess | undefined> {
  const { environment, version } = options;
  const endpoint = findEndpoint(environment);
  const logPath = join(endpoint.logs, "daemon.log");
  const log = new LogFile(logPath);
  const lanes = new Lanes(options.limits ?? defaultLimits);
  stalls.configure(options.stallMs ?? stalls.thresholdMs, ({ cause, kind, ms }) =>
    log.write("warn", "write stall", { waited: waitedFor[cause], kind, ms }),
  );
  onWork((message) => log.write("info", message));
  const meter = new Meter();
  const { haypile } = options;
  const hub = new Hub();
  haypile.scheduleBy((work) => lanes.runLowest("watch", work));
  const settings = new LiveSettings({ environment, haypile, log });
  let daemon: Daemon | undefined;
  let numbered = 0;
  const clientCounts = (): Reading["clients"] => {
    const clients = daemon?.clients() ?? [];
    const count = (face: string): number => clients.filter((one) => one.face === face).length;
    return { mcp: count("mcp"), rpc: count("rpc"), served: daemon?.served ?? 0 };
  };
  const upkeep = new Upkeep({ environment, log, lanes, tasks: tasksOf(haypile, environment) });
  haypile.lookedAfter(() => upkeep.isOn);
  const health = new HealthFacts({
    ...{ environment, log, hub, upkeep, clients: clientCounts },
    limit: () => haypile.limit,
    lanes: () => lanes.counts(),
    calls: () => meter.totals(),
  });
  const reading = (): Reading => {
    const { user, system } = process.cpuUsage();
    return {
      version,
      pid: process.pid,
      upMs: performance.now() - (daemon?.startedMs ?? 0),
      isLeaving: daemon?.isLeaving ?? false,
      clients: clientCounts(),
      lanes: lanes.counts(),
      engines: haypile.engineCount,
      rssBytes: process.memoryUsage.rss(),
      cpuMs: (user + system) / 1000,
      calls: meter.calls(),
      page: http.page,
      more: [() => memory.families(), () => health.families(), () => queries.metricsText()],
    };
  };
  // Our own commands come for a moment, one of them to ask for this very number.
  const others = (): number =>
    (daemon?.clients() ?? []).filter(({ client }) => client?.startsWith("haypile ") !== true)
      .length;
  const memory = new RamFacts(haypile, hub, others);
  const queries = new QueryLog({ hub, keepsTexts: options.keepsTexts ?? true });
  /** Haypile as one client sees it. @param name what the client calls itself */
  const seenBy = (client: string, name = client): Haypile =>
    inTurn(haypile, lanes, client, {
      teller: new Teller(hub, name),
      onCall: queries.of(client, name),
    });
  const { http: open } = options;
  const http = new HttpDoor(
    open &&
      ((wanted, patienceMs) => {
        const pages: HttpPages = {
          health: () => ({ ...healthOf(reading()) }),
          metrics: () => metricsText(reading()),
          daemon: services.daemon,
          hub,
          measure: (method, run) => meter.measure(method, run),
        };
        return open(wanted, seenBy("http"), pages, patienceMs);
      }),
  );
  const services = {
    meter,
    daemon: {
      listen: (wanted: unknown) => http.listen(wanted as HttpWanted),
      listening: () => http.listening(),
      signInLink: (file: unknown) => http.signInLink(file !== false),
      health: () => healthOf({ ...reading(), storesAway: storesAway() }),
      metrics: () => metricsText(reading()),
      queries: (said: unknown) => queries.report(said as QueriesOptions | undefined),
      clients: () => daemon?.clients() ?? [],
      stop: () => void daemon?.leave("stopped"),
      configuration: () => settings.answer(),
      ...memory.methods,
      ...health.methods,
    },
  };
  let told: WatchWord | undefined;
  const heed = (word: WatchWord): void => {
    told = word;
    void daemon?.leave(word === "stop" ? "stopped" : "signal");
  };
  const watch = openWatch({ version, logPath, onWord: heed });
  let httpClosing: Promise<void> | undefined;
  daemon = await startDaemon({
    endpoint,
    watch,
    version,
    log,
    settings: () => settings.given(),
    idleMs: options.idleMs,
    mostClients: options.mostClients,
    // Who listens for clients that come and go has no idle time.
    isBusy: () => lanes.hasBackground || haypile.isMigrating || http.isOpen,
    onLeaving: (drainMs) => {
      httpClosing = http.close(drainMs);
    },
    drainMs: options.drainMs,
    homeMs: options.homeMs,
    handlers: {
      mcp: (socket, hello) => options.mcp(socket, hello, seenBy(`mcp ${++numbered}`, hello.client)),
      rpc: (socket, hello) => {
        const own = seenBy(`rpc ${++numbered}`, hello.client);
        return serveRpc(socket, hello, { ...services, haypile: own });
      },
    },
  });
  if (daemon === undefined) {
    memory.close();
    health.close();
    void upkeep.close();
    settings.close();
    watch.close();
    log.close();
    return undefined;
  }
  for (const note of options.notes ?? []) log.write("warn", "setting", { note });
  for (const pid of retireOldDaemons(endpoint, environment.variables.XDG_RUNTIME_DIR)) {
    log.write("info", "old daemon told to leave", { old: pid });
  }
  // A word that came before there was somebody to heed it.
  if (told !== undefined) heed(told);
  // Whoever started it waits for an answer: load what gives it meanwhile. What fails here fails for that client.
  setImmediate(() => void options.preload?.().catch(() => undefined));
  // The engine is not needed for that, but soon.
  setTimeout(() => void haypile.prepare().catch(() => undefined), prepareMs).unref();
  const { httpWanted } = options;
  if (httpWanted !== undefined) {
    http.listen(httpWanted, portPatienceMs).then(
      ({ url }) => log.write("info", "http", { url }),
      (error: unknown) => log.write("error", "http", { error: String(error) }),
    );
  }
  const ended = daemon.left.then(async (reason) => {
    memory.close();
    health.close();
    settings.close();
    const closed = (async () => {
      await Promise.all([httpClosing, upkeep.close()]);
      await options.closing?.();
      await haypile.close();
      return true;
    })().catch((error: unknown) => {
      log.write("warn", "closing", { error: String(error) });
      return true;
    });
    const isClosed = await Promise.race([closed, wait(closingMs, false, { ref: false })]);
    log.write(isClosed ? "info" : "warn", "left", { reason, closed: isClosed });
    log.close();
  });
  return { daemon, ended };
}
