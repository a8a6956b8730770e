import { type FileFacts, isSameFile } from "../base/files/same-file.ts";
import type { FileRecord } from "../ports/store.ts";

/**
 * Compares what the walk finds with what the store has, one file at a time. Size, times and
 * number tell an unchanged file without reading it, unless the time was so young when the file was
 * read that a later write may carry the same one; then the content's hash decides.
 */
export class Plan {
  /** Records not met yet by the walk. Those left at the end are gone from the disk. */
  readonly #unmet: Map<string, FileRecord>;
  readonly #unreadable: string[] = [];

  /** @param files from the store; the plan takes the map over */
  constructor(files: Map<string, FileRecord>) {
    this.#unmet = files;
  }

  /**
   * Judges one file of the walk. A file is met once.
   *
   * @returns "unchanged" need not be read; "check" has a record to compare the hash with
   */
  meet(
    path: string,
    facts: FileFacts,
  ): { verdict: "new" } | { verdict: "unchanged" | "check"; record: FileRecord } {
    const record = this.#unmet.get(path);
    if (record === undefined) return { verdict: "new" };
    this.#unmet.delete(path);
    return { verdict: isSameFile(record.stamp, facts) ? "unchanged" : "check", record };
  }

  /** What is known of an unreadable file, or of all in an unreadable folder ("a/"), stays. */
  keep(path: string): void {
    if (path.endsWith("/")) this.#unreadable.push(path);
    else this.#unmet.delete(path);
  }

  /** Paths to remove, once the walk is over. */
  gone(): string[] {
    const paths: string[] = [];
    for (const path of this.#unmet.keys()) {
      if (!this.#unreadable.some((folder) => path.startsWith(folder))) paths.push(path);
    }
    return paths;
  }
}
