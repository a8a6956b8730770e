/*
 * Knobs of stores with a write-ahead log and merge trees that people look for, as guides spell them. Some have
 * an honest equivalent here, and are taken under their own name; the others are refused with the reason and
 * what to do instead. Nothing is taken and then ignored.
 */
import type { OptionValue } from "../options/option-row.ts";
import type { OptionName } from "../options/options.ts";
import { refusedKnobs } from "./refused-knobs.ts";

export type Knob =
  | {
      option: OptionName;
      note: string;
      /** What its values are called here, where they have other names. */
      values?: Readonly<Record<string, OptionValue>> | undefined;
    }
  /** Refused, except for the values of `accepts`, which is what happens anyway. */
  | { refused: string; accepts?: readonly unknown[] | undefined };

const log: Knob = {
  option: "storage.checkpoint",
  note: "rows are gathered in SQLite's log, which searches read too; this is when it is moved",
};
const pages: Knob = {
  option: "storage.page-cache",
  note: "SQLite's page cache, per connection; see also storage.mmap",
};
const logLimit: Knob = {
  option: "storage.wal-limit",
  note: "the log is cut back to it after it was moved",
};
const workers: Knob = {
  option: "embed.workers",
  note: "SQLite runs nothing in the background; the threads that can be set run the model",
};
const compression: Knob = {
  option: "storage.compression",
  note: "of stored texts: off, deflate or zstd; vectors are packed by haypile compact --target",
};
/** Whether each commit waits for the disk: a stop of the machine may cost the last ones, never the file. */
const commitWaits: Knob = {
  option: "storage.synchronous",
  note: "full, normal or off; true is full, false is normal",
  values: { true: "full", false: "normal" },
};

/** By name, with "-" between words; section and unit do not count (see knobOf). */
export const foreignKnobs: Readonly<Record<string, Knob>> = {
  "write-buffer": log,
  "write-buffer-size": log,
  "db-write-buffer-size": log,
  "memtable-size": log,
  "block-cache": pages,
  "block-cache-size": pages,
  "cache-size": pages,
  "shared-buffers": pages,
  "wal-size": logLimit,
  "max-wal-size": logLimit,
  "wal-size-limit": logLimit,
  "max-total-wal-size": logLimit,
  "journal-size-limit": logLimit,
  "background-jobs": workers,
  "max-background-jobs": workers,
  fsync: {
    option: "storage.synchronous",
    note: "full, normal or off; true is full, false is off",
    values: { true: "full", false: "off" },
  },
  sync: commitWaits,
  "sync-writes": commitWaits,
  "use-fsync": commitWaits,
  "mmap-size": { option: "storage.mmap", note: "bytes of the file that are mapped" },
  "map-size": { option: "storage.mmap", note: "bytes of the file that are mapped" },
  compression,
  "compression-type": compression,
  ...refusedKnobs,
};

/** Values of our own options that come from other stores, with what to say about them. */
const foreignValues: Partial<Record<OptionName, Readonly<Record<string, string>>>> = {
  "storage.compression": Object.fromEntries([
    ...["lz4", "lz4hc", "snappy", "bzip2", "bz2", "xpress", "brotli", "gzip"].map((name) => [
      name,
      `${name} is not built in: texts are packed by row with what Node brings, and ${name === "gzip" ? "its head and sum would only make them larger" : name.startsWith("lz4") ? "with their dictionary these leave half of what lz4 leaves" : "another codec would be one more native library"}. Use "deflate" on any Node, or "zstd" from Node 22.15.`,
    ]),
    ["zlib", 'What zlib packs with is called deflate. Use "deflate".'],
    ["none", 'Use "off".'],
    ["no", 'Use "off".'],
  ]),
};

/** Why a value of another store cannot be taken; undefined: nothing is known of it. */
export function reasonAgainst(name: OptionName, value: unknown): string | undefined {
  const reasons = foreignValues[name];
  const word = String(value)
    .toLowerCase()
    .replace(/^k(.*)compression$/, "$1");
  return reasons !== undefined && Object.hasOwn(reasons, word) ? reasons[word] : undefined;
}

/** Units at the end of a key, as readValue() takes them behind a number. */
const units: Readonly<Record<string, string>> = {
  bytes: "B",
  kb: "kB",
  mb: "MB",
  gb: "GB",
  kib: "KiB",
  mib: "MiB",
  gib: "GiB",
  ms: "ms",
  sec: "s",
  secs: "s",
  seconds: "s",
  minutes: "min",
  hours: "h",
};

/** The unit that a key names at its end: "_mb", "-seconds", "maxMemoryMB". */
export function unitAtEnd(key: string): string | undefined {
  const ending = /-([a-z]+)$/.exec(inDashes(key))?.[1] ?? "";
  return Object.hasOwn(units, ending) ? units[ending] : undefined;
}

/** A knob, and the unit its key named for plain numbers. */
export interface FoundKnob {
  knob: Knob;
  unit: string | undefined;
}

/** Words that are knobs of a store in its own section, and may mean anything elsewhere. */
const onlyOfStorage: ReadonlySet<string> = new Set(["path", "data-dir", "ttl"]);

/** The knob somebody means by a key of any section, written with "-", "_" or as writeBufferSize. */
export function knobOf(key: string): FoundKnob | undefined {
  const section = key.slice(0, Math.max(0, key.lastIndexOf(".")));
  const name = inDashes(key.slice(key.lastIndexOf(".") + 1));
  const isOfStorage = section === "" || section.split(".")[0] === "storage";
  if (onlyOfStorage.has(name) && !isOfStorage) return undefined;
  const known = find(name);
  if (known !== undefined) return { knob: known, unit: undefined };
  const dash = name.lastIndexOf("-");
  const ending = name.slice(dash + 1);
  const knob = dash > 0 && Object.hasOwn(units, ending) ? find(name.slice(0, dash)) : undefined;
  return knob && { knob, unit: units[ending] };
}

function inDashes(key: string): string {
  return key
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replaceAll("_", "-")
    .toLowerCase();
}

function find(name: string): Knob | undefined {
  return Object.hasOwn(foreignKnobs, name) ? foreignKnobs[name] : undefined;
}

/** The value of a knob as our option takes it: its unit behind a plain number, and our name of it. */
export function valueInOurWords(
  values: Readonly<Record<string, OptionValue>> | undefined,
  unit: string | undefined,
  raw: unknown,
): unknown {
  const word = String(raw).trim().toLowerCase();
  if (values !== undefined && Object.hasOwn(values, word)) return values[word];
  const isPlain =
    typeof raw === "number" || (typeof raw === "string" && /^\s*\d+(\.\d+)?\s*$/.test(raw));
  if (unit === undefined || !isPlain) return raw;
  // 0.8 of a limit.
  if (unit === "share") return `${Number((Number(raw) * 100).toFixed(4))}%`;
  return `${word}${unit}`;
}
