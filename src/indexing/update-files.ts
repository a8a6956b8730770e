/*
 * Some files of an index brought up to date, and no others: their texts, words, definitions and static vectors. It
 * walks nothing, so it takes milliseconds where an index run takes as long as the folder is large; vectors of the
 * model are left to the next run, and so is all where others hold up its writes for longer than a moment.
 */
import type { FileCounts } from "../ports/answers/index-run.ts";
import type { TextEmbedder } from "../ports/embedder.ts";
import type { Store } from "../ports/store.ts";
import type { SyntaxParser } from "../ports/syntax.ts";
import { chunkOptionsFor } from "./cut/chunk.ts";
import { embedStatic } from "./embed-static.ts";
import { removeGone } from "./indexer.ts";
import { briefly } from "./patiently.ts";
import { Plan } from "./plan.ts";
import { Stopwatch } from "./report.ts";
import { storeTexts } from "./store-texts.ts";
import { emptyCounts } from "./text-counts.ts";
import { defaultMaxFileBytes } from "./walk/ignore-defaults.ts";
import { SkipLog } from "./walk/skip-log.ts";
import { walkThese } from "./walk-these.ts";

export interface UpdateRequest {
  /** From resolveRoot(). */
  root: string;
  store: Pick<Store, "files" | "staticVectors">;
  /** Counts tokens; it makes no vectors here. */
  embedder: TextEmbedder;
  staticEmbedder?: TextEmbedder | undefined;
  parser?: SyntaxParser | undefined;
  /** Relative to the root, with "/": files that are new, changed or gone. */
  paths: readonly string[];
  /** As for an index run. */
  maxFileBytes?: number | undefined;
  minLines?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** @throws HaypileError HAYPILE_ABORTED, those of resolveRoot(), and those of the store */
export async function updateFiles(request: UpdateRequest): Promise<FileCounts> {
  const { root, store, embedder, signal } = request;
  const { maxFileBytes = defaultMaxFileBytes, minLines = 1 } = request;
  const { paths } = request;
  const watch = new Stopwatch();
  const counts = emptyCounts();
  const plan = new Plan(store.files.records(paths));
  await storeTexts(walkThese(root, paths, maxFileBytes, plan), {
    table: store.files,
    embedder,
    plan,
    skips: new SkipLog(),
    watch,
    counts,
    chunkOptions: chunkOptionsFor(embedder.maxTokens),
    root,
    maxFileBytes,
    minLines,
    unchanged: undefined,
    parser: request.parser,
    signal,
    waiting: briefly,
    onFile: () => undefined,
  });
  await removeGone(store.files, plan, watch, counts, signal, briefly);
  const { new: added, changed } = counts.files;
  if (request.staticEmbedder !== undefined && added + changed > 0) {
    await embedStatic(store.staticVectors, request.staticEmbedder, watch, signal);
  }
  return counts.files;
}
