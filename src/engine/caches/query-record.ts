/*
 * Which queries an engine was asked, and how often: to make its caches warm the next time. Off unless open()
 * is told otherwise. It is a small file in the cache folder, readable by its owner alone, that never leaves
 * the machine; a damaged one is begun again, and one that cannot be written is done without.
 */
import { dirname } from "node:path";
import { removeFile, replaceFile } from "../../base/files/patient.ts";
import { makePrivateFolder, writePrivate } from "../../base/files/private-files.ts";
import { readBoundedSync } from "../../base/files/read-file.ts";
import { log } from "../../base/log.ts";
import type { SearchCallOptions } from "../../ports/answers/search.ts";

const format = 1;
/** More are not kept: those asked for least go. */
const mostQueries = 64;
const mostQueryChars = 500;
/** A file that is larger is not ours. */
const mostFileBytes = 1_000_000;

export type RecordedOptions = Omit<SearchCallOptions, "signal" | "deadlineMs">;

export interface RecordedQuery {
  query: string;
  options: RecordedOptions;
  /** Times it was asked for; halved whenever the file is read. */
  uses: number;
}

export class QueryRecord {
  readonly #path: string;
  readonly #queries = new Map<string, RecordedQuery>();
  #isChanged = false;
  /** It was made by a newer Haypile, and is left as it is. */
  readonly #isNewer: boolean;

  constructor(path: string) {
    this.#path = path;
    const { queries, isNewer } = readQueries(path);
    this.#isNewer = isNewer;
    for (const one of queries) {
      this.#queries.set(keyOf(one.query, one.options), { ...one, uses: one.uses / 2 });
    }
  }

  note(query: string, { signal: _, deadlineMs: __, ...options }: SearchCallOptions): void {
    if (typeof query !== "string" || query.trim() === "" || query.length > mostQueryChars) return;
    const key = keyOf(query, options);
    const known = this.#queries.get(key) ?? { query, options, uses: 0 };
    known.uses += 1;
    this.#queries.set(key, known);
    this.#isChanged = true;
    if (this.#queries.size >= mostQueries * 2) this.#cut();
  }

  /** Asked for most often, first. */
  top(): RecordedQuery[] {
    return [...this.#queries.values()].sort((a, b) => b.uses - a.uses).slice(0, mostQueries);
  }

  save(): void {
    if (!this.#isChanged || this.#isNewer) return;
    const temporary = `${this.#path}.${process.pid}`;
    try {
      makePrivateFolder(dirname(this.#path));
      writePrivate(temporary, JSON.stringify({ format, queries: this.top() }));
      replaceFile(temporary, this.#path);
      this.#isChanged = false;
    } catch (error) {
      log("debug", `the record of queries ${this.#path} cannot be written: ${String(error)}`);
      removeQuietly(temporary);
    }
  }

  #cut(): void {
    const kept = this.top();
    this.#queries.clear();
    for (const one of kept) this.#queries.set(keyOf(one.query, one.options), one);
  }
}

function removeQuietly(path: string): void {
  try {
    removeFile(path);
  } catch {
    // Then its folder is none: nothing was written.
  }
}

function keyOf(query: string, options: RecordedOptions): string {
  return JSON.stringify([query, options]);
}

function readQueries(path: string): { queries: RecordedQuery[]; isNewer: boolean } {
  const none = { queries: [], isNewer: false };
  try {
    const rules = { mostBytes: mostFileBytes, links: "follow" } as const;
    const text = readBoundedSync(path, rules).toString("utf8");
    const { format: found, queries } = JSON.parse(text) as {
      format?: unknown;
      queries?: RecordedQuery[] | undefined;
    };
    if (typeof found === "number" && found > format) return { ...none, isNewer: true };
    if (found !== format || !Array.isArray(queries)) return none;
    const sound = queries
      .filter(
        ({ query, options, uses }) =>
          typeof query === "string" &&
          query.length <= mostQueryChars &&
          typeof options === "object" &&
          options !== null &&
          Number.isFinite(uses),
      )
      .slice(0, mostQueries);
    return { queries: sound, isNewer: false };
  } catch {
    return none;
  }
}
