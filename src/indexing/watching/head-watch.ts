/*
 * Whether a working tree is on its way to another state (a branch switch, a merge, a reset): git writes files by the
 * thousand then, and the system may not tell of each. HEAD and its like are named anew once in each of these.
 */
import { existsSync, type FSWatcher, watch } from "node:fs";
import { join } from "node:path";
import { repositoryOf } from "../../base/files/repository.ts";

const states: ReadonlySet<string> = new Set(["HEAD", "ORIG_HEAD", "MERGE_HEAD"]);
const exclude = "exclude";

export class HeadWatch {
  readonly #watchers: FSWatcher[] = [];
  readonly #lock: string | undefined;

  /** @param onMove called when HEAD or git's own list of exclusions was written */
  constructor(root: string, onMove: () => void) {
    const repository = repositoryOf(root);
    this.#lock = repository && join(repository.gitFolder, "index.lock");
    if (repository === undefined) return;
    this.#open(repository.gitFolder, (name) => states.has(name), onMove);
    this.#open(join(repository.commonFolder, "info"), (name) => name === exclude, onMove);
  }

  /** Git is at work on the tree. One that was killed leaves its lock behind, so nobody waits for that without end. */
  get isAtWork(): boolean {
    return this.#lock !== undefined && existsSync(this.#lock);
  }

  close(): void {
    for (const watcher of this.#watchers.splice(0)) watcher.close();
  }

  #open(folder: string, isMeant: (name: string) => boolean, onMove: () => void): void {
    try {
      const watcher = watch(folder, { persistent: false });
      watcher.on("change", (_, name) => {
        if (isMeant(String(name))) onMove();
      });
      watcher.on("error", () => watcher.close());
      this.#watchers.push(watcher);
    } catch {
      // The files of the tree are watched all the same.
    }
  }
}
