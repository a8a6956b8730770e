/*
 * Does a daemon that does not answer still work? A busy machine is slow, and must not be taken for a hang; a
 * daemon that was stopped, or whose event loop goes round in one place, must not be waited for without end. So the
 * clock alone never decides. Asked is, in this order: the watchdog's thread, which needs no event loop and says for
 * how long that has not turned, and how much processor time went into it; then the system, which knows a stopped
 * process and one that uses no processor time. native/bridge/pulse.cc has the same rules for the bridge.
 */
import { createConnection } from "node:net";
import { HaypileError } from "../base/errors.ts";
import type { Owner } from "./owner.ts";
import { isOurs } from "./pipes.ts";
import { isSameProcess, processState } from "./process-facts.ts";

/** Milliseconds after which waiting longer is of no use. */
export interface PatienceLimits {
  /** Silence after which it is looked at for the first time. */
  quietMs: number;
  /** The process is stopped. */
  stoppedMs: number;
  /** Neither the watchdog answers nor does the process use processor time. */
  silentMs: number;
  /** The watchdog does not answer, whatever the process uses. */
  muteMs: number;
  /** The loop has not turned, in processor time of its thread. */
  blockedCpuMs: number;
  /** The loop has not turned. */
  blockedMs: number;
}

/** For a first contact: a client waits for its first answer. */
export const greetingLimits: PatienceLimits = {
  quietMs: 1_500,
  stoppedMs: 2_000,
  silentMs: 10_000,
  muteMs: 20_000,
  blockedCpuMs: 12_000,
  blockedMs: 60_000,
};

/** For a call in flight: calls have deadlines of their own, which only a loop that turns can keep. */
export const callLimits: PatienceLimits = {
  quietMs: 20_000,
  stoppedMs: 10_000,
  silentMs: 30_000,
  muteMs: 60_000,
  blockedCpuMs: 60_000,
  blockedMs: 180_000,
};

/** The same of a daemon that has no watchdog: it may be at work and only not say so. */
export const callLimitsUnasked: PatienceLimits = {
  ...callLimits,
  silentMs: Number.POSITIVE_INFINITY,
  muteMs: Number.POSITIVE_INFINITY,
};

/** For a look at how it is: what it does now is the answer. */
export const lookLimits: PatienceLimits = {
  quietMs: 1_000,
  stoppedMs: 1_000,
  silentMs: 6_000,
  muteMs: 10_000,
  blockedCpuMs: 3_000,
  blockedMs: 6_000,
};

export interface Vitals {
  pid: number;
  version: string;
  /** Since when the loop has not turned, as far as somebody asked; 0: it turns. */
  blockedMs: number;
  /** Processor time of its thread meanwhile. */
  blockedCpuMs: number;
  isLeaving: boolean;
}

const askMs = 3_000;
const mostAnswerBytes = 4_096;

/** Asks the watchdog how the daemon is. Undefined: there is none, or no answer came in time. */
export async function askVitals(owner: Owner): Promise<Vitals | undefined> {
  const said = await askControl(owner, "alive");
  if (said === undefined) return undefined;
  const { pid, version, blockedMs, blockedCpuMs, leaving } = said;
  return {
    pid: Number(pid),
    version: String(version),
    blockedMs: Number(blockedMs),
    blockedCpuMs: Number(blockedCpuMs),
    isLeaving: leaving === true,
  };
}

/** Has the watchdog end the daemon: in good order while its loop turns, and in any case. False: no answer. */
export async function askStop(owner: Owner): Promise<boolean> {
  return (await askControl(owner, "stop"))?.ok === true;
}

function askControl(owner: Owner, ask: string): Promise<Record<string, unknown> | undefined> {
  const { control, pid } = owner;
  if (control === undefined) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const socket = createConnection({ path: control });
    let text = "";
    const end = (): void => {
      clearTimeout(timer);
      socket.destroy();
      try {
        const said = JSON.parse(text) as Record<string, unknown>;
        // Another process may have the place by now.
        resolve(said.pid === pid ? said : undefined);
      } catch {
        resolve(undefined);
      }
    };
    const timer = setTimeout(end, askMs);
    socket.on("error", end).on("end", end);
    socket.on("data", (data) => {
      text += data.toString("latin1");
      if (text.includes("\n") || text.length > mostAnswerBytes) end();
    });
    socket.once("connect", () => {
      if (isOurs(control)) socket.write(`{"haypile":1,"ask":"${ask}"}\n`);
      else end();
    });
  });
}

/** What one look says: all is well, it is gone, or why it does not answer now. */
type Finding = "fine" | "gone" | "stopped" | "silent" | "mute" | "blocked";

/** Looks at one daemon again and again, and says when it is of no use to wait longer. */
export class Patience {
  readonly #owner: Owner;
  readonly #limits: PatienceLimits;
  #finding: Finding = "fine";
  /** Since when the daemon is as it was found last. */
  #sinceMs = 0;
  /** When its processor time was seen to move last. */
  #movedMs = 0;
  #cpu = -1;

  constructor(owner: Owner, limits: PatienceLimits = greetingLimits) {
    this.#owner = owner;
    this.#limits = limits;
  }

  /** Since when the process has not been there, as far as the looks tell. 0: it is, or its watchdog answers. */
  get goneMs(): number {
    return this.#finding === "gone" ? performance.now() - this.#sinceMs : 0;
  }

  /** @returns why it is of no use to wait longer; undefined: wait */
  async look(): Promise<HaypileError | undefined> {
    const vitals = await askVitals(this.#owner);
    const finding = this.#find(vitals);
    const now = performance.now();
    if (finding !== this.#finding && !(isQuiet(finding) && isQuiet(this.#finding))) {
      this.#sinceMs = now;
      this.#movedMs = now;
    }
    if (finding === "mute") this.#movedMs = now;
    this.#finding = finding;
    const forMs = now - this.#sinceMs;
    const { pid } = this.#owner;
    const { stoppedMs, silentMs, muteMs, blockedCpuMs, blockedMs } = this.#limits;
    switch (finding) {
      case "stopped":
        return forMs >= stoppedMs ? stoppedError(pid) : undefined;
      case "silent":
        return forMs >= muteMs || now - this.#movedMs >= silentMs
          ? silentError(pid, forMs)
          : undefined;
      case "mute":
        return forMs >= muteMs ? silentError(pid, forMs) : undefined;
      case "blocked": {
        const { blockedMs: since = 0, blockedCpuMs: cpu = 0 } = vitals ?? {};
        return cpu >= blockedCpuMs || since >= blockedMs ? blockedError(pid, since) : undefined;
      }
      default:
        return undefined;
    }
  }

  #find(vitals: Vitals | undefined): Finding {
    if (vitals !== undefined) return vitals.blockedMs > 0 ? "blocked" : "fine";
    if (!isSameProcess(this.#owner)) return "gone";
    const state = processState(this.#owner.pid);
    if (state?.isStopped === true) return "stopped";
    const moves = state !== undefined && state.cpu !== this.#cpu;
    this.#cpu = state?.cpu ?? -1;
    return moves ? "mute" : "silent";
  }
}

function isQuiet(finding: Finding): boolean {
  return finding === "silent" || finding === "mute";
}

const force =
  'Or end it with "haypile stop --force": what was stored stays, and the next client starts another.';

function stoppedError(pid: number): HaypileError {
  return hungError(
    pid,
    "stopped",
    `The daemon (process ${pid}) is stopped, as by Ctrl-Z or a debugger, and answers nobody. Let it go on with "kill -CONT ${pid}". ${force}`,
  );
}

function silentError(pid: number, ms: number): HaypileError {
  return hungError(
    pid,
    "silent",
    `The daemon (process ${pid}) has not answered for ${Math.round(ms / 1000)} s, though it is there. Try again. ${force}`,
  );
}

function blockedError(pid: number, ms: number): HaypileError {
  return hungError(
    pid,
    "blocked",
    `The daemon (process ${pid}) has been at one piece of work for ${Math.round(ms / 1000)} s and answers nobody meanwhile. Wait, and try again. ${force}`,
  );
}

function hungError(pid: number, state: string, message: string): HaypileError {
  return new HaypileError("HAYPILE_DAEMON", message, { data: { pid, state } });
}
