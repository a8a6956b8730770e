/* One parse process: hands files to it in turn, and starts another when it dies or hangs. */
import { type ChildProcess, fork } from "node:child_process";
import { forgetChild, noteChildBytes } from "../base/child-facts.ts";
import { HaypileError } from "../base/errors.ts";
import { footprintEvents } from "../base/events.ts";
import { ownModule } from "../base/package/own-package.ts";
import type { ParseFailure, ParseOutcome } from "../ports/syntax.ts";
import { cpuMsOf } from "./cpu-time.ts";
import type { ParseAnswer, ParseRequest } from "./parse-child.ts";

export interface LaneOptions {
  grammars: string;
  /** See ParserOptions. */
  mostSteps: number;
  mostCpuMs: number;
  /** Without V8's optimising compiler: slower by a third, and small whatever the grammar. */
  baselineOnly: boolean;
  /** Another process takes over when this one has so many bytes for itself; undefined: never. */
  oneProcessBytes?: number | undefined;
}

/** A process that does not keep its limit by itself is ended after so much more CPU time. */
const graceCpuMs = 20_000;
/** … and after so long without an answer, where CPU time cannot be had or does not pass. */
const longestMs = 15 * 60_000;
const lookEveryMs = 1_000;
/** Trees are outside of the heap, lists of matches inside. */
const heapMb = 64;

/** No console window of its own under a daemon without one. Node hands it on, its types do not know it. */
const hidden: object = { windowsHide: true };

interface Waiting {
  answer: (outcome: ParseOutcome) => void;
  fail: (error: HaypileError) => void;
  timer: NodeJS.Timeout | undefined;
  request: ParseRequest;
  /** A process died with it in hand: it may have been to blame, or not. */
  hadDeath: boolean;
}

export function closedError(): HaypileError {
  return new HaypileError("HAYPILE_CLOSED", "The parser was closed before this file had its tree.");
}

export class ParseLane {
  readonly #options: LaneOptions;
  readonly #waiting = new Map<number, Waiting>();
  #child: ChildProcess | undefined;
  #nextId = 1;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  get #owner(): string {
    return this.#options.baselineOnly ? "parse process for heavy grammars" : "parse process";
  }

  /** Process id while one runs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  parse(file: { path: string; language: string; text: string }): Promise<ParseOutcome> {
    const child = this.#start();
    const id = this.#nextId;
    this.#nextId += 1;
    const request: ParseRequest = { id, ...file };
    return new Promise((answer, fail) => {
      this.#waiting.set(id, { answer, fail, timer: undefined, request, hadDeath: false });
      this.#watch();
      keepsAlive(child, true);
      // A child that is gone says so by its exit, which is handled there.
      child.send(request, () => {});
    });
  }

  /** Ends the process unless something waits for it. */
  async rest(): Promise<void> {
    if (this.#waiting.size === 0) await this.end();
  }

  /** Ends the process; what still waits fails. */
  async end(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    for (const { fail, timer } of this.#waiting.values()) {
      clearInterval(timer);
      fail(closedError());
    }
    this.#waiting.clear();
    if (child === undefined || child.exitCode !== null) return;
    footprintEvents.note(this.#owner, "freed", "no file waited any more");
    const exited = new Promise((done) => child.once("exit", done));
    child.ref();
    child.kill("SIGKILL");
    await exited;
  }

  #start(): ChildProcess {
    if (this.#child !== undefined) return this.#child;
    const script = ownModule("syntax/parse-child");
    const { grammars, mostSteps, mostCpuMs, baselineOnly, oneProcessBytes = 0 } = this.#options;
    const limits = [mostSteps, mostCpuMs, oneProcessBytes].map(String);
    const child = fork(script, [grammars, ...limits], {
      execArgv: [
        "--disable-warning=ExperimentalWarning",
        `--max-old-space-size=${heapMb}`,
        `--max-semi-space-size=${oneProcessBytes === 0 ? 4 : 1}`,
        ...(baselineOnly ? ["--liftoff-only"] : []),
      ],
      serialization: "advanced",
      ...hidden,
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      env: { PATH: "", ELECTRON_RUN_AS_NODE: "1" },
    });
    keepsAlive(child, false);
    child.on("message", (message) => {
      const answer = JSON.parse(message as string) as ParseAnswer;
      if (answer.rssBytes !== undefined) noteChildBytes(child.pid as number, answer.rssBytes);
      this.#settle(answer);
      if (answer.isFull === true) this.#replace(child);
    });
    child.on("error", () => this.#lost(child, "parser-died"));
    child.on("exit", () => {
      if (child.pid !== undefined) forgetChild(child.pid);
      this.#lost(child, "parser-died");
    });
    this.#child = child;
    footprintEvents.note(this.#owner, "loaded", "files were to be parsed");
    return child;
  }

  #settle({ id, outcome }: ParseAnswer): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    clearInterval(waiting.timer);
    this.#waiting.delete(id);
    footprintEvents.look();
    waiting.answer(outcome);
    if (this.#waiting.size > 0) {
      this.#watch();
      return;
    }
    if (this.#child !== undefined) keepsAlive(this.#child, false);
  }

  /** Files are taken in their order: only the first one's time runs. */
  #watch(): void {
    const first = this.#waiting.values().next().value;
    const child = this.#child;
    if (first === undefined || first.timer !== undefined || child?.pid === undefined) return;
    const { pid } = child;
    const most = this.#options.mostCpuMs + graceCpuMs;
    const begunMs = performance.now();
    const begunCpuMs = cpuMsOf(pid);
    first.timer = setInterval(() => {
      const cpuMs = cpuMsOf(pid);
      const isOver = cpuMs !== undefined && begunCpuMs !== undefined && cpuMs - begunCpuMs > most;
      if (isOver || performance.now() - begunMs > longestMs) this.#lost(child, "too-slow");
    }, lookEveryMs);
  }

  /** A process that has grown too large goes, and nothing is lost. */
  #replace(child: ChildProcess): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    child.kill("SIGKILL");
    const others = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#handOver(others);
  }

  #handOver(others: readonly Waiting[]): void {
    if (others.length === 0) return;
    const next = this.#start();
    keepsAlive(next, true);
    for (const one of others) {
      clearInterval(one.timer);
      this.#waiting.set(one.request.id, { ...one, timer: undefined });
      next.send(one.request, () => {});
    }
    this.#watch();
  }

  /**
   * The first file is to blame, at its second time: what killed a process once may have been what it held of the
   * files before. The others go to a new process.
   */
  #lost(child: ChildProcess, why: ParseFailure): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    footprintEvents.note(this.#owner, "freed", why);
    child.kill("SIGKILL");
    const [first, ...others] = this.#waiting.values();
    this.#waiting.clear();
    if (first === undefined) return;
    if (why === "parser-died" && !first.hadDeath) {
      this.#handOver([{ ...first, hadDeath: true }, ...others]);
      return;
    }
    clearInterval(first.timer);
    first.answer({ failed: why });
    this.#handOver(others);
  }
}

/** Whether a child and its channel keep this process alive. A channel of Bun has no such choice. */
function keepsAlive(child: ChildProcess, isKept: boolean): void {
  const { channel } = child as { channel?: { ref?(): void; unref?(): void } | null };
  if (isKept) {
    channel?.ref?.();
    child.ref();
  } else {
    channel?.unref?.();
    child.unref();
  }
}
