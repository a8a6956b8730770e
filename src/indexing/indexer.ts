import { stat } from "node:fs/promises";
import { throwIfAborted } from "../base/abort.ts";
import { HaypileError } from "../base/errors.ts";
import { nameOfEmbedder } from "../base/model-name.ts";
import { yieldToEventLoop } from "../base/yield.ts";
import type { ScipReport } from "../ports/answers/exact-uses.ts";
import type { IndexProgress, IndexReport } from "../ports/answers/index-run.ts";
import type { KnownVectors, TextEmbedder } from "../ports/embedder.ts";
import type { Pacer } from "../ports/footprint.ts";
import type { FileTable, Store, TextIndex } from "../ports/store.ts";
import type { SyntaxParser } from "../ports/syntax.ts";
import { chunkOptionsFor } from "./cut/chunk.ts";
import { embedChunks } from "./embed-chunks.ts";
import { embedStatic } from "./embed-static.ts";
import { patiently, type Waiting } from "./patiently.ts";
import { Plan } from "./plan.ts";
import { Stopwatch } from "./report.ts";
import { takeScip } from "./scip/take-index.ts";
import { storeTexts } from "./store-texts.ts";
import { takeKnown } from "./take-known.ts";
import { emptyCounts } from "./text-counts.ts";
import { defaultMaxFileBytes } from "./walk/ignore-defaults.ts";
import { maxExamplesPerReason, SkipLog } from "./walk/skip-log.ts";
import { resolveRoot, walkFolder } from "./walk/walk.ts";
import { walkThese } from "./walk-these.ts";

export interface IndexRequest {
  /** The folder to index. */
  root: string;
  /** It writes to all roles; definitions it hands over with the files. */
  store: Omit<Store, "next" | "unlessBusy" | "optimize" | "close">;
  embedder: TextEmbedder;
  /** The static model: with it, searches by meaning work before the embedder is done. */
  staticEmbedder?: TextEmbedder | undefined;
  /** Without one, files are cut by their lines and have no symbols. */
  parser?: SyntaxParser | undefined;
  /** Leave its processes running for the next run. Default false. */
  keepParser?: boolean | undefined;
  /**
   * Of the files the index knows these are not read again, whatever their times say. New and deleted files are
   * found as always.
   */
  unchanged?: ReadonlySet<string> | undefined;
  /**
   * Says which of the files changed recently, when the order of the vectors matters; undefined: nobody knows
   * better than the files' times.
   */
  recentFiles?:
    | ((paths: readonly string[]) => Promise<ReadonlySet<string> | undefined>)
    | undefined;
  /** Says how large the next batch may be; without one all are of `batchChunks`. */
  pacer?: Pacer | undefined;
  /** Stops the run between two batches; what was stored stays. */
  signal?: AbortSignal | undefined;
  /** Called after each file and after each run of the model: often, so it must be quick. */
  onProgress?: ((progress: IndexProgress) => void) | undefined;
  options?: IndexOptions | undefined;
  /** Only these files are looked at, relative to the root, with "/": others are as they were. Default: all. */
  paths?: readonly string[] | undefined;
  /** Vectors that need not be made. */
  known?: KnownVectors | undefined;
  /** SCIP indexes to take, absolute; an empty list forgets those taken before. */
  scip?: readonly string[] | undefined;
}

export interface IndexOptions {
  /** Larger files are skipped, bytes, 1 to 64 MiB. Default 1 MiB. */
  maxFileBytes?: number | undefined;
  /** Files and characters that are counted and cut together. Default 64 and 2 MiB. */
  groups?: { files: number; chars: number } | undefined;
  /** Chunks of one call of the embedder, 1 to 4096. Default 512. */
  batchChunks?: number | undefined;
  /** Definitions of fewer lines get no vector where they stand alone, 1 to 1000. Default 1: all get one. */
  minLines?: number | undefined;
  /** false: texts, words and symbols only; vectors come with a later run or with searches. Default true. */
  embed?: boolean | undefined;
}

/**
 * Brings the index of a folder up to date: texts and words first, vectors second. A run over an
 * unchanged tree reads and embeds nothing; a run after a stop or a kill goes on where it was.
 *
 * @throws HaypileError HAYPILE_PATH_MISSING, HAYPILE_NOT_A_FOLDER, HAYPILE_PERMISSION for the
 *   root; HAYPILE_USAGE for a bad option; HAYPILE_DIMENSIONS_DIFFER; HAYPILE_ABORTED; and those of
 *   the store and the embedder
 */
export async function indexFolder(request: IndexRequest): Promise<IndexReport> {
  const { store, embedder, signal, options = {} } = request;
  const maxFileBytes = intOption(
    "maxFileBytes",
    options.maxFileBytes,
    defaultMaxFileBytes,
    2 ** 26,
  );
  const batchChunks = intOption("batchChunks", options.batchChunks, 512, 4096);
  const minLines = intOption("minLines", options.minLines, 1, 1000);
  const start = performance.now();
  const begunAt = new Date().toISOString();
  throwIfAborted(signal, "Indexing");
  const root = await resolveRoot(request.root);
  store.vectors.claimModel(nameOfEmbedder(embedder));
  await claimRoot(store, root);
  // A new index takes note of its rules; an older one has much more to do, when its files are up to date.
  store.texts.refresh();

  const watch = new Stopwatch();
  const skips = new SkipLog();
  const counts = emptyCounts();
  const { paths } = request;
  const plan = new Plan(paths === undefined ? store.files.all() : store.files.records(paths));
  const progress: IndexProgress = {
    phase: "scan",
    filesDone: 0,
    filesTotal: 0,
    chunksDone: 0,
    chunksTotal: 0,
    tokensDone: 0,
    tokensTotal: 0,
    bytes: 0,
    rssBytes: 0,
  };
  const tell = (change: Partial<IndexProgress>): void => {
    Object.assign(progress, change);
    request.onProgress?.({ ...progress, rssBytes: process.memoryUsage.rss() });
  };
  const onFile = (): void => {
    const { filesDone, filesFound, bytesRead } = counts;
    tell({ filesDone, filesTotal: filesFound, bytes: bytesRead });
  };

  const onUnreadable = (path: string): void => plan.keep(path);
  const files =
    paths === undefined
      ? walkFolder(root, { skips, maxFileBytes, signal, onUnreadable })
      : walkThese(root, paths, maxFileBytes, plan);
  const chunkOptions = chunkOptionsFor(embedder.maxTokens);
  await storeTexts(files, {
    table: store.files,
    embedder,
    plan,
    skips,
    watch,
    counts,
    chunkOptions,
    root,
    maxFileBytes,
    minLines,
    unchanged: request.unchanged,
    parser: request.parser,
    groups: options.groups,
    signal,
    onFile,
  });
  // The trees are done: the worker's memory is for the model now.
  if (request.keepParser !== true) await request.parser?.rest();
  await removeGone(store.files, plan, watch, counts, signal);
  const scip = await readScip(request, root, maxFileBytes, watch, tell);
  const areRefreshed = await refreshWords(store.texts, watch, signal);
  if (request.staticEmbedder !== undefined) {
    await embedStatic(store.staticVectors, request.staticEmbedder, watch, signal);
  }
  const { known } = request;
  const model = nameOfEmbedder(embedder);
  const taken = known === undefined ? 0 : await takeKnown({ store, known, model, watch, signal });
  const chunksTotal = store.pending.count();
  const tokensEach = counts.chunksWritten === 0 ? 0 : counts.tokensWritten / counts.chunksWritten;
  tell({ phase: "read", chunksTotal, tokensTotal: Math.round(tokensEach * chunksTotal) });

  if (options.embed !== false && chunksTotal > batchChunks) await rankChunks(request, watch);
  const embedded =
    options.embed === false
      ? { chunksDone: 0, tokensDone: 0 }
      : await embedChunks({
          store,
          embedder,
          watch,
          batchChunks,
          pacer: request.pacer,
          signal,
          onProgress: (chunksDone, tokensDone) => tell({ phase: "embed", chunksDone, tokensDone }),
        });
  const { files: fileCounts } = counts;
  const filesWritten = fileCounts.new + fileCounts.changed + fileCounts.deleted;
  if (areRefreshed || taken + embedded.chunksDone + filesWritten > 0) {
    await tidyUp(store, watch);
  }
  const missing = store.files.unparsed();
  store.facts.set("last-index", new Date().toISOString());
  if (paths === undefined) store.facts.set("walked-at", begunAt);
  watch.times.total = performance.now() - start;
  return {
    root,
    files: fileCounts,
    chunks: { written: counts.chunksWritten, embedded: embedded.chunksDone },
    tokens: { written: counts.tokensWritten, embedded: embedded.tokensDone },
    bytesRead: counts.bytesRead,
    skipped: skips.report(),
    brokenEncoding: counts.brokenEncoding,
    longLines: counts.longLines,
    syntax: {
      ...counts.syntax,
      missing: { count: missing.length, examples: missing.slice(0, maxExamplesPerReason) },
    },
    scip,
    timesMs: watch.times,
  };
}

/** Files are up to date by now: a SCIP index is compared with them. */
async function readScip(
  { scip: files, store, signal }: IndexRequest,
  root: string,
  maxFileBytes: number,
  watch: Stopwatch,
  tell: (change: Partial<IndexProgress>) => void,
): Promise<ScipReport | undefined> {
  if (files === undefined) return undefined;
  const onDocument = (filesDone: number, filesTotal: number): void =>
    tell({ phase: "scip", filesDone, filesTotal });
  return await watch.wait(
    "scip",
    takeScip({ files, root, store, maxFileBytes, signal, onDocument }),
  );
}

/**
 * One index belongs to one folder: a second one would remove the files of the first. A folder that
 * was moved takes its index along.
 */
async function claimRoot(store: Pick<Store, "facts" | "path">, root: string): Promise<void> {
  const known = store.facts.get("root");
  if (known !== undefined && known !== root) {
    const stillThere = await stat(known).then(
      (facts) => facts.isDirectory(),
      () => false,
    );
    if (stillThere) {
      throw new HaypileError(
        "HAYPILE_USAGE",
        `Expected the folder ${known}, to which ${store.path} belongs, but got ${root}. Use another database file for it.`,
        { data: { known, root, database: store.path } },
      );
    }
  }
  store.facts.set("root", root);
}

/** Chunks of one ranking: the store is synchronous. */
const chunksPerRanking = 512;

/** Says which vectors come first; who uses what is known only now that all texts are stored. */
async function rankChunks(request: IndexRequest, watch: Stopwatch): Promise<void> {
  const { store, signal } = request;
  const changed = await request.recentFiles?.([...store.files.all().keys()]);
  const recent = changed === undefined ? undefined : [...changed];
  let last: number | undefined = 0;
  while (last !== undefined) {
    throwIfAborted(signal, "Indexing");
    const after: number = last;
    last = watch.run("vectorWrite", () => store.pending.rank(after, chunksPerRanking, recent));
    await yieldToEventLoop();
  }
}

/** Whether there were any by older rules. */
async function refreshWords(
  texts: TextIndex,
  watch: Stopwatch,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  for (let done = false; ; done = true) {
    throwIfAborted(signal, "Indexing");
    if (!watch.run("store", () => texts.refresh())) return done;
    await yieldToEventLoop();
  }
}

/** Step by step: while one is at work, nobody else is. */
async function tidyUp(store: Pick<Store, "optimizeInSteps">, watch: Stopwatch): Promise<void> {
  const steps = store.optimizeInSteps()[Symbol.iterator]();
  while (watch.run("store", () => steps.next()).done !== true) await yieldToEventLoop();
}

/** Files of one removal, so that one write stays short. */
const filesPerRemoval = 16;

/** Removes what the plan knows and the walk did not meet. */
export async function removeGone(
  table: FileTable,
  plan: Plan,
  watch: Stopwatch,
  counts: { files: { deleted: number } },
  signal: AbortSignal | undefined,
  waiting: Waiting = patiently,
): Promise<void> {
  const gone = plan.gone();
  for (let start = 0; start < gone.length; start += filesPerRemoval) {
    throwIfAborted(signal, "Indexing");
    const part = gone.slice(start, start + filesPerRemoval);
    await waiting(() => watch.run("store", () => table.remove(part)), signal);
    counts.files.deleted += part.length;
    await yieldToEventLoop();
  }
}

function intOption(name: string, value: number | undefined, fallback: number, max: number): number {
  if (value === undefined) return fallback;
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected a whole number from 1 to ${max} for ${name} but got ${value}.`,
    { data: { name, value } },
  );
}
