import type { ModelName } from "../../src/base/model-name.ts";
import type {
  MemoryRow,
  RemovedMemory,
  StoredAnchor,
  StoredPart,
} from "../../src/ports/memory-rows.ts";
import { CountedWords } from "./counted-words.ts";
import type { NextData } from "./map-next.ts";

export interface StoredRow extends MemoryRow {
  hash: number;
  sketch: readonly number[];
}

export interface Link {
  from: string;
  to: string;
  relation: string;
  at: number;
}

/** What lies in the maps; a store that is opened again on it finds it. */
export class MemoryData {
  rows = new Map<number, StoredRow>();
  parts = new Map<number, StoredPart>();
  vectors = new Map<number, Float32Array>();
  /** Parts that wait for a vector, and since when. */
  pending = new Map<number, number>();
  model: ModelName | undefined;
  next: NextData = { note: undefined, rows: new Map() };
  links: Link[] = [];
  notes: { key: string; at: number; what: string }[] = [];
  anchors = new Map<string, StoredAnchor[]>();
  uses = new Map<string, { count: number; at: number }>();
  removed: RemovedMemory[] = [];
  lastId = 0;

  newId(): number {
    this.lastId += 1;
    return this.lastId;
  }

  /** Oldest first. */
  versions(key: string): StoredRow[] {
    return this.sorted().filter((row) => row.key === key);
  }

  /** In the order of their making. */
  sorted(): StoredRow[] {
    return [...this.rows.values()].sort((a, b) => a.rowId - b.rowId);
  }

  current(): StoredRow[] {
    return this.sorted().filter(isCurrent);
  }

  textOf({ rowId, start, end }: StoredPart): string {
    return this.rows.get(rowId)?.text.slice(start, end) ?? "";
  }

  /** All parts with their words. */
  worded(): { part: StoredPart; words: CountedWords }[] {
    return Array.from(this.parts.values(), (part) => {
      return { part, words: new CountedWords(this.textOf(part)) };
    });
  }
}

function isCurrent({ until, deleted }: MemoryRow): boolean {
  return until === undefined && deleted === undefined;
}

/** The data while the store is open. */
export type Opened = () => MemoryData;

export function bytesOf(rows: readonly MemoryRow[]): number {
  return rows.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
}
