/* Knobs of other stores that mean nothing here: each with the reason, and what to use in its place. */

interface Refused {
  refused: string;
  /** Values that are so anyway. */
  accepts?: readonly unknown[] | undefined;
}

const levels =
  "There are no levels to compact: the word index merges itself after large runs, and vector segments are rewritten in the background when too many of their rows are gone. Nothing needs to be set.";
const files =
  'An index is one SQLite file that grows page by page; it is not cut into files of levels. Nothing needs to be set; "haypile compact" makes it smaller.';
const buffers =
  "There is one log, not several buffers, and indexing waits by itself when embedding is behind. Use storage.checkpoint for the size of the log.";
const bloom =
  "SQLite has no bloom filters to set; it makes its own for joins where they help. Use storage.page-cache to keep more pages in memory.";
const parts =
  "SQLite's index pages lie in the same page cache as its rows, and the most used ones stay by themselves. Use storage.page-cache for more of them.";
const threads =
  "SQLite runs nothing in the background that could have threads of its own. Use embed.workers for the threads that run the model.";
const writes =
  "One writer at a time has the index, and readers go on beside it: there is nothing to arrange between writers. Nothing needs to be set.";
const slowdown =
  "Writes are not slowed down by size: the log is moved when it is as large as storage.checkpoint, and indexing waits for it. Use storage.checkpoint.";
const logFiles =
  "There is one log beside the database, which is used again from its beginning. Use storage.wal-limit for its size; how much is noted of the work is log.level and log.activity.";
const mapped =
  "Whether the file is mapped is said as a size, and writes never go through a map. Use storage.mmap; 0 maps nothing.";
const direct =
  "SQLite reads through the system's cache, or its map, and cannot pass it by. Use storage.page-cache, or storage.mmap.";
const pageSize =
  "The page size of a new index goes by the kind of disk and cannot be changed later. Use storage.disk.";
const statistics =
  'Nothing is printed by the clock. Use "haypile analyze" for what was done lately, and "haypile status --memory" for memory.';
const checksums =
  "This build of SQLite has no checksum per page. The file is checked at the start after a stop in the middle of work, and vector segments have sums of their own. Nothing needs to be set.";
const rewrites =
  "Nothing is rewritten by its age. Nothing needs to be set; a memory has an end of its own (--expires).";
const age =
  "The log has no age: it is moved into the database by size and when the index is closed. Use storage.checkpoint; keep old states with backups.";
const place =
  "Where data lies is not said in a file. Use HAYPILE_DATA_DIR for all indexes, or name one database with --db.";

const groups: readonly (readonly [Refused, readonly string[]])[] = [
  [
    { refused: levels },
    [
      "compaction",
      "compaction-style",
      "compaction-pri",
      "compaction-trigger",
      "level-compaction-dynamic-level-bytes",
      "level0-file-num-compaction-trigger",
      "max-bytes-for-level-base",
      "max-bytes-for-level-multiplier",
      "num-levels",
      "periodic-compaction",
      "disable-auto-compactions",
      "compaction-readahead-size",
    ],
  ],
  [
    {
      refused:
        "There are no levels, so no texts are at the bottom: all are packed alike. Use storage.compression.",
    },
    ["bottommost-compression", "bottommost-compression-type", "compression-per-level"],
  ],
  [
    {
      refused:
        "Texts are packed once and read often, so the level is a high one, beyond which they hardly become smaller. Use storage.compression to choose the codec.",
    },
    ["compression-level", "compression-opts", "compression-max-dict-bytes"],
  ],
  [{ refused: files }, ["target-file-size-base", "target-file-size-multiplier"]],
  [
    { refused: buffers },
    [
      "max-write-buffers",
      "max-write-buffer-number",
      "min-write-buffer-number-to-merge",
      "max-write-buffer-size-to-maintain",
    ],
  ],
  [
    { refused: bloom },
    [
      "bloom-filter",
      "bloom-filter-bits",
      "bloom-filter-bits-per-key",
      "bloom-bits",
      "bloom-bits-per-key",
      "filter-policy",
      "whole-key-filtering",
      "optimize-filters-for-hits",
      "prefix-extractor",
      "memtable-prefix-bloom-size-ratio",
    ],
  ],
  [
    { refused: parts },
    [
      "cache-index-and-filter-blocks",
      "pin-l0-filter-and-index-blocks-in-cache",
      "row-cache",
      "row-cache-size",
      "effective-cache-size",
    ],
  ],
  [
    { refused: threads },
    ["max-background-compactions", "max-background-flushes", "max-subcompactions"],
  ],
  [
    { refused: writes },
    [
      "enable-pipelined-write",
      "allow-concurrent-memtable-write",
      "unordered-write",
      "max-readers",
      "locking-mode",
    ],
  ],
  [
    { refused: slowdown },
    [
      "level0-slowdown-writes-trigger",
      "level0-stop-writes-trigger",
      "delayed-write-rate",
      "rate-limiter",
      "rate-limit-bytes-per-sec",
      "bytes-per-sync",
      "wal-bytes-per-sync",
    ],
  ],
  [
    { refused: logFiles },
    ["keep-log-file-num", "recycle-log-file-num", "max-log-file-size", "wal-segment-size"],
  ],
  [{ refused: mapped }, ["allow-mmap-reads", "allow-mmap-writes"]],
  [{ refused: direct }, ["use-direct-reads", "use-direct-io-for-flush-and-compaction"]],
  [{ refused: pageSize }, ["block-size", "page-size"]],
  [
    { refused: statistics },
    ["enable-statistics", "stats-dump-period", "stats-level", "report-bg-io-stats"],
  ],
  [{ refused: checksums }, ["checksum", "checksums", "checksum-type", "verify-checksums"]],
  [{ refused: checksums, accepts: [true] }, ["paranoid-checks"]],
  [{ refused: age }, ["wal-ttl", "checkpoint-timeout"]],
  [{ refused: rewrites }, ["ttl"]],
  [{ refused: place }, ["path", "data-dir", "db-path", "database-path"]],
  [
    {
      refused:
        "SQLite's log must lie beside the database. Move both: set HAYPILE_DATA_DIR, or name the file with --db.",
    },
    ["wal-dir", "wal-path", "log-dir"],
  ],
  [
    {
      refused:
        'The log is counted in bytes here, not in pages. Use storage.checkpoint with a size such as "4MB".',
    },
    ["wal-autocheckpoint"],
  ],
  [
    {
      refused:
        "Searches read the log beside the database, so there is always one. Use storage.synchronous for how often it waits for the disk.",
    },
    ["disable-wal", "manual-wal-flush", "wal-recovery-mode"],
  ],
  [
    {
      refused: "Indexes are always kept with a write-ahead log. Remove the key.",
      accepts: ["wal", "WAL"],
    },
    ["journal-mode"],
  ],
  [
    {
      refused: "Temporary tables are always kept in memory; they are small. Remove the key.",
      accepts: ["memory"],
    },
    ["temp-store"],
  ],
  [
    {
      refused: 'Empty pages are given back step by step by "haypile compact". Remove the key.',
      accepts: ["incremental"],
    },
    ["auto-vacuum"],
  ],
  [
    {
      refused: 'An index that is not there is made by "haypile index". Remove the key.',
      accepts: [true],
    },
    ["create-if-missing"],
  ],
  [
    {
      refused:
        "An index is one file with its log, so there are few to hold open. Nothing needs to be set.",
    },
    ["max-open-files", "max-file-opening-threads"],
  ],
  [
    {
      refused:
        "Calls wait five seconds for another process, then say who it is. Nothing needs to be set.",
    },
    ["busy-timeout"],
  ],
];

/** By name, with "-" between words. */
export const refusedKnobs: Readonly<Record<string, Refused>> = Object.fromEntries(
  groups.flatMap(([knob, names]) => names.map((name) => [name, knob])),
);
