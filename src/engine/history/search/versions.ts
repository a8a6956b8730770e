/*
 * The index of versions: files of commits that the index of the folder has not, each once for any number of commits.
 * It is an index as any other, in the cache folder, and may go at any time: what is asked for again is read again.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { HaypileError } from "../../../base/errors.ts";
import { areSameVectors, isSameModel, type ModelName } from "../../../base/model-name.ts";
import { yieldToEventLoop } from "../../../base/yield.ts";
import { revisionsFolder, revisionsPath } from "../../../config/places/paths.ts";
import { chunkOptionsFor } from "../../../indexing/cut/chunk.ts";
import { embedChunks } from "../../../indexing/embed-chunks.ts";
import { embedStatic } from "../../../indexing/embed-static.ts";
import { Plan } from "../../../indexing/plan.ts";
import { Stopwatch } from "../../../indexing/report.ts";
import { storeTexts } from "../../../indexing/store-texts.ts";
import { emptyCounts } from "../../../indexing/text-counts.ts";
import { defaultMaxFileBytes } from "../../../indexing/walk/ignore-defaults.ts";
import { SkipLog } from "../../../indexing/walk/skip-log.ts";
import type { WalkedFile } from "../../../indexing/walk/walk.ts";
import { nameOf } from "../../../models/files.ts";
import { scanKernels } from "../../../native/vector-scan.ts";
import { sqlFunctions, wordSplitter } from "../../../native/words.ts";
import type { RevisionsKept } from "../../../ports/answers/index-facts.ts";
import type { FileTable, FileWithChunks, IndexStore } from "../../../ports/store.ts";
import { databaseBytes } from "../../../storage/sqlite/file/database-bytes.ts";
import { lastUseOf, noteUse } from "../../../storage/sqlite/file/index-facts.ts";
import { acquireIndexLock } from "../../../storage/sqlite/file/lock.ts";
import { removeIndex } from "../../../storage/sqlite/file/remove.ts";
import { openSqliteStore } from "../../../storage/sqlite/store.ts";
import type { EngineParts } from "../../engine-parts.ts";
import { KeptStore } from "../../index/kept-store.ts";
import type { CodeFile } from "./code-files.ts";
import { textOfBlob } from "./text-of-blob.ts";

/** One index of versions, bytes; then the versions that were not asked for longest go. */
const mostBytes = 1024 ** 3;
/** All of them, bytes; then those that were not used longest go. */
const mostBytesOfAll = 4 * 1024 ** 3;
/** What goes at a time. */
const shareGoing = 0.25;
const filesPerWrite = 256;
const pageCacheBytes = 4 * 1024 * 1024;
const bitsBudgetBytes = 16 * 1024 * 1024;
/** A version that was asked for later than this is not noted again, milliseconds. */
const noteAfterMs = 600_000;
const chunksPerPage = 512;
/** Revisions whose names are kept for people. */
const mostNoted = 32;

/** A file with the bytes of its blob. */
export interface ReadFile extends CodeFile {
  bytes: Buffer;
}

/** What went wrong with a file for which nobody mourns. */
const worthless: ReadonlySet<string> = new Set(["HAYPILE_DB_CORRUPT", "HAYPILE_DB_NOT_A_DATABASE"]);

export class Versions {
  readonly #parts: EngineParts;
  readonly #kept: KeptStore;
  /** Chunks up to here were looked for in the index of the folder. */
  #sharedUpTo = 0;
  readonly path: string;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.path = revisionsPath(parts.source.environment.cacheFolder, parts.database);
    this.#kept = new KeptStore(
      this.path,
      () => this.#open(),
      () => undefined,
    );
  }

  /** What tells its content from any other; changes with every write. */
  mark(): string {
    const { opened } = this.#kept;
    return opened === undefined ? "" : `${this.#kept.file} ${opened.facts.changeMark()}`;
  }

  /**
   * The index of versions, with vectors of a model or none: one with others is made anew.
   * @throws HaypileError HAYPILE_DB_BUSY while another process writes into one of another model; those of the store
   */
  get(model: ModelName): IndexStore {
    const store = this.#kept.get(true);
    const own = store.vectors.model();
    if (own !== undefined && isSameModel(own, model) && areSameVectors(own, model)) return store;
    if (own === undefined || store.facts.stats().chunks === 0) {
      store.vectors.claimModel(model);
      return store;
    }
    removeIndex(this.path);
    const anew = this.#kept.get(true);
    anew.vectors.claimModel(model);
    return anew;
  }

  /** Runs work whose store stays open until it is done. */
  during<T>(work: () => Promise<T>): Promise<T> {
    return this.#kept.during(work);
  }

  /**
   * Reads versions in: texts, words, definitions and static vectors, and vectors that the folder's index has.
   * @returns false: another process writes, and nothing was read
   * @throws HaypileError HAYPILE_ABORTED, HAYPILE_DISK_FULL, and those of the store
   */
  async takeIn(
    store: IndexStore,
    folder: IndexStore | undefined,
    files: readonly ReadFile[],
    signal: AbortSignal,
  ): Promise<boolean> {
    const lock = lockOf(this.path);
    if (lock === undefined) return false;
    try {
      await this.#store(store, files, signal);
      await this.#shareVectors(store, folder);
      const { staticEmbedder } = this.#parts;
      if (staticEmbedder !== undefined) {
        await embedStatic(store.staticVectors, staticEmbedder, new Stopwatch(), signal);
      }
      // A static model makes its vectors as quickly as words are stored.
      const { located, cached, embedder } = this.#parts;
      const model = store.vectors.model();
      const isOwn = located !== undefined && model && isSameModel(nameOf(located), model);
      if (isOwn && located.kind === "static") {
        const phase = { store, embedder: cached ?? embedder, watch: new Stopwatch(), signal };
        await embedChunks({ ...phase, batchChunks: chunksPerPage, onProgress: () => undefined });
      }
      return true;
    } finally {
      lock.release();
    }
  }

  /** Says that a revision was asked for, and with it the versions it has. */
  note(store: IndexStore, commit: string, at: number, stored: readonly string[]): void {
    const now = Date.now();
    const noted = notedIn(store);
    const known = noted.find((one) => one.commit === commit);
    const isNoted = known !== undefined && known.files === stored.length;
    if (isNoted && now - known.asked < noteAfterMs) return;
    const others = noted.filter((one) => one.commit !== commit);
    const all = [{ commit, at, asked: now, files: stored.length }, ...others].slice(0, mostNoted);
    store.unlessBusy(() => {
      store.facts.set(notedKey, JSON.stringify(all));
      const stamp = { sizeBytes: 0, mtimeMs: 0, readMs: now };
      store.files.touch(stored.map((path) => ({ path, stamp })));
    });
  }

  /** Keeps this index, and all of them together, below their limits. @returns versions that went */
  async bound(store: IndexStore, signal: AbortSignal): Promise<number> {
    let gone = 0;
    while (databaseBytes(this.path) > mostBytes && !signal.aborted) {
      const lock = lockOf(this.path);
      if (lock === undefined) return gone;
      try {
        const oldest = [...store.files.all().values()]
          .sort((a, b) => a.stamp.readMs - b.stamp.readMs)
          .map(({ path }) => path);
        const going = oldest.slice(0, Math.ceil(oldest.length * shareGoing));
        if (going.length === 0) return gone;
        for (let at = 0; at < going.length; at += filesPerWrite) {
          store.files.remove(going.slice(at, at + filesPerWrite));
          await yieldToEventLoop();
        }
        gone += going.length;
        for (const _ of store.optimizeInSteps()) await yieldToEventLoop();
      } finally {
        lock.release();
      }
    }
    boundAll(this.#parts.source.environment.cacheFolder, this.path);
    return gone;
  }

  /** What is kept; undefined: nothing. */
  kept(): RevisionsKept | undefined {
    const bytes = databaseBytes(this.path);
    if (bytes === 0) return undefined;
    const store = this.#kept.get(true);
    const { files, chunks, vectors } = store.facts.stats();
    const revisions = notedIn(store).map(({ commit, at, asked }) => ({
      commit,
      date: new Date(at).toISOString(),
      asked: new Date(asked).toISOString(),
    }));
    return {
      database: this.path,
      bytes,
      files,
      chunks,
      withoutVector: chunks - vectors,
      revisions,
    };
  }

  close(): void {
    this.#kept.close();
  }

  async #store(store: IndexStore, files: readonly ReadFile[], signal: AbortSignal): Promise<void> {
    const { configured, parser, root } = this.#parts;
    const { maxFileBytes = defaultMaxFileBytes, minLines = 1 } = configured.indexDefaults;
    const embedder = this.#parts.embedder.light();
    const byPath = new Map(files.map((file) => [file.path, file]));
    const fileOf = (path: string): ReadFile => byPath.get(path) as ReadFile;
    const stored = new Set<string>();
    const put = (some: readonly FileWithChunks[]): void => {
      store.files.put(some.map((file) => ({ ...file, path: fileOf(file.path).stored })));
      for (const { path } of some) stored.add(path);
    };
    const table: FileTable = {
      ...store.files,
      put,
      touch: () => undefined,
      remove: () => undefined,
      unparsed: () => [],
    };
    await storeTexts(walked(files, root), {
      table,
      embedder,
      plan: new Plan(new Map()),
      skips: new SkipLog(),
      watch: new Stopwatch(),
      counts: emptyCounts(),
      chunkOptions: chunkOptionsFor(embedder.maxTokens),
      root,
      maxFileBytes,
      minLines,
      unchanged: undefined,
      parser,
      signal,
      onFile: () => undefined,
      read: async ({ path }) => textOfBlob(path, fileOf(path).bytes),
    });
    // Binary, or generated: known from now on, and nothing to find.
    const empty = files.filter(({ path }) => !stored.has(path));
    const stamp = { sizeBytes: 0, mtimeMs: 0, readMs: Date.now() };
    for (let at = 0; at < empty.length; at += filesPerWrite) {
      put(
        empty.slice(at, at + filesPerWrite).map(({ path }) => {
          return { path, stamp, contentHash: "", language: "text", chunks: [] };
        }),
      );
    }
  }

  /** A text that the folder has as well is not embedded again. */
  async #shareVectors(store: IndexStore, folder: IndexStore | undefined): Promise<void> {
    const model = store.vectors.model();
    if (folder === undefined || model === undefined) return;
    for (;;) {
      const rows = store.pending.page(this.#sharedUpTo, chunksPerPage);
      const last = rows.at(-1);
      if (last === undefined) return;
      const found = folder.vectors.ofTexts(rows.map(({ text }) => text));
      const known = rows.flatMap(({ id }, at) => {
        const vector = found[at];
        return vector?.length === model.dimensions ? [{ id, vector }] : [];
      });
      const vectors = new Float32Array(known.length * model.dimensions);
      for (const [at, { vector }] of known.entries()) vectors.set(vector, at * model.dimensions);
      store.vectors.put(
        known.map(({ id }) => id),
        vectors,
        model,
      );
      this.#sharedUpTo = last.id;
      await yieldToEventLoop();
    }
  }

  #open(): IndexStore {
    const { addonFolder, store: tuning } = this.#parts;
    const open = (): IndexStore => {
      const store = openSqliteStore({
        path: this.path,
        kernels: scanKernels(addonFolder),
        splitWords: wordSplitter(addonFolder),
        sqlFunctions: sqlFunctions(addonFolder),
        ...tuning,
        cacheBytes: Math.min(tuning.cacheBytes ?? pageCacheBytes, pageCacheBytes),
        bitsBudgetBytes: Math.min(tuning.bitsBudgetBytes ?? bitsBudgetBytes, bitsBudgetBytes),
      });
      store.texts.refresh();
      return store;
    };
    this.#sharedUpTo = 0;
    try {
      const store = open();
      noteUse(this.path);
      return store;
    } catch (error) {
      if (HaypileError.isInstance(error) && error.code === "HAYPILE_DB_NEWER") {
        throw ofNewer(error);
      }
      if (!HaypileError.isInstance(error) || !worthless.has(error.code)) throw error;
      removeIndex(this.path);
      return open();
    }
  }
}

/** It can be made again, but not while the newer Haypile may still want it: a person says so. */
function ofNewer({ data, code, message }: HaypileError): HaypileError {
  const [found = message] = message.split(" It was not changed.");
  return new HaypileError(
    code,
    `${found} It was not changed, so this search at a revision was not made. Update Haypile here, or delete that file: it holds versions of files that are read again.`,
    { data },
  );
}

async function* walked(files: readonly CodeFile[], root: string): AsyncGenerator<WalkedFile> {
  for (const { path, sizeBytes } of files) {
    yield { path, absolutePath: join(root, ...path.split("/")), sizeBytes, mtimeMs: 0 };
  }
}

/** Undefined: another process writes. */
function lockOf(path: string): { release(): void } | undefined {
  try {
    return acquireIndexLock(path);
  } catch (error) {
    if (HaypileError.isInstance(error) && error.code === "HAYPILE_DB_BUSY") return undefined;
    throw error;
  }
}

/** Of all indexes of versions those go that were not used longest, but never this one. */
function boundAll(cacheFolder: string, own: string): void {
  const folder = revisionsFolder(cacheFolder);
  const all = readdirSync(folder)
    .filter((name) => name.endsWith(".db"))
    .map((name) => join(folder, name))
    .map((path) => ({ path, bytes: databaseBytes(path), used: lastUseOf(path)?.getTime() ?? 0 }))
    .sort((a, b) => a.used - b.used);
  let bytes = all.reduce((sum, one) => sum + one.bytes, 0);
  for (const one of all) {
    if (bytes <= mostBytesOfAll) return;
    if (one.path === own) continue;
    try {
      removeIndex(one.path);
      bytes -= one.bytes;
    } catch {
      // Somebody is at work on it: another time.
    }
  }
}

const notedKey = "revisions";

interface Noted {
  commit: string;
  /** Of the commit, and when it was asked for last, milliseconds since 1970. */
  at: number;
  asked: number;
  files: number;
}

function notedIn(store: IndexStore): Noted[] {
  try {
    return JSON.parse(store.facts.get(notedKey) ?? "[]") as Noted[];
  } catch {
    return [];
  }
}
