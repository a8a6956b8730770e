import { basename } from "node:path";
import { type FSWatcher, watch } from "chokidar";
import { isBinaryName, vendoredFolders, visibleHiddenFolders } from "./walk/ignore-defaults.ts";

export interface WatchRequest {
  /** The folder to watch, absolute. */
  root: string;
  /** Brings the index up to date. Never called twice at once; a change meanwhile calls it again. */
  run: () => Promise<void>;
  /** Ends the watching. */
  signal: AbortSignal;
  /** Things a person should know: "polling, because …". */
  onNote?: ((text: string) => void) | undefined;
  /** Called when changes are seen from now on. */
  onReady?: (() => void) | undefined;
  /** Quiet time before a run, milliseconds. Default 20. */
  quietMs?: number | undefined;
  /** Look at every file now and then in place of waiting for the system. Default false. */
  polling?: boolean | undefined;
  /** Asked every two seconds: true calls for a run though no file has changed. */
  isRunDue?: (() => boolean) | undefined;
}

/** A stream of changes may put a run off this long, milliseconds. */
const longestWaitMs = 1000;
const pollEveryMs = 2000;

/** Errors of a system that gives no more watches. */
const limits: ReadonlySet<string> = new Set(["ENOSPC", "EMFILE", "ENFILE"]);

/**
 * Calls `run` after every burst of changes below a folder, until the signal ends it. What can never be
 * indexed is not watched; what the ignore rules leave out may cause a run that finds nothing.
 */
export async function watchFolder(request: WatchRequest): Promise<void> {
  const { root, signal, onNote, onReady } = request;
  const bursts = new Bursts(request);
  let watcher: FSWatcher | undefined;
  const start = (polling: boolean): void => {
    watcher = watch(root, {
      ignored: (path) => path !== root && isNeverIndexed(basename(path)),
      ignoreInitial: true,
      followSymlinks: false,
      usePolling: polling,
      interval: pollEveryMs,
      binaryInterval: pollEveryMs,
    });
    watcher.on("all", () => bursts.note());
    watcher.on("ready", () => onReady?.());
    watcher.on("error", (error) => {
      const code = (error as NodeJS.ErrnoException).code ?? "";
      if (polling || !limits.has(code)) {
        onNote?.(`watching failed for a part of ${root}: ${(error as Error).message}`);
        return;
      }
      onNote?.(
        `the system gives no more watches (${code}); looking at the files every ${pollEveryMs / 1000} s instead. On Linux, raise fs.inotify.max_user_watches.`,
      );
      void watcher?.close();
      start(true);
      bursts.note();
    });
  };
  start(request.polling === true);
  const look = setInterval(() => {
    if (request.isRunDue?.() === true) bursts.note();
  }, pollEveryMs);
  await new Promise<void>((done) => {
    if (signal.aborted) done();
    else signal.addEventListener("abort", () => done(), { once: true });
  });
  clearInterval(look);
  await watcher?.close();
  await bursts.end();
}

/** By name alone. Hidden names that look like files are watched; most of the others are folders. */
function isNeverIndexed(name: string): boolean {
  if (vendoredFolders.has(name) || isBinaryName(name)) return true;
  if (!name.startsWith(".") || visibleHiddenFolders.has(name)) return false;
  return !/\.\w+\.|rc$|ignore$|config$|^\.env/.test(name);
}

/** One run after each burst, one at a time. */
class Bursts {
  readonly #run: () => Promise<void>;
  readonly #quietMs: number;
  #timer: NodeJS.Timeout | undefined;
  #since: number | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #ended = false;

  constructor({ run, quietMs = 20 }: WatchRequest) {
    this.#run = run;
    this.#quietMs = quietMs;
  }

  note(): void {
    if (this.#ended) return;
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    const now = performance.now();
    this.#since ??= now;
    if (this.#timer !== undefined && now - this.#since > longestWaitMs) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#start(), this.#quietMs);
  }

  async end(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #start(): void {
    this.#timer = undefined;
    this.#since = undefined;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      if (!this.#again) return;
      this.#again = false;
      this.note();
    });
  }
}
