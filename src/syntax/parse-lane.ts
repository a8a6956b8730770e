/* One parse process: hands files to it in turn, and starts another when it dies or hangs. */
import { type ChildProcess, fork } from "node:child_process";
import { memoryEvents } from "../base/events.ts";
import { ownModule } from "../base/own-package.ts";
import type { ParseFailure, ParseOutcome } from "../ports/syntax.ts";
import type { ParseAnswer, ParseRequest } from "./parse-child.ts";

export interface LaneOptions {
  grammars: string;
  /** Time of one file, milliseconds. */
  limitMs: number;
  /** Without V8's optimising compiler: slower by a third, and small whatever the grammar. */
  baselineOnly: boolean;
  /** Another process takes over when this one has so many bytes for itself; undefined: never. */
  oneProcessBytes?: number | undefined;
}

/** Beyond the limit, before a file that does not come back costs the process its life. */
const graceMs = 4000;
/** Trees are outside of the heap, lists of matches inside. */
const heapMb = 64;

interface Waiting {
  answer: (outcome: ParseOutcome) => void;
  timer: NodeJS.Timeout | undefined;
  request: ParseRequest;
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
    return new Promise((answer) => {
      this.#waiting.set(id, { answer, timer: undefined, request });
      this.#watch();
      child.channel?.ref();
      child.ref();
      // A child that is gone says so by its exit, which is handled there.
      child.send(request, () => {});
    });
  }

  /** Ends the process; what still waits fails. */
  async end(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    for (const { answer, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      answer({ failed: "grammar-failed" });
    }
    this.#waiting.clear();
    if (child === undefined || child.exitCode !== null) return;
    memoryEvents.note(this.#owner, "freed", "no file waited any more");
    const exited = new Promise((done) => child.once("exit", done));
    child.ref();
    child.kill("SIGKILL");
    await exited;
  }

  #start(): ChildProcess {
    if (this.#child !== undefined) return this.#child;
    const script = ownModule("syntax/parse-child");
    const { grammars, limitMs, baselineOnly, oneProcessBytes } = this.#options;
    const child = fork(script, [grammars, String(limitMs), String(oneProcessBytes ?? 0)], {
      execArgv: [
        "--disable-warning=ExperimentalWarning",
        `--max-old-space-size=${heapMb}`,
        `--max-semi-space-size=${oneProcessBytes === undefined ? 4 : 1}`,
        ...(baselineOnly ? ["--liftoff-only"] : []),
      ],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      env: { PATH: "", ELECTRON_RUN_AS_NODE: "1" },
    });
    child.unref();
    child.channel?.unref();
    child.on("message", (message) => {
      const answer = JSON.parse(message as string) as ParseAnswer;
      this.#settle(answer);
      if (answer.isFull === true) this.#replace(child);
    });
    child.on("error", () => this.#lost(child, "grammar-failed"));
    child.on("exit", () => this.#lost(child, "grammar-failed"));
    this.#child = child;
    memoryEvents.note(this.#owner, "loaded", "files were to be parsed");
    return child;
  }

  #settle({ id, outcome }: ParseAnswer): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    clearTimeout(waiting.timer);
    this.#waiting.delete(id);
    memoryEvents.look();
    waiting.answer(outcome);
    if (this.#waiting.size > 0) {
      this.#watch();
      return;
    }
    this.#child?.channel?.unref();
    this.#child?.unref();
  }

  /** Files are taken in their order: only the first one's time runs. */
  #watch(): void {
    const first = this.#waiting.values().next().value;
    if (first === undefined || first.timer !== undefined) return;
    first.timer = setTimeout(() => {
      if (this.#child !== undefined) this.#lost(this.#child, "too-slow");
    }, this.#options.limitMs + graceMs);
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
    next.ref();
    next.channel?.ref();
    for (const { answer, request, timer } of others) {
      clearTimeout(timer);
      this.#waiting.set(request.id, { answer, request, timer: undefined });
      next.send(request, () => {});
    }
    this.#watch();
  }

  /** The first file is to blame; the others go to a new process. */
  #lost(child: ChildProcess, why: ParseFailure): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    memoryEvents.note(this.#owner, "freed", why);
    child.kill("SIGKILL");
    const [first, ...others] = this.#waiting.values();
    this.#waiting.clear();
    if (first !== undefined) {
      clearTimeout(first.timer);
      first.answer({ failed: why });
    }
    this.#handOver(others);
  }
}
