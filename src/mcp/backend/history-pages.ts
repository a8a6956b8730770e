/* A history with the memories that speak of its code, page by page as it is found. */
import { join } from "node:path";
import type {
  AnchoredMemory,
  HistoryEntry,
  HistoryOptions,
  HistoryResult,
} from "../../ports/answers/time/history.ts";
import type { CodeIndex } from "../../ports/haypile.ts";
import type { Memories, MemoryAnchor } from "../../ports/memories.ts";

/** An entry with the memories that were written, or last said to be true, while the code was as this commit left it. */
export interface RememberedEntry extends HistoryEntry {
  memories: AnchoredMemory[];
}

export interface RememberedPage extends Omit<HistoryResult, "entries"> {
  entries: RememberedEntry[];
}

export interface PagesOptions
  extends Pick<HistoryOptions, "at" | "diffLines" | "signal" | "cursor"> {
  /** Most entries of all pages. */
  limit: number;
  /** Time for the first page and for each further one, milliseconds; Default: a page is what fits the limit. */
  firstMs?: number | undefined;
  nextMs?: number | undefined;
  /** Of memories; undefined: all. */
  namespace?: readonly string[] | undefined;
  /** Memories are asked for. */
  memories?: Pick<Memories, "anchored"> | undefined;
}

const mostMemories = 200;

/** Pages until the limit or the end. @throws HaypileError as history() and anchored() */
export async function* historyPages(
  code: Pick<CodeIndex, "history" | "facts">,
  target: string,
  options: PagesOptions,
): AsyncGenerator<RememberedPage> {
  const { at, diffLines, signal, firstMs, nextMs } = options;
  const teller = options.memories && new MemoryTeller(options.memories, options.namespace);
  const root = teller === undefined ? "" : (await code.facts()).root;
  let { cursor, limit: left } = options;
  for (let deadlineMs = firstMs; left > 0; deadlineMs = nextMs) {
    const page = await code.history(target, {
      limit: Math.min(left, 1_000),
      ...{ at: cursor === undefined ? at : undefined, diffLines, signal, cursor, deadlineMs },
    });
    left -= page.entries.length;
    cursor = page.nextCursor;
    const entries: RememberedEntry[] = page.entries.map((entry) => ({ ...entry, memories: [] }));
    await teller?.tell(entries, root);
    yield { ...page, entries };
    if (cursor === undefined) return;
  }
}

class MemoryTeller {
  readonly #memories: Pick<Memories, "anchored">;
  readonly #namespace: readonly string[] | undefined;
  readonly #told = new Set<string>();
  readonly #places = new Map<string, MemoryAnchor>();

  constructor(memories: Pick<Memories, "anchored">, namespace: readonly string[] | undefined) {
    this.#memories = memories;
    this.#namespace = namespace;
  }

  /** Each memory once: with the newest commit that is older than it. */
  async tell(entries: readonly RememberedEntry[], root: string): Promise<void> {
    for (const entry of entries) {
      for (const { path, name } of [entry, entry.before ?? entry]) {
        const anchor = { path: join(root, path), symbol: name };
        this.#places.set(`${path}\0${name}`, anchor);
      }
    }
    if (entries.length === 0) return;
    const anchors = [...this.#places.values()].slice(-1_000);
    const namespace = this.#namespace;
    const { memories } = await this.#memories.anchored({ anchors, namespace, limit: mostMemories });
    for (const entry of entries) {
      if (entry.committed === "") continue;
      for (const one of memories) {
        if (this.#told.has(one.id) || toldAt(one) < entry.committed) continue;
        this.#told.add(one.id);
        entry.memories.push(one);
      }
    }
  }
}

function toldAt({ updatedAt, anchors }: AnchoredMemory): string {
  const times = [updatedAt, ...anchors.map(({ verifiedAt }) => verifiedAt)];
  return times.sort().at(-1) ?? "";
}
