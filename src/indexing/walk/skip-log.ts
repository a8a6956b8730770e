/**
 * Why a file or folder is not in the index. Nothing skipped is fatal: each is counted by reason,
 * and the first thousand paths of a reason are kept as examples.
 */
export const skipReasons = {
  hidden: "A hidden folder, such as .git or .cache.",
  vendored: "A folder with code of others, such as node_modules.",
  "build-output": "A folder that a build tool wrote, known by marker files in it.",
  worktree: "A linked worktree of the repository that is indexed: the same files once more.",
  "ignored-by-git": "A rule of .gitignore or .git/info/exclude.",
  "ignored-by-haypile": "A rule of .haypileignore.",
  secret: "A file that usually holds passwords or keys.",
  "link-to-file": "A symbolic link to a file inside the folder, which is indexed by its own name.",
  "link-to-folder": "A symbolic link to a folder; links are not followed.",
  "link-to-outside": "A symbolic link that leaves the indexed folder.",
  "link-broken": "A symbolic link to nothing, or one that leads back to itself.",
  special: "A socket, pipe or device. Never opened.",
  "too-large": "A file above the size limit.",
  binary: "A file that is not text.",
  generated: "A file written by a tool: lock file, minified code, source map, marked as generated.",
  translation: "A message catalogue, which repeats the texts of the source in another language.",
  "long-lines": "Code whose lines are so long that no person wrote it.",
  unreadable: "The operating system refused to read it.",
  vanished: "It was there in the listing and gone when it was opened.",
  "name-not-utf8": "Its name is not valid UTF-8, so it cannot be named in the index.",
} as const satisfies Record<string, string>;

export type SkipReason = keyof typeof skipReasons;

/** What one run skipped. Folders have a "/" at the end and count once, whatever is in them. */
export interface SkipReport {
  total: number;
  byReason: Partial<Record<SkipReason, { count: number; examples: readonly string[] }>>;
}

/** Most example paths kept per reason. */
export const maxExamplesPerReason = 1000;

/** Collects skipped paths in bounded memory. */
export class SkipLog {
  readonly #reasons = new Map<SkipReason, { count: number; examples: string[] }>();
  #total = 0;

  /** @param path relative to the indexed folder; a folder ends in "/" */
  add(reason: SkipReason, path: string): void {
    this.#total += 1;
    let entry = this.#reasons.get(reason);
    if (entry === undefined) {
      entry = { count: 0, examples: [] };
      this.#reasons.set(reason, entry);
    }
    entry.count += 1;
    if (entry.examples.length < maxExamplesPerReason) entry.examples.push(path);
  }

  count(reason: SkipReason): number {
    return this.#reasons.get(reason)?.count ?? 0;
  }

  /** A copy; later additions do not change it. */
  report(): SkipReport {
    const byReason: SkipReport["byReason"] = {};
    for (const [reason, entry] of this.#reasons) {
      byReason[reason] = { count: entry.count, examples: [...entry.examples] };
    }
    return { total: this.#total, byReason };
  }
}
