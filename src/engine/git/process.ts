/*
 * One git, started in a room (room.ts), with an end: a time after which it is killed, and a size that its answer may
 * not pass.
 */
import { type ChildProcess, spawn } from "node:child_process";

/** Why git could not answer, for a sentence: "there is no git on this machine". */
export class GitRefusal extends Error {
  override readonly name = "GitRefusal";
  /** Git was ended by us: it said neither yes nor no. */
  readonly wasEnded: boolean;

  constructor(message: string, wasEnded = false) {
    super(message);
    this.wasEnded = wasEnded;
  }
}

export interface GitLimits {
  /** Git is ended after so long, milliseconds. Default 60,000. */
  limitMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

export interface GitPlace {
  /** Absolute path of git. */
  program: string;
  /** Folder it stands in. */
  room: string;
  /** All of its environment. */
  env: NodeJS.ProcessEnv;
}

const defaultLimitMs = 60_000;
const mostOutputBytes = 384 * 1024 * 1024;
const mostErrorBytes = 64 * 1024;
/** What is kept of an answer that nobody has taken yet, before git has to wait. */
const mostHeldBytes = 1024 * 1024;

/** What git writes. @throws GitRefusal with git's own first line; the signal's error */
export async function runGit(
  place: GitPlace,
  args: readonly string[],
  limits: GitLimits,
): Promise<Buffer> {
  const git = new OpenGit(place, args, limits, "ignore");
  const output: Buffer[] = [];
  let bytes = 0;
  for await (const data of git.output()) {
    bytes += data.length;
    if (bytes > mostOutputBytes) git.end("git was ended: its answer had no end");
    else output.push(data);
  }
  return Buffer.concat(output);
}

/** A git at work: it writes by and by, and may be asked more. Whoever opens it closes it. */
export class OpenGit implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #why: string | undefined;
  #isClosed = false;

  constructor(
    { program, room, env }: GitPlace,
    args: readonly string[],
    { limitMs = defaultLimitMs, signal }: GitLimits,
    input: "ignore" | "pipe" = "pipe",
  ) {
    const child = spawn(program, ["--no-pager", ...args], {
      cwd: room,
      env,
      stdio: [input, "pipe", "pipe"],
      windowsHide: true,
      killSignal: "SIGKILL",
      signal,
    });
    this.#child = child;
    const errors: Buffer[] = [];
    let errorBytes = 0;
    child.stderr?.on("data", (data: Buffer) => {
      errorBytes += data.length;
      if (errorBytes <= mostErrorBytes) errors.push(data);
    });
    // It may end before it has read all it is asked.
    child.stdin?.on("error", () => undefined);
    const timer = setTimeout(() => this.end(`git was ended after ${limitMs} ms`), limitMs);
    this.#ended = new Promise((resolve, reject) => {
      child.on("error", (error) => {
        clearTimeout(timer);
        reject(signal?.aborted === true ? error : new GitRefusal(error.message));
      });
      child.on("close", (code) => {
        clearTimeout(timer);
        if ((code === 0 && this.#why === undefined) || this.#isClosed) return resolve();
        const [said] = Buffer.concat(errors).toString("utf8").split("\n", 1);
        const why = this.#why ?? (said || `git said no (${code})`);
        reject(new GitRefusal(why, this.#why !== undefined));
      });
    });
    // It is asked for in output() and close().
    this.#ended.catch(() => undefined);
  }

  /** What it writes, as it comes. @throws GitRefusal with git's own first line, when it is done; the signal's error */
  async *output(): AsyncGenerator<Buffer> {
    const { stdout } = this.#child;
    if (stdout !== null) {
      try {
        for await (const data of stdout.iterator({ destroyOnReturn: false })) yield data as Buffer;
      } catch (error) {
        // Of a git that was killed; why it was is said below.
        if (this.#why === undefined && this.#child.killed !== true) throw error;
      }
    }
    await this.#ended;
  }

  /** Writes to its stdin, and waits while it is behind. @throws GitRefusal when it has ended */
  async ask(text: string): Promise<void> {
    const { stdin } = this.#child;
    if (stdin === null || !stdin.writable) {
      await this.#ended;
      throw new GitRefusal("git ended before it was asked all");
    }
    if (stdin.write(text) || stdin.writableLength < mostHeldBytes) return;
    await Promise.race([new Promise((resolve) => stdin.once("drain", resolve)), this.#ended]);
  }

  /** There is nothing more to ask. */
  asked(): void {
    this.#child.stdin?.end();
  }

  /** Kills it. @param why for the error that its output ends with */
  end(why: string): void {
    this.#why ??= why;
    this.#child.kill("SIGKILL");
  }

  /** Ends it, whether or not it has said all, and waits until it is gone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#child.stdin?.end();
    this.#child.kill("SIGKILL");
    // What it has written and nobody reads would keep it from being gone.
    this.#child.stdout?.destroy();
    await this.#ended.catch(() => undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
