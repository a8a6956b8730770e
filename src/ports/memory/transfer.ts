/*
 * What moving memories from one store to another needs of both, beside their other roles. Writing calls belong inside
 * write() of the store.
 */
import type { MemoryRow, RemovedMemory } from "../memory-rows.ts";

export interface NewestRow {
  rowId: number;
  key: string;
  namespace: string;
}

export interface MemoryTransfer {
  /** The newest text of each memory above a row, forgotten ones and those that ended too, in the order of their making. */
  newest(after: number, limit: number): NewestRow[];
  /** All texts of memories, oldest first. */
  versions(keys: readonly string[]): MemoryRow[];
  /** Notes of memories, those of each in their order. */
  notes(keys: readonly string[]): { key: string; at: number; what: string }[];
  /** Memories there are in all, as newest() gives them. */
  count(): number;
  /** How often memories were used; where more is known already, that stays. */
  putUses(uses: readonly { key: string; count: number; at: number }[]): void;
  /** Lines of the log of what was removed, oldest first; each takes the place of the one about the same memory. */
  putRemoved(removed: readonly RemovedMemory[]): void;
  /**
   * True: who has the store open can be sent away from it by handOver(). False: others use it who stay, and handOver() is
   * a write like any other.
   */
  readonly handsOver: boolean;
  /**
   * Runs `work` while nobody else writes; when it is done, all who have the store open have to open their memories anew, and
   * whoever waits to write does not write here.
   * @throws HaypileError HAYPILE_DB_BUSY as write()
   */
  handOver(doing: string, work: () => void): void;
}
