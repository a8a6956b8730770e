/* What an index knows of its files, held while the index stays as it is: a look at the disk compares with it. */

import type { FileRecord, IndexStore } from "../../ports/store.ts";

/** Of larger projects only files that an answer names are looked at, not all: a look may take no longer than that. */
const mostKnownFiles = 20_000;

export interface Known {
  files: ReadonlyMap<string, FileRecord>;
  /** Folders that hold them, and those above: "" for the root, else with "/" at the end. */
  folders: ReadonlySet<string>;
}

export class KnownFiles {
  #mark: string | undefined;
  #known: Known | undefined;

  /** Undefined: there are too many. */
  of(store: IndexStore, file: string): Known | undefined {
    const mark = `${file} ${store.facts.changeMark()}`;
    if (mark !== this.#mark) {
      this.#mark = mark;
      this.#known = isLarge(store) ? undefined : read(store);
    }
    return this.#known;
  }

  forget(): void {
    this.#mark = undefined;
    this.#known = undefined;
  }
}

function isLarge({ symbols }: IndexStore): boolean {
  return symbols.pathsBelow("", mostKnownFiles + 1).length > mostKnownFiles;
}

function read({ files }: IndexStore): Known {
  const all = files.all();
  const folders = new Set([""]);
  for (const path of all.keys()) {
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
      const folder = path.slice(0, at + 1);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  return { files: all, folders };
}
