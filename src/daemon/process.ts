/*
 * The daemon as a process: elected first and listening at once, it loads what it serves when the first client
 * has come. Nothing heavy is imported before that.
 */
import { join } from "node:path";
import type { Environment } from "../config/env.ts";
import { type Backend, inLanesOf, openedWhenNeeded } from "./backend.ts";
import { findEndpoint } from "./endpoint.ts";
import type { Hello } from "./hello.ts";
import { defaultLimits, type Lane, type LaneLimits, Lanes } from "./lanes.ts";
import { LogFile } from "./log-file.ts";
import { healthOf, Meter, metricsText, type Reading } from "./metrics.ts";
import { serveRpc } from "./rpc/serve.ts";
import { type Daemon, type FaceHandler, startDaemon } from "./server.ts";

export interface ServedBackend extends Backend {
  /** Waits for work in flight, then frees all. */
  close(): Promise<void>;
}

export interface DaemonProcessOptions {
  environment: Environment;
  version: string;
  openBackend: () => Promise<ServedBackend>;
  /** Serves MCP to one client. `backend` and `lanes` are those of all clients. */
  mcp: (...args: [...Parameters<FaceHandler>, Backend, Lanes]) => ReturnType<FaceHandler>;
  /** Imports what the first client will need. */
  preload?: () => Promise<unknown>;
  idleMs: number;
  mostClients: number;
  limits?: Readonly<Record<Lane, LaneLimits>>;
  drainMs?: number;
}

export interface DaemonProcess {
  daemon: Daemon;
  /** Resolves when the daemon has left and all is closed. */
  ended: Promise<void>;
}

/**
 * Starts the daemon of an environment; undefined: there is one already.
 * @throws HaypileError HAYPILE_PERMISSION, HAYPILE_DISK_FULL, HAYPILE_IO
 */
export async function startDaemonProcess(
  options: DaemonProcessOptions,
): Promise<DaemonProcess | undefined> {
  const { environment, version } = options;
  const endpoint = findEndpoint(environment);
  const log = new LogFile(join(endpoint.logs, "daemon.log"));
  const lanes = new Lanes(options.limits ?? defaultLimits);
  const meter = new Meter();
  let opening: Promise<ServedBackend> | undefined;
  let opened: ServedBackend | undefined;
  const backend = (): Promise<ServedBackend> => {
    opening ??= options.openBackend().then(
      (served) => {
        opened = served;
        return served;
      },
      (error: unknown) => {
        // The next call tries again: a file may have been put right.
        opening = undefined;
        throw error;
      },
    );
    return opening;
  };
  const shared = openedWhenNeeded(backend, () => opened);
  let daemon: Daemon | undefined;
  let numbered = 0;
  const reading = (): Reading => {
    const clients = daemon?.clients() ?? [];
    const count = (face: string): number => clients.filter((one) => one.face === face).length;
    const { user, system } = process.cpuUsage();
    return {
      version,
      pid: process.pid,
      upMs: performance.now() - (daemon?.startedMs ?? 0),
      isLeaving: daemon?.isLeaving ?? false,
      clients: { mcp: count("mcp"), rpc: count("rpc"), served: daemon?.served ?? 0 },
      lanes: lanes.counts(),
      engines: opened?.engines().length ?? 0,
      rssBytes: process.memoryUsage.rss(),
      cpuMs: (user + system) / 1000,
      calls: meter.calls(),
    };
  };
  const services = {
    meter,
    daemon: {
      health: () => healthOf(reading()),
      metrics: () => metricsText(reading()),
      clients: () => daemon?.clients() ?? [],
      stop: () => void daemon?.leave("stopped"),
    },
  };
  daemon = await startDaemon({
    endpoint,
    version,
    log,
    idleMs: options.idleMs,
    mostClients: options.mostClients,
    isBusy: () => lanes.hasBackground,
    ...(options.drainMs !== undefined && { drainMs: options.drainMs }),
    handlers: {
      mcp: (socket, hello) => options.mcp(socket, hello, shared, lanes),
      rpc: async (socket, hello: Hello) => {
        const client = `rpc ${++numbered}`;
        await serveRpc(socket, hello, {
          ...services,
          backend: inLanesOf(shared, lanes, client),
        });
      },
    },
  });
  if (daemon === undefined) {
    log.close();
    return undefined;
  }
  // Whoever started it waits for an answer: load what gives it meanwhile. What fails here fails for that client.
  setImmediate(() => void options.preload?.().catch(() => undefined));
  const ended = daemon.left.then(async (reason) => {
    await opened
      ?.close()
      .catch((error: unknown) => log.write("warn", "closing", { error: String(error) }));
    log.write("info", "left", { reason });
    log.close();
  });
  return { daemon, ended };
}
