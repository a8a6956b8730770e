/* A way to the daemon from Node: connect, and where there is none, start one and wait for it. */
import { spawn } from "node:child_process";
import { closeSync, fstatSync, mkdirSync, openSync, readSync, statfsSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { throwIfAborted } from "../base/abort.ts";
import { HaypileError } from "../base/errors.ts";
import { openRegularSync } from "../base/files/read-file.ts";
import { assertNodeVersion } from "../base/package/node-version.ts";
import { packageFolder } from "../base/package/own-package.ts";
import type { Given } from "../config/environment/given.ts";
import type { StartCommand } from "./connect-options.ts";
import { type Endpoint, secureFolder } from "./endpoint.ts";
import { assertProtocol, type Face, helloLine } from "./hello.ts";
import { isDaemon, type Owner, readNote } from "./owner.ts";
import { isOurs } from "./pipes.ts";
import { leastFiles, mostFiles, processStart } from "./process-facts.ts";
import { greetingLimits, Patience, type PatienceLimits } from "./pulse.ts";

/** A daemon that ended with less than this free ended for want of it. */
const leastFreeBytes = 64 * 1024;

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
  /** Time for all of it. Default: as long as the daemon is alive and gets on, 120 s at most. */
  timeoutMs?: number | undefined;
  /** When a daemon that does not answer counts as one that never will. */
  limits?: PatienceLimits | undefined;
  signal?: AbortSignal | undefined;
}

export interface Reached {
  socket: Socket;
  /** Of the daemon. */
  version: string;
  pid: number;
  /** It is one that this call started. */
  isNew: boolean;
  /** Who it says to be, for later looks at it. */
  owner: Owner;
  /** What it was given; undefined where it does not say. */
  settings: Given | undefined;
}

const firstRetryMs = 15;
const lastRetryMs = 60;
const longestGreeting = 65_536;
const mostStarts = 3;
const longestMs = 120_000;
/** Between two looks at a daemon that does not answer. */
const lookMs = 1_000;

/**
 * A socket whose hello the daemon took; it is paused, and nothing but messages follows. An older daemon is
 * asked to leave first.
 *
 * @throws HaypileError HAYPILE_DAEMON when there is none and none may be or could be started, or when there is
 *   one that answers nobody; HAYPILE_NODE_TOO_OLD, HAYPILE_OVERLOADED, HAYPILE_ABORTED, HAYPILE_PERMISSION
 * @internal
 */
export async function reachDaemon(options: ReachOptions): Promise<Reached> {
  // A daemon that this Node starts could not run on it.
  assertNodeVersion();
  const { endpoint, start, timeoutMs = longestMs, limits = greetingLimits, signal } = options;
  secureFolder(endpoint.folder);
  const until = performance.now() + timeoutMs;
  const starts = new Starts(options);
  let any = false;
  let coming: { name: string; patience: Patience } | undefined;
  /** Since when whoever listens has closed each connection without a word. */
  let wordlessMs: number | undefined;
  for (let retryMs = firstRetryMs; ; retryMs = Math.min(lastRetryMs, retryMs * 1.2)) {
    throwIfAborted(signal, "Reaching the daemon");
    const owner = readNote(endpoint);
    const socket = owner?.socket === undefined ? undefined : await tryConnect(owner.socket);
    if (owner?.socket !== undefined && socket !== undefined) {
      if (socket !== "full" && !isOurs(owner.socket)) {
        socket.destroy();
        throw stranger(owner, endpoint);
      }
      const answer =
        socket === "full" ? await pause(lookMs, signal) : await greet(socket, owner, options, any);
      if (answer === "leaving") any = true;
      else if (answer !== undefined) return { ...answer, isNew: starts.isOurs(answer.pid) };
      if (answer !== undefined || socket === "full") wordlessMs = undefined;
      else wordlessMs ??= performance.now();
    }
    if (owner !== undefined && wordlessMs !== undefined) {
      if (performance.now() - wordlessMs >= limits.silentMs) throw stranger(owner, endpoint);
    }
    if (owner !== undefined && socket !== undefined && socket !== "full") {
      // It answered, if only that it goes.
      coming = undefined;
    } else if (owner !== undefined && isDaemon(owner, endpoint)) {
      // One that starts, goes, or takes nobody in.
      const name = `${owner.pid} ${owner.socket}`;
      if (coming?.name !== name) coming = { name, patience: new Patience(owner, limits) };
      const hung = await coming.patience.look();
      if (hung !== undefined) throw hung;
    } else {
      if (start === false && !any) {
        throw noDaemon("No Haypile daemon is running.", { state: "none" });
      }
      await starts.go(start === false ? defaultStart() : start);
    }
    if (performance.now() > until) {
      throw noDaemon(
        `No daemon answered in ${Math.round(timeoutMs / 1000)} s; see ${endpoint.logs}.`,
      );
    }
    await pause(retryMs, signal);
  }
}

/** A connection; undefined where nobody listens; "full" where somebody does and does not take it. @internal */
export function tryConnect(path: string): Promise<Socket | "full" | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection({ path, allowHalfOpen: true });
    socket.once("connect", () => {
      // A listener that goes in this moment resets it; the reader hears of that as its end.
      socket.removeAllListeners("error").on("error", () => undefined);
      resolve(socket);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      socket.destroy();
      resolve(error.code === "EAGAIN" ? "full" : undefined);
    });
  });
}

/** @returns undefined: it went without a word */
async function greet(
  socket: Socket,
  owner: Owner,
  { endpoint, face, version, root, client, limits = greetingLimits, signal }: ReachOptions,
  any: boolean,
): Promise<Omit<Reached, "isNew"> | "leaving" | undefined> {
  socket.on("error", () => undefined);
  const over = new AbortController();
  try {
    socket.write(helloLine({ face, version, pid: process.pid, root, client, any }));
    const line = await Promise.race([
      firstLine(socket),
      watched(owner, endpoint, limits, over.signal),
      aborted(signal, over.signal),
    ]);
    const said = readAnswer(line);
    assertProtocol(said, version);
    if (said.ok === true) {
      const settings = said.settings as Given | undefined;
      const reached = { socket, version: String(said.version), pid: Number(said.pid), settings };
      return { ...reached, owner: { ...owner, pid: reached.pid } };
    }
    socket.destroy();
    if (line === undefined) return undefined;
    if (said.leaving === true) return "leaving";
    const { code, message } = (said.refused ?? {}) as {
      code?: string | undefined;
      message?: string | undefined;
    };
    const words = message ?? "The daemon refused the connection.";
    if (code !== "HAYPILE_OVERLOADED") throw noDaemon(words);
    throw new HaypileError(code, words, { data: { state: "full" } });
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    over.abort();
  }
}

function readAnswer(line: string | undefined): Record<string, unknown> {
  try {
    return line === undefined ? {} : (JSON.parse(line) as Record<string, unknown>);
  } catch {
    throw noDaemon("What listens at the daemon's socket is no Haypile daemon.");
  }
}

/** Rejects when it is of no use to wait for this daemon; else it never settles. */
async function watched(
  owner: Owner,
  endpoint: Endpoint,
  limits: PatienceLimits,
  over: AbortSignal,
): Promise<never> {
  const patience = new Patience(owner, limits);
  for (let pauseMs = limits.quietMs; ; pauseMs = lookMs) {
    await wait(pauseMs, undefined, { signal: over, ref: true }).catch(() => never());
    const hung = await patience.look();
    if (hung !== undefined) throw hung;
    // Its number may be another one where it runs (a container), so that alone does not say that nobody will answer.
    if (patience.goneMs >= limits.silentMs) {
      throw stranger(owner, endpoint);
    }
  }
}

function aborted(signal: AbortSignal | undefined, over: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => {
      try {
        throwIfAborted(signal, "Reaching the daemon");
      } catch (error) {
        reject(error);
      }
    };
    signal?.addEventListener("abort", stop, { once: true, signal: over });
    stop();
  });
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<undefined> {
  await wait(ms, undefined, { signal }).catch(() => undefined);
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
      if (at < 0) {
        if (text.length > longestGreeting) end(undefined);
        return;
      }
      const rest = text.subarray(at + 1);
      end(text.subarray(0, at).toString("utf8"));
      if (rest.length > 0) socket.unshift(rest);
    };
    socket.on("data", onData).once("end", onEnd).once("close", onEnd);
  });
}

/** Daemons that this call has started: one at a time, and not without end. */
class Starts {
  readonly #options: ReachOptions;
  #count = 0;
  #last:
    | {
        pid: number | undefined;
        gone: boolean;
        code: number | null;
        patience: Patience | undefined;
      }
    | undefined;
  #errorsFrom = 0;

  constructor(options: ReachOptions) {
    this.#options = options;
  }

  isOurs(pid: number): boolean {
    return this.#last?.pid === pid;
  }

  /** @throws HaypileError HAYPILE_DAEMON when those that were started ended, or the last one does not get on */
  async go(command: StartCommand): Promise<void> {
    const { endpoint } = this.#options;
    if (this.#last?.gone === false) {
      const hung = await this.#last.patience?.look();
      if (hung !== undefined) throw hung;
      return;
    }
    if (this.#count === mostStarts) {
      const note = readNote(endpoint);
      if (this.#last?.code === 0 && note !== undefined) throw elsewhere(note, endpoint);
      const last = lastWords(endpoint, this.#errorsFrom);
      // Then it could not say so either.
      if (isFull(endpoint.dataFolder)) {
        throw new HaypileError(
          "HAYPILE_DISK_FULL",
          `Could not start the daemon: the disk of ${endpoint.dataFolder} is full. What was stored before is safe. Free some space and run it again.`,
          { data: { path: endpoint.dataFolder } },
        );
      }
      throw noDaemon(
        `The daemon ended while it was starting${last === "" ? "" : ` ("${last}")`}; see ${endpoint.logs}.`,
      );
    }
    const files = mostFiles();
    if (files !== undefined && files < leastFiles) {
      throw noDaemon(
        `Expected a limit of open files (ulimit -n) of at least ${leastFiles} to start the daemon, but it is ${files}. Raise it, then try again.`,
      );
    }
    this.#count += 1;
    this.#launch(command);
  }

  #launch([command, ...args]: StartCommand): void {
    const { endpoint, variables, limits = greetingLimits } = this.#options;
    mkdirSync(endpoint.logs, { recursive: true, mode: 0o700 });
    const words = openSync(join(endpoint.logs, "daemon.err"), "a", 0o600);
    if (this.#count === 1) this.#errorsFrom = fstatSync(words).size;
    const child = spawn(command, args, {
      detached: true,
      windowsHide: true,
      cwd: endpoint.dataFolder,
      stdio: ["ignore", words, words],
      env: { ...variables, HAYPILE_DATA_DIR: endpoint.dataFolder },
    });
    closeSync(words);
    const { pid } = child;
    const nobody = { version: "", since: "", protocol: 0, host: "" };
    const owner = pid === undefined ? undefined : { pid, startTime: processStart(pid), ...nobody };
    const last = {
      pid,
      gone: false,
      code: null as number | null,
      patience: owner && new Patience({ ...owner, socket: undefined, control: undefined }, limits),
    };
    child.once("exit", (code) => {
      last.gone = true;
      last.code = code;
    });
    child.once("error", () => {
      last.gone = true;
    });
    child.unref();
    this.#last = last;
  }
}

function isFull(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize < leastFreeBytes;
  } catch {
    return false;
  }
}

/** The last line that daemons wrote before they had a log. */
function lastWords({ logs }: Endpoint, from: number): string {
  try {
    const { file, facts } = openRegularSync(join(logs, "daemon.err"), { links: "refuse" });
    try {
      const { size } = facts;
      const bytes = Buffer.alloc(Math.min(2_000, Math.max(0, size - from)));
      readSync(file, bytes, 0, bytes.length, size - bytes.length);
      return bytes.toString("utf8").trim().split("\n").at(-1)?.trim().slice(0, 500) ?? "";
    } finally {
      closeSync(file);
    }
  } catch {
    return "";
  }
}

/** Those that were started found the place taken, by somebody of whom this machine knows nothing. */
function elsewhere({ pid, host, since }: Owner, { dataFolder }: Endpoint): HaypileError {
  return noDaemon(
    `Another daemon has the data folder ${dataFolder} (process ${pid} of ${host || "another machine"}, since ${since}), and it cannot be reached from here. End it there, or set HAYPILE_DATA_DIR to a folder of this machine's own.`,
  );
}

function stranger({ pid, socket }: Owner, { owner }: Endpoint): HaypileError {
  return noDaemon(
    `What listens at ${socket} does not answer as the daemon does, which ${owner} says it is (process ${pid}). If no daemon is there, remove that file, then try again.`,
    { pid, state: "stranger" },
  );
}

function noDaemon(message: string, data: Record<string, unknown> = {}): HaypileError {
  return new HaypileError("HAYPILE_DAEMON", message, { data });
}
