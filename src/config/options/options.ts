/*
 * The one table of options. Types, validation, flags and their help, the file's template,
 * docs/configuration.md and what a project file may say come from it. A name has two parts: the
 * section of haypile.toml and the key in it.
 */
import { profiles } from "../../host/profiles.ts";
import { tiers } from "../../host/score.ts";
import { storageProfiles } from "../../host/values.ts";
import { alertOptions } from "./alert-options.ts";
import { memoryOptions } from "./memory-options.ts";
import { modelOptions } from "./model-options.ts";
import type { OptionRow, ValueOf } from "./option-row.ts";
import { serviceOptions } from "./service-options.ts";
import { storeOptions } from "./store-options.ts";
import { upkeepOptions } from "./upkeep-options.ts";

const MB = 1_000_000;
const TB = 1_000_000 * MB;

export const options = {
  "host.tier": {
    type: "choice",
    choices: [...tiers, "auto"],
    default: "auto",
    says: "the tier whose values are the defaults; auto: by the score of this machine",
    env: "HAYPILE_TIER",
    flag: "--tier <name>",
    key: "tier",
    untrusted: "lower",
  },
  "host.profile": {
    type: "choice",
    choices: profiles,
    default: "balanced",
    says: "how much of the machine to take: changes the tier's workers, memory and caches",
    env: "HAYPILE_PROFILE",
    flag: "--profile <name>",
    key: "profile",
    untrusted: "lower",
  },
  ...memoryOptions,
  "embed.workers": {
    type: "integer",
    range: [1, 1_024],
    tier: "workers",
    says: "runs of the model side by side",
    env: "HAYPILE_WORKERS",
    flag: "--workers <n>",
    key: "workers",
    untrusted: "lower",
  },
  "embed.intra-op-threads": {
    type: "integer",
    range: [1, 256],
    tier: "intraOpThreads",
    says: "threads inside one run of ONNX Runtime; packed weights run on one thread each, on so many more workers",
    env: "HAYPILE_INTRA_OP_THREADS",
    flag: "--intra-op-threads <n>",
    key: "intraOpThreads",
    untrusted: "lower",
  },
  "embed.tokens-per-run": {
    type: "integer",
    range: [1, 1_048_576],
    tier: "tokensPerRun",
    says: "most tokens of one run, padding included; less takes less memory",
    env: "HAYPILE_TOKENS_PER_RUN",
    flag: "--tokens-per-run <n>",
    key: "tokensPerRun",
    untrusted: "lower",
  },
  "embed.provider": {
    type: "choice",
    choices: ["cpu", "cuda", "coreml"],
    default: "cpu",
    says: "where the model runs; falls back to the CPU and says why",
    env: "HAYPILE_PROVIDER",
    flag: "--provider <name>",
    key: "provider",
    untrusted: "never",
  },
  "embed.strict": {
    type: "boolean",
    default: false,
    says: "end with an error where the provider that was asked for cannot be had, in place of falling back to the CPU",
    env: "HAYPILE_STRICT",
    flag: "--strict",
    key: "strict",
    untrusted: "off",
  },
  "embed.gpu-memory": {
    type: "size",
    range: [MB, 16 * TB],
    unset: "no limit of its own",
    says: "most memory of the GPU that a model takes, with --provider cuda",
    env: "HAYPILE_GPU_MEMORY",
    key: "gpuMemoryBytes",
    untrusted: "never",
  },
  "embed.gpu-arena": {
    type: "choice",
    choices: ["same", "double"],
    default: "same",
    says: "how CUDA takes memory of the GPU: as much as is needed, or the next power of two, which grows faster and holds more",
    env: "HAYPILE_GPU_ARENA",
    key: "gpuArena",
    untrusted: "never",
  },
  "embed.spinning": {
    type: "boolean",
    default: false,
    says: "waiting threads keep the CPU busy: a little faster, much more power",
    env: "HAYPILE_SPINNING",
    key: "spinning",
    untrusted: "off",
  },
  "embed.cpu-arena": {
    type: "boolean",
    default: false,
    says: "let ONNX Runtime keep freed memory for itself",
    env: "HAYPILE_CPU_ARENA",
    key: "cpuArena",
    untrusted: "off",
  },
  "embed.memory-pattern": {
    type: "boolean",
    default: true,
    says: "plan the memory of runs of one shape together",
    env: "HAYPILE_MEMORY_PATTERN",
    key: "memoryPattern",
    untrusted: "any",
  },
  ...modelOptions,
  "cache.total": {
    type: "size",
    range: [0, 16 * TB],
    tier: "cacheBytes",
    says: "most memory of all caches of results together",
    env: "HAYPILE_CACHE_TOTAL",
    flag: "--cache-total <size>",
    key: "cacheBytes",
    untrusted: "lower",
  },
  "cache.warm": {
    type: "boolean",
    default: false,
    says: "note the questions that an index is asked most, in a file of the cache folder, and ask them again when it is opened by the daemon or a program, while nobody else does",
    env: "HAYPILE_CACHE_WARM",
    key: "warm",
    untrusted: "off",
  },
  "cache.vectors": {
    type: "boolean",
    default: true,
    says: "ask and fill the cache of vectors that all indexes share",
    env: "HAYPILE_EMBEDDING_CACHE",
    flag: "--no-embedding-cache",
    key: "embeddingCache",
    untrusted: "off",
  },
  "storage.profile": {
    type: "choice",
    choices: storageProfiles,
    unset: "low-memory in tier light, else balanced",
    says: "defaults of this section; high-performance takes more memory and gathers more before it writes",
    env: "HAYPILE_STORAGE_PROFILE",
    flag: "--storage-profile <name>",
    key: "storageProfile",
    untrusted: "lower",
  },
  "storage.disk": {
    type: "choice",
    choices: ["ssd", "hdd", "sd", "auto"],
    default: "auto",
    says: "kind of disk the index lies on; hdd and sd get fewer, larger writes",
    env: "HAYPILE_DISK",
    flag: "--disk <kind>",
    key: "disk",
    untrusted: "any",
  },
  "storage.page-cache": {
    type: "size",
    range: [64_000, TB],
    tier: "pageCacheBytes",
    says: "SQLite's page cache, per connection; large values of rows do not go through it",
    env: "HAYPILE_PAGE_CACHE",
    key: "pageCacheBytes",
    untrusted: "lower",
  },
  "storage.mmap": {
    type: "size",
    range: [0, TB],
    storage: "mmapBytes",
    says: "part of the file that is mapped into memory; no profile does it: it took more CPU time, counts as memory of the process, and a file cut short by another program then ends the process, so the daemon never does",
    env: "HAYPILE_MMAP",
    key: "mmapBytes",
    untrusted: "lower",
  },
  "storage.synchronous": {
    type: "choice",
    choices: ["full", "normal", "off"],
    default: "normal",
    says: "when SQLite waits for the disk: full at every commit, normal when the log is moved, off never (a power cut may then cost the index)",
    env: "HAYPILE_SYNCHRONOUS",
    key: "synchronous",
    untrusted: "lower",
  },
  "storage.checkpoint": {
    type: "size",
    range: [64_000, 4_000 * MB],
    storage: "checkpointBytes",
    says: "log gathered before it is moved into the database",
    env: "HAYPILE_CHECKPOINT",
    key: "checkpointBytes",
    untrusted: "lower",
  },
  "storage.wal-limit": {
    type: "size",
    range: [0, 16_000 * MB],
    storage: "walLimitBytes",
    says: "size the log file is cut back to after it was moved",
    env: "HAYPILE_WAL_LIMIT",
    key: "walLimitBytes",
    untrusted: "lower",
  },
  "storage.compression": {
    type: "choice",
    choices: ["off", "deflate", "zstd"],
    default: "off",
    says: "how texts of a new index are packed; an index whose texts are packed goes on with that",
    env: "HAYPILE_COMPRESSION",
    key: "textCompression",
    untrusted: "any",
  },
  "storage.bits-budget": {
    type: "size",
    range: [0, TB],
    tier: "bitsBytes",
    says: "most memory of the bits by which a large index is searched; what does not fit is read for each search",
    env: "HAYPILE_BITS_BUDGET",
    key: "bitsBudgetBytes",
    untrusted: "lower",
  },
  "storage.bits-from": {
    type: "integer",
    range: [0, 1_000_000_000],
    default: 8_000,
    says: "vectors from which on an index is searched by bits; fewer are all compared",
    env: "HAYPILE_BITS_FROM",
    key: "bitsFrom",
    untrusted: "any",
  },
  "index.max-file-size": {
    type: "size",
    range: [1, 2 ** 26],
    default: 1_048_576,
    says: "larger files are skipped",
    env: "HAYPILE_MAX_FILE_SIZE",
    flag: "--max-file-size <size>",
    untrusted: "lower",
  },
  "index.min-lines": {
    type: "integer",
    range: [1, 1_000],
    default: 1,
    says: "definitions of fewer lines get no vector where they stand alone",
    env: "HAYPILE_MIN_LINES",
    flag: "--min-lines <n>",
    untrusted: "any",
  },
  "index.fill-in": {
    type: "choice",
    choices: ["off", "background"],
    default: "background",
    says: "off: words and symbols only; searches embed what they need",
    env: "HAYPILE_INDEX_FILL_IN",
    flag: "--fill-in <how>",
    untrusted: "any",
  },
  "index.open": {
    type: "integer",
    range: [1, 1_024],
    default: 16,
    says: "indexes that the daemon holds open for the next question; of more the one goes that was asked longest ago",
    env: "HAYPILE_INDEX_OPEN",
    untrusted: "never",
  },
  "search.limit": {
    type: "integer",
    range: [1, 1_000],
    default: 10,
    says: "hits wanted",
    env: "HAYPILE_SEARCH_LIMIT",
    flag: "-k, --limit <n>",
    untrusted: "any",
  },
  "search.lines": {
    type: "integer",
    range: [0, 100],
    default: 5,
    says: "lines shown of each hit",
    env: "HAYPILE_SEARCH_LINES",
    flag: "--lines <n>",
    untrusted: "any",
  },
  "search.deadline": {
    type: "duration",
    range: [1, 3_600_000],
    unset: "no limit",
    says: "time for the whole answer",
    env: "HAYPILE_SEARCH_DEADLINE",
    flag: "--deadline-ms <n>",
    untrusted: "any",
  },
  "search.fill-in": {
    type: "choice",
    choices: ["off", "on-demand"],
    default: "on-demand",
    says: "embed candidates that have no vector yet",
    env: "HAYPILE_SEARCH_FILL_IN",
    flag: "--fill-in <how>",
    untrusted: "any",
  },
  "search.rerank": {
    type: "choice",
    choices: ["off", "on"],
    tier: "rerank",
    says: "the best hits are compared with the query once more, token by token, where the model can; off: no reranker has a say",
    env: "HAYPILE_SEARCH_RERANK",
    flag: "--rerank <how>",
    untrusted: "any",
  },
  ...serviceOptions,
  ...storeOptions,
  ...alertOptions,
  ...upkeepOptions,
} as const satisfies Record<string, OptionRow>;

export type OptionName = keyof typeof options;
export type Value<Name extends OptionName> = ValueOf<(typeof options)[Name]>;

const sectionOf = (name: string): string => name.slice(0, name.indexOf("."));
const sections = [...new Set(Object.keys(options).map(sectionOf))];

/** Options of a section together, in the order of the table. */
export const optionNames = (Object.keys(options) as OptionName[]).sort(
  (a, b) => sections.indexOf(sectionOf(a)) - sections.indexOf(sectionOf(b)),
);

/** The row of a name, as the common type. */
export function rowOf(name: OptionName): OptionRow {
  return options[name];
}

export function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(options, name);
}

/** The option that a key of open() sets. */
export function optionOfKey(key: string): OptionName | undefined {
  return optionNames.find((name) => rowOf(name).key === key);
}
