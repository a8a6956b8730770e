/*
 * The changes of one folder, as far as somebody tells of them: by the system, or, where it tells nothing (a disk of
 * another machine, no watches left), by looking at all files every so often.
 */
import { isOnNetwork } from "../../host/network-disk.ts";
import { FolderWatch } from "../../indexing/watching/folder-watch.ts";
import { HeadWatch } from "../../indexing/watching/head-watch.ts";
import { withoutLeftOut } from "../../indexing/watching/walked-folders.ts";
import type { ChangeSource } from "./as-on-disk.ts";

export interface FollowedOptions {
  /** Absolute, links resolved. */
  root: string;
  mostFolders: number;
  /** Called at every change, often: something is to be done soon. */
  onChange: () => void;
  signal: AbortSignal;
}

/** Of more paths nobody asks whether they are left out: all is looked at anyway. */
const mostJudged = 256;
/** Paths are counted up to here: with more of them all is looked at. */
const mostNamed = 4_096;

export class FollowedFolder implements ChangeSource {
  readonly #options: FollowedOptions;
  #watch: FolderWatch | undefined;
  #head: HeadWatch | undefined;
  #paths = new Set<string>();
  /** Nobody knows what changed, until a run over all begins. */
  #isAll = true;
  /** Why the system tells nothing; undefined: it does. */
  why: string | undefined;

  constructor(options: FollowedOptions) {
    this.#options = options;
  }

  /** Changes are told of when this resolves. */
  async open(): Promise<void> {
    const { root, mostFolders, signal } = this.#options;
    if (isOnNetwork(root) === true) {
      this.why = "it is on a disk of another machine";
      return;
    }
    this.#head = new HeadWatch(root, () => this.#note(undefined));
    try {
      this.#watch = await FolderWatch.open({
        root,
        mostFolders,
        signal,
        onChange: (path) => this.#note(path),
        onEnd: (why) => {
          this.why = why;
          this.#note(undefined);
        },
      });
    } catch (error) {
      this.why = error instanceof Error ? error.message : String(error);
    }
  }

  /** Folders with a watch. */
  get folders(): number {
    return this.#watch?.folders ?? 0;
  }

  get isTold(): boolean {
    return this.why === undefined && this.#watch?.isOpen === true;
  }

  /** Only a run over all files brings the index up to date. */
  get needsAll(): boolean {
    return this.#isAll;
  }

  get hasChanges(): boolean {
    return this.#isAll || this.#paths.size > 0;
  }

  /** Git writes to the tree at this moment. */
  get isInMotion(): boolean {
    return this.#head?.isAtWork ?? false;
  }

  async take(): Promise<string[] | undefined> {
    await this.#watch?.settled();
    if (!this.isTold || this.#isAll) return undefined;
    const paths = [...this.#paths];
    this.#paths.clear();
    // A log file that is left out may change all the time.
    return paths.length > mostJudged ? paths : await withoutLeftOut(this.#options.root, paths);
  }

  putBack(paths: readonly string[]): void {
    for (const path of paths) this.#paths.add(path);
  }

  /** A run over all files begins: what was told until now is in it. */
  beginAll(): void {
    this.#isAll = false;
    this.#paths.clear();
  }

  /** It did not come to its end. */
  failedAll(): void {
    this.#isAll = true;
  }

  close(): void {
    this.#watch?.close();
    this.#head?.close();
  }

  #note(path: string | undefined): void {
    if (path === undefined || this.#paths.size >= mostNamed) this.#isAll = true;
    else this.#paths.add(path);
    this.#options.onChange();
  }
}
