import { FolderWatch } from "./folder-watch.ts";
import { HeadWatch } from "./head-watch.ts";
import { withoutLeftOut } from "./walked-folders.ts";

export interface WatchRequest {
  /** The folder to watch, absolute, links resolved. */
  root: string;
  /**
   * Brings the index up to date. Never called twice at once; a change meanwhile calls it again.
   * @param paths what may have changed, relative to the root; undefined: all has to be looked at
   */
  run: (paths: readonly string[] | undefined) => Promise<void>;
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
const longestWaitMs = 1_000;
const lookEveryMs = 2_000;
/** Looking at all files takes at most this part of the time. */
const pollShare = 0.1;
/** More changes than this are many: all is looked at. */
const mostNamed = 256;
/** A watch takes some hundred bytes of the kernel, and as many here. */
const mostWatchedFolders = 50_000;

/**
 * Calls `run` after every burst of changes below a folder, until the signal ends it. Folders that the walk passes over
 * are not watched; a changed file that is left out may cause a run that finds nothing.
 */
export async function watchFolder(request: WatchRequest): Promise<void> {
  const { root, signal, onNote, onReady } = request;
  const bursts = new Bursts(request);
  let watched: FolderWatch | undefined;
  let polling: Polling | undefined;
  const poll = (why?: string): void => {
    if (polling !== undefined || signal.aborted) return;
    if (why !== undefined) {
      onNote?.(
        `${why}; looking at the files every ${lookEveryMs / 1000} s or less often instead. On Linux, raise fs.inotify.max_user_watches.`,
      );
    }
    polling = new Polling(bursts);
  };
  const head = new HeadWatch(root, () => bursts.note(undefined));
  if (request.polling === true) poll();
  else {
    watched = await FolderWatch.open({
      root,
      mostFolders: mostWatchedFolders,
      signal,
      onChange: (path) => bursts.note(path),
      onEnd: poll,
    }).catch((error: unknown) => {
      if (!signal.aborted) poll(`watching failed: ${(error as Error).message}`);
      return undefined;
    });
    bursts.settled = () => watched?.settled();
  }
  // What changed before it was watched.
  bursts.note(undefined);
  await bursts.done();
  if (!signal.aborted) onReady?.();
  const look = setInterval(() => {
    if (request.isRunDue?.() === true) bursts.note(undefined);
  }, lookEveryMs);
  await new Promise<void>((done) => {
    if (signal.aborted) done();
    else signal.addEventListener("abort", () => done(), { once: true });
  });
  clearInterval(look);
  head.close();
  watched?.close();
  polling?.end();
  await bursts.end();
}

/** Calls for a run over all files every so often, and less often where that takes long. */
class Polling {
  readonly #bursts: Bursts;
  #timer: NodeJS.Timeout | undefined;

  constructor(bursts: Bursts) {
    this.#bursts = bursts;
    this.#wait();
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #wait(): void {
    const waitMs = Math.max(lookEveryMs, this.#bursts.lastRunMs / pollShare);
    this.#timer = setTimeout(() => {
      this.#bursts.note(undefined);
      this.#wait();
    }, waitMs);
  }
}

/** One run after each burst, one at a time. */
class Bursts {
  readonly #root: string;
  readonly #run: WatchRequest["run"];
  readonly #quietMs: number;
  readonly #paths = new Set<string>();
  #isAll = false;
  #timer: NodeJS.Timeout | undefined;
  #since: number | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #ended = false;
  /** Resolves when all is told that there is to tell. */
  settled: () => Promise<void> | undefined = () => undefined;
  lastRunMs = 0;

  constructor({ root, run, quietMs = 20 }: WatchRequest) {
    this.#root = root;
    this.#run = run;
    this.#quietMs = quietMs;
  }

  note(path: string | undefined): void {
    if (this.#ended) return;
    if (path === undefined || this.#paths.size >= mostNamed) this.#isAll = true;
    else this.#paths.add(path);
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

  /** Waits for the run that is due. */
  async done(): Promise<void> {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#start();
    await this.#running;
  }

  async end(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #start(): void {
    this.#timer = undefined;
    this.#since = undefined;
    this.#running = this.#runOnce().finally(() => {
      this.#running = undefined;
      if (!this.#again || this.#ended) return;
      this.#again = false;
      this.#timer = setTimeout(() => this.#start(), this.#quietMs);
    });
  }

  async #runOnce(): Promise<void> {
    await this.settled();
    const named = this.#isAll ? undefined : [...this.#paths];
    this.#isAll = false;
    this.#paths.clear();
    this.#again = false;
    const paths = named && (await withoutLeftOut(this.#root, named));
    if (paths?.length === 0) return;
    const begun = performance.now();
    await this.#run(paths);
    this.lastRunMs = performance.now() - begun;
  }
}
