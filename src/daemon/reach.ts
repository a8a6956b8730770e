/* A way to the daemon from Node: connect, and where there is none, start one and wait for it. */
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { throwIfAborted } from "../base/abort.ts";
import { HaypileError } from "../base/errors.ts";
import { packageFolder } from "../base/own-package.ts";
import { type Endpoint, secureFolder } from "./endpoint.ts";
import { type Face, helloLine } from "./hello.ts";

/** What starts a daemon: a program and its arguments. */
export type StartCommand = readonly [string, ...string[]];

/** `node bin/haypile.cjs daemon` of this very package. */
export function defaultStart(): StartCommand {
  const bin = join(packageFolder, "bin", "haypile.cjs");
  return [process.execPath, bin, "daemon"];
}

export interface ReachOptions {
  endpoint: Endpoint;
  face: Face;
  version: string;
  root?: string | undefined;
  client?: string | undefined;
  /** Started when there is no daemon; false: none is. */
  start: StartCommand | false;
  /** Environment of a daemon that is started. */
  variables: Readonly<Record<string, string | undefined>>;
  /** Time for all of it. Default 15 s. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** @internal */
export interface Reached {
  socket: Socket;
  /** Of the daemon. */
  version: string;
  pid: number;
}

const retryMs = 15;
const mostStarts = 3;

/**
 * A socket whose hello the daemon took; it is paused, and nothing but messages follows. An older daemon is
 * asked to leave first.
 *
 * @throws HaypileError HAYPILE_DAEMON when there is none and none may be or could be started;
 *   HAYPILE_OVERLOADED, HAYPILE_ABORTED, HAYPILE_PERMISSION
 * @internal
 */
export async function reachDaemon(options: ReachOptions): Promise<Reached> {
  const { endpoint, start, timeoutMs = 15_000, signal } = options;
  secureFolder(endpoint.folder);
  const until = performance.now() + timeoutMs;
  let any = false;
  let starting: { gone: boolean } | undefined;
  for (let starts = 0; ; ) {
    throwIfAborted(signal, "Reaching the daemon");
    const socket = await tryConnect(endpoint.socket);
    if (socket !== undefined) {
      const answer = await greet(socket, options, any);
      if (answer === "leaving") any = true;
      else if (answer !== "gone") return answer;
    } else {
      if (start === false && !any) throw noDaemon("No Haypile daemon is running.");
      if (starting === undefined || starting.gone) {
        if (starts === mostStarts) {
          throw noDaemon(`The daemon ended while it was starting; see ${endpoint.logs}.`);
        }
        starts += 1;
        starting = launch(start === false ? defaultStart() : start, options);
      }
    }
    if (performance.now() > until) {
      throw noDaemon(`No daemon answered in ${timeoutMs} ms; see ${endpoint.logs}.`);
    }
    await wait(retryMs);
  }
}

/** A connection, or undefined where nobody listens. @internal */
export function tryConnect(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection({ path, allowHalfOpen: true });
    socket.once("connect", () => {
      // A listener that goes in this moment resets it; the reader hears of that as its end.
      socket.removeAllListeners("error").on("error", () => undefined);
      resolve(socket);
    });
    socket.once("error", () => {
      socket.destroy();
      resolve(undefined);
    });
  });
}

async function greet(
  socket: Socket,
  { face, version, root, client }: ReachOptions,
  any: boolean,
): Promise<Reached | "leaving" | "gone"> {
  socket.on("error", () => undefined);
  socket.write(helloLine({ face, version, pid: process.pid, root, client, any }));
  const line = await firstLine(socket);
  if (line === undefined) {
    socket.destroy();
    return "gone";
  }
  const said = JSON.parse(line) as Record<string, unknown>;
  if (said.ok === true) {
    return { socket, version: String(said.version), pid: Number(said.pid) };
  }
  socket.destroy();
  if (said.leaving === true) return "leaving";
  const { code, message } = (said.refused ?? {}) as { code?: string; message?: string };
  throw new HaypileError(
    code === "HAYPILE_OVERLOADED" ? code : "HAYPILE_DAEMON",
    message ?? "The daemon refused the connection.",
  );
}

function firstLine(socket: Socket): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = Buffer.alloc(0);
    const end = (line: string | undefined): void => {
      socket.off("data", onData).off("end", onEnd).off("close", onEnd);
      socket.pause();
      resolve(line);
    };
    const onEnd = (): void => end(undefined);
    const onData = (data: Buffer): void => {
      text = Buffer.concat([text, data]);
      const at = text.indexOf(10);
      if (at < 0) return;
      const rest = text.subarray(at + 1);
      end(text.subarray(0, at).toString("utf8"));
      if (rest.length > 0) socket.unshift(rest);
    };
    socket.on("data", onData).once("end", onEnd).once("close", onEnd);
  });
}

function launch(
  [command, ...args]: StartCommand,
  { endpoint, variables }: ReachOptions,
): { gone: boolean } {
  mkdirSync(endpoint.logs, { recursive: true, mode: 0o700 });
  const words = openSync(join(endpoint.logs, "daemon.err"), "a", 0o600);
  const state = { gone: false };
  const child = spawn(command, args, {
    detached: true,
    windowsHide: true,
    cwd: endpoint.dataFolder,
    stdio: ["ignore", words, words],
    env: { ...variables, HAYPILE_DATA_DIR: endpoint.dataFolder },
  });
  closeSync(words);
  const gone = (): void => {
    state.gone = true;
  };
  child.once("exit", gone).once("error", gone);
  child.unref();
  return state;
}

function noDaemon(message: string): HaypileError {
  return new HaypileError("HAYPILE_DAEMON", message);
}
