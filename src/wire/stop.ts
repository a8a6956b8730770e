/*
 * Ends the daemon from outside. It is asked first, at the watchdog's socket, which answers also when its event loop
 * does not; then by a signal. By force it is ended by its process number, and only when that number is surely its:
 * it began when the note beside the lock says so, and has the lock's file open.
 */
import { setTimeout as wait } from "node:timers/promises";
import { throwIfAborted } from "../base/abort.ts";
import { HaypileError } from "../base/errors.ts";
import type { Endpoint } from "./endpoint.ts";
import { helloLine } from "./hello.ts";
import { retireOldDaemons } from "./old-places.ts";
import { isDaemon, type Owner, readNote } from "./owner.ts";
import { isOurs } from "./pipes.ts";
import {
  holdsFile,
  isSameProcess,
  lockHolder,
  processStart,
  processState,
} from "./process-facts.ts";
import { askStop } from "./pulse.ts";
import { tryConnect } from "./reach-daemon.ts";

export interface StopOptions {
  endpoint: Endpoint;
  /** XDG_RUNTIME_DIR, where daemons of version 0.1 may be. */
  runtimeFolder: string | undefined;
  /** Ends it in any case. What it stored is safe; what it was asked gets no answer. */
  force?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

export interface Stopped {
  pid: number;
  /** It did not leave by itself. */
  byForce: boolean;
}

/** The daemon's own bounds (drain, closing, watchdog) are below this. */
const longestMs = 60_000;
/** Neither did it say that it goes, nor does it. */
const unansweredMs = 15_000;
const stoppedMs = 2_000;
/** What one that is ended by force has to leave by itself. */
const forceMs = 5_000;
const killMs = 10_000;
const lookMs = 25;
const askMs = 5_000;

/**
 * @returns the process that has ended; undefined: no daemon was running
 * @throws HaypileError HAYPILE_DAEMON when it does not end, HAYPILE_ABORTED
 */
export async function stopDaemon(options: StopOptions): Promise<Stopped | undefined> {
  const { endpoint, force = false, signal } = options;
  const owner = findDaemon(endpoint);
  if (owner === undefined) return await stopElsewhere(options);
  const { pid } = owner;
  const isAsked = (await askStop(owner)) || (await askAtSocket(owner));
  if (!isAsked) send(owner, "SIGTERM");
  const began = performance.now();
  for (;;) {
    if (!isSameProcess(owner)) return { pid, byForce: false };
    throwIfAborted(signal, "Waiting for the daemon's end");
    const isStopped = processState(pid)?.isStopped === true;
    const leaves = holdsFile(pid, endpoint.lock) === false;
    const forMs = performance.now() - began;
    if (force) {
      if (isStopped || forMs > forceMs) return await kill(owner, endpoint, leaves);
    } else if (isStopped && forMs > stoppedMs) {
      throw hung(pid, "is stopped, as by Ctrl-Z or a debugger; it ends when it goes on");
    } else if (forMs > (isAsked || leaves ? longestMs : unansweredMs)) {
      throw hung(pid, "was asked to end and does not");
    }
    await wait(lookMs, undefined, { signal }).catch(() => undefined);
  }
}

/** No process of ours has the note: an old daemon at its old place, or one that other numbers are given to. */
async function stopElsewhere(options: StopOptions): Promise<Stopped | undefined> {
  const { endpoint, runtimeFolder, signal } = options;
  const [old] = retireOldDaemons(endpoint, runtimeFolder);
  const note = readNote(endpoint);
  let isGone: () => Promise<boolean>;
  let pid: number;
  if (old !== undefined) {
    const process = { pid: old, startTime: processStart(old) };
    pid = old;
    isGone = async () => !isSameProcess(process);
  } else if (note?.socket !== undefined && (await askStop(note))) {
    const { socket } = note;
    pid = note.pid;
    isGone = async () => {
      const connection = await tryConnect(socket);
      if (connection !== "full") connection?.destroy();
      return connection === undefined;
    };
  } else {
    return undefined;
  }
  const until = performance.now() + longestMs;
  while (!(await isGone())) {
    throwIfAborted(signal, "Waiting for the daemon's end");
    if (performance.now() > until) throw hung(pid, "was asked to end and does not");
    await wait(4 * lookMs, undefined, { signal }).catch(() => undefined);
  }
  return { pid, byForce: false };
}

/** Who the note names, when it has the lock's file open; else whoever holds the lock: a note may be lost, or damaged. */
function findDaemon(endpoint: Endpoint): Owner | undefined {
  const named = readNote(endpoint);
  if (named !== undefined && isDaemon(named, endpoint)) return named;
  const holder = lockHolder(endpoint.lock);
  if (holder === undefined) return undefined;
  const unknown = { version: "0.0.0", since: "", protocol: 0, host: "" };
  return { ...holder, ...unknown, socket: undefined, control: undefined };
}

async function kill(owner: Owner, endpoint: Endpoint, leaves: boolean): Promise<Stopped> {
  const { pid, startTime } = owner;
  // One that leaves has given the lock back already.
  const isSure = startTime !== undefined && (leaves || holdsFile(pid, endpoint.lock) !== false);
  if (!isSure) {
    throw new HaypileError(
      "HAYPILE_DAEMON",
      `Expected process ${pid} to be the daemon, but that cannot be made sure of, so it was not ended. Look what it is, and end it yourself.`,
      { data: { pid } },
    );
  }
  const until = performance.now() + killMs;
  for (send(owner, "SIGKILL"); isSameProcess(owner); await wait(lookMs)) {
    if (performance.now() < until) continue;
    throw new HaypileError(
      "HAYPILE_DAEMON",
      `The system does not end process ${pid}, the daemon: it may wait for a disk that does not answer.`,
      { data: { pid } },
    );
  }
  return { pid, byForce: true };
}

/** Where signals only kill, the daemon is asked as any client asks it. False: it was not, or did not say yes. */
async function askAtSocket(owner: Owner): Promise<boolean> {
  if (process.platform !== "win32" || owner.socket === undefined) return false;
  const socket = await tryConnect(owner.socket);
  if (socket === undefined || socket === "full") return false;
  const said = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => said.resolve(false), askMs);
  try {
    if (!isOurs(owner.socket)) return false;
    let text = "";
    socket.on("error", () => undefined).once("close", () => said.resolve(false));
    socket.on("data", (data) => {
      text += data.toString("utf8");
      // The first line is the welcome, the second the answer.
      if (text.split("\n").length > 2) said.resolve(/"result"/u.test(text));
    });
    const { version } = owner;
    const hello = {
      face: "rpc",
      version,
      pid: process.pid,
      root: undefined,
      client: undefined,
    } as const;
    socket.write(helloLine({ ...hello, any: true }));
    socket.write(
      `${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "daemon.stop", params: {} })}\n`,
    );
    return await said.promise;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

function send(owner: Owner, signal: "SIGTERM" | "SIGKILL"): void {
  // On Windows every signal ends the process at once, which is for "force" alone.
  if (!isSameProcess(owner) || (process.platform === "win32" && signal === "SIGTERM")) return;
  try {
    process.kill(owner.pid, signal);
  } catch {
    // It has gone in this moment.
  }
}

function hung(pid: number, what: string): HaypileError {
  return new HaypileError(
    "HAYPILE_DAEMON",
    `The daemon (process ${pid}) ${what}. End it with "haypile stop --force": what was stored stays.`,
    { data: { pid } },
  );
}
