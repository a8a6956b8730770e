/*
 * What the system tells of changes below a folder. One watch a folder, and only in folders that a walk comes into:
 * nothing that is ignored costs a watch, and a file costs none. Systems that watch a whole tree at once (macOS, Windows)
 * are asked for that, and what they tell of other folders is passed over.
 *
 * Nothing is read here: a change is a path that somebody has to look at.
 */
import { type FSWatcher, lstatSync, readdirSync, watch } from "node:fs";
import { join, sep } from "node:path";
import { isGitName, isRuleFile } from "./names.ts";
import { isWalked, walkedFolders } from "./walked-folders.ts";

export interface FolderWatchOptions {
  /** Absolute, links resolved. */
  root: string;
  /** A file or folder at this path is new, changed or gone; undefined: more than can be named, all must be looked at. */
  onChange: (path: string | undefined) => void;
  /** The system tells no more: too few watches, or none for this disk. Nothing is watched from then on. */
  onEnd: (why: string) => void;
  /** Most folders that are watched. */
  mostFolders: number;
  signal?: AbortSignal | undefined;
}

/** Systems that tell of a whole tree. */
const isWhole = process.platform === "darwin" || process.platform === "win32";
/** Folders that are remembered as not walked. */
const mostRefused = 2_000;

export class FolderWatch {
  readonly #options: FolderWatchOptions;
  readonly #watches = new Map<string, { watcher: FSWatcher; inode: number }>();
  /** Of a system that tells of a whole tree. */
  #walked = new Set<string>();
  readonly #refused = new Set<string>();
  #judging: Promise<void> = Promise.resolve();
  #isClosed = false;

  private constructor(options: FolderWatchOptions) {
    this.#options = options;
  }

  /**
   * Changes are told from when this resolves; onEnd may be called before that.
   * @throws HaypileError HAYPILE_ABORTED, and those of resolveRoot() for the root
   */
  static async open(options: FolderWatchOptions): Promise<FolderWatch> {
    const opened = new FolderWatch(options);
    try {
      if (isWhole) opened.#watchTree();
      await opened.#list();
      return opened;
    } catch (error) {
      opened.close();
      throw error;
    }
  }

  get isOpen(): boolean {
    return !this.#isClosed;
  }

  /** Folders that are watched now. */
  get folders(): number {
    return isWhole ? this.#walked.size : this.#watches.size;
  }

  /** Resolves when new folders that were told of are watched, too. */
  async settled(): Promise<void> {
    await this.#judging;
  }

  close(): void {
    this.#isClosed = true;
    for (const { watcher } of this.#watches.values()) watcher.close();
    this.#watches.clear();
  }

  /** Watches what is walked now, and nothing else: the rules may have changed. */
  async #list(): Promise<void> {
    const { root, mostFolders, signal } = this.#options;
    const folders = await walkedFolders(root, mostFolders, signal);
    if (this.#isClosed) return;
    if (folders === undefined) {
      this.#end(`it has more than ${mostFolders} folders`);
      return;
    }
    this.#refused.clear();
    this.#walked = folders;
    if (isWhole) return;
    for (const folder of this.#watches.keys()) if (!folders.has(folder)) this.#drop(folder);
    for (const folder of folders) if (!this.#add(folder)) return;
  }

  #watchTree(): void {
    const { root } = this.#options;
    this.#open("", () => watch(root, { persistent: false, recursive: true }));
  }

  /** False: the system watches no more. */
  #add(folder: string): boolean {
    if (this.#isClosed) return false;
    const path = join(this.#options.root, folder);
    const inode = inodeOf(path);
    const known = this.#watches.get(folder);
    if (inode === undefined) this.#drop(folder);
    if (inode === undefined || known?.inode === inode) return true;
    this.#drop(folder);
    if (this.#watches.size >= this.#options.mostFolders) {
      this.#end(`it has more than ${this.#options.mostFolders} folders`);
      return false;
    }
    return this.#open(folder, () => watch(path, { persistent: false }), inode);
  }

  #open(folder: string, open: () => FSWatcher, inode = 0): boolean {
    try {
      const watcher = open();
      watcher.on("change", (event, name) => {
        const text = typeof name === "string" ? name : name?.toString();
        this.#note(folder, text, event === "rename");
      });
      watcher.on("error", (error) => this.#failed(folder, error));
      this.#watches.set(folder, { watcher, inode });
      return true;
    } catch (error) {
      return this.#failed(folder, error as NodeJS.ErrnoException);
    }
  }

  /** A folder that went away is no failure of watching. */
  #failed(folder: string, error: NodeJS.ErrnoException): boolean {
    const { code = "" } = error;
    if (this.#isClosed) return false;
    const isGone = code === "ENOENT" || code === "ENOTDIR" || code === "EPERM";
    if (isGone && folder !== "") {
      this.#drop(folder);
      this.#options.onChange(folder.slice(0, -1));
      return true;
    }
    this.#end(`the system gives no more watches (${code || error.message})`);
    return false;
  }

  #end(why: string): void {
    if (this.#isClosed) return;
    this.close();
    this.#options.onEnd(why);
  }

  #drop(folder: string): void {
    this.#watches.get(folder)?.watcher.close();
    this.#watches.delete(folder);
  }

  #note(folder: string, name: string | undefined, isRename: boolean): void {
    if (this.#isClosed) return;
    if (name === undefined || name === "") {
      this.#options.onChange(undefined);
      return;
    }
    const path = `${folder}${sep === "/" ? name : name.replaceAll(sep, "/")}`;
    const steps = path.split("/");
    if (steps.some(isGitName)) return;
    const own = steps.at(-1) as string;
    if (isWhole) {
      const holder = path.slice(0, path.length - own.length);
      if (!this.#walked.has(holder)) {
        this.#judge(holder);
        return;
      }
    }
    if (isRuleFile(own)) {
      this.#inTurn(() => this.#list());
      this.#options.onChange(undefined);
      return;
    }
    if (isRename) this.#lookForFolder(path);
    this.#options.onChange(path);
  }

  /** A folder came, went, or is another one by now. */
  #lookForFolder(path: string): void {
    const folder = `${path}/`;
    const inode = inodeOf(join(this.#options.root, path));
    if (inode === undefined) {
      for (const one of isWhole ? this.#walked : this.#watches.keys()) {
        if (!one.startsWith(folder)) continue;
        this.#drop(one);
        this.#walked.delete(one);
      }
    } else if (isWhole ? !this.#walked.has(folder) : this.#watches.get(folder)?.inode !== inode) {
      this.#refused.delete(folder);
      this.#judge(folder);
    }
  }

  #judge(folder: string): void {
    if (this.#refused.has(folder)) return;
    this.#inTurn(() => this.#takeFolder(folder));
  }

  /** Watches a folder and those in it, and tells of what came into them before they were watched. */
  async #takeFolder(folder: string): Promise<void> {
    const { root, onChange } = this.#options;
    const open = [folder];
    for (let at = open.pop(); at !== undefined && !this.#isClosed; at = open.pop()) {
      if (this.#refused.has(at)) continue;
      if (!(await isWalked(root, at))) {
        if (this.#refused.size >= mostRefused) this.#refused.clear();
        this.#refused.add(at);
        continue;
      }
      this.#walked.add(at);
      if (!isWhole && !this.#add(at)) return;
      for (const entry of entriesOf(join(root, at))) {
        if (entry.isDirectory()) open.push(`${at}${entry.name}/`);
        else if (!isGitName(entry.name)) onChange(`${at}${entry.name}`);
      }
    }
  }

  #inTurn(work: () => Promise<void>): void {
    this.#judging = this.#judging.then(work).catch(() => {
      // The root is gone, or the watching has ended.
      if (!this.#isClosed) this.#options.onChange(undefined);
    });
  }
}

/** The number of a folder; undefined: there is none, or it is a link. */
function inodeOf(path: string): number | undefined {
  try {
    const facts = lstatSync(path, { throwIfNoEntry: false });
    return facts?.isDirectory() === true ? facts.ino : undefined;
  } catch {
    return undefined;
  }
}

function entriesOf(path: string) {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return [];
  }
}
