/*
 * Knobs of stores with a write-ahead log and merge trees that people look for. Some have an honest
 * equivalent here, and are taken under their own name; the others are refused with the reason and
 * what to do instead. Nothing is taken and then ignored.
 */
import type { OptionName } from "./options.ts";

export type Knob =
  | { option: OptionName; note: string }
  /** Refused, except for the values of `accepts`, which is what happens anyway. */
  | { refused: string; accepts?: readonly unknown[] };

const log: Knob = {
  option: "storage.checkpoint",
  note: "rows are gathered in SQLite's log, which searches read too; this is when it is moved",
};
const pages: Knob = {
  option: "storage.page-cache",
  note: "SQLite's page cache, per connection; see also storage.mmap",
};
const merges =
  "There are no levels to compact: the word index merges itself after large runs, and vector segments are rewritten in the background when too many of their rows are gone.";

/** By name, with "-" between words; the section does not count. */
export const foreignKnobs: Readonly<Record<string, Knob>> = {
  "write-buffer": log,
  "write-buffer-size": log,
  "memtable-size": log,
  "block-cache": pages,
  "block-cache-size": pages,
  "cache-size": pages,
  "wal-size": { option: "storage.wal-limit", note: "the log is cut back to it after it was moved" },
  "max-wal-size": {
    option: "storage.wal-limit",
    note: "the log is cut back to it after it was moved",
  },
  "background-jobs": {
    option: "embed.workers",
    note: "SQLite runs nothing in the background; the threads that can be set run the model",
  },
  "max-background-jobs": {
    option: "embed.workers",
    note: "SQLite runs nothing in the background; the threads that can be set run the model",
  },
  fsync: { option: "storage.synchronous", note: "full, normal or off" },
  sync: { option: "storage.synchronous", note: "full, normal or off" },
  "mmap-size": { option: "storage.mmap", note: "bytes of the file that are mapped" },
  "max-write-buffers": {
    refused:
      "There is one log, not several buffers, and indexing waits by itself when embedding is behind. Use storage.checkpoint for the size of the log.",
  },
  compaction: { refused: `${merges} Nothing needs to be set.` },
  "compaction-style": { refused: `${merges} Nothing needs to be set.` },
  "compaction-trigger": { refused: `${merges} Nothing needs to be set.` },
  "bloom-filter-bits": {
    refused:
      "SQLite has no bloom filters to set; it makes its own for joins where they help. Use storage.page-cache to keep more pages in memory.",
  },
  "bloom-bits-per-key": {
    refused:
      "SQLite has no bloom filters to set; it makes its own for joins where they help. Use storage.page-cache to keep more pages in memory.",
  },
  compression: {
    option: "storage.compression",
    note: "of stored texts: off, deflate or zstd; vectors are packed by haypile compact --target",
  },
  "wal-dir": {
    refused:
      "SQLite's log must lie beside the database. Move both: set HAYPILE_DATA_DIR, or name the file with --db.",
  },
  "wal-ttl": {
    refused:
      "The log has no age: it is moved into the database by size and when the index is closed. Use storage.checkpoint; keep old states with backups.",
  },
  checksum: {
    refused:
      "This build of SQLite has no checksum per page. The file is checked at the start after a stop in the middle of work, and vector segments have sums of their own. Nothing needs to be set.",
  },
  checksums: {
    refused:
      "This build of SQLite has no checksum per page. The file is checked at the start after a stop in the middle of work, and vector segments have sums of their own. Nothing needs to be set.",
  },
  "temp-store": {
    accepts: ["memory"],
    refused: "Temporary tables are always kept in memory; they are small. Remove the key.",
  },
};

/** The knob somebody means by a key of any section, written with "-" or "_". */
export function knobOf(key: string): Knob | undefined {
  const name = key
    .slice(key.lastIndexOf(".") + 1)
    .replaceAll("_", "-")
    .toLowerCase();
  return Object.hasOwn(foreignKnobs, name) ? foreignKnobs[name] : undefined;
}
