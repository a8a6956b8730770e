/* Index runs and searches of an index whose vectors may be exchanged while they are at work. */
import type { ModelName } from "../../base/model-name.ts";
import type {
  IndexCallOptions,
  IndexProgress,
  IndexResult,
} from "../../ports/answers/index-run.ts";
import type { FoundHits, SearchRequest } from "../../ports/answers/search.ts";
import type { IndexStore } from "../../ports/store.ts";
import type { SearchParts } from "../../search/routes/candidates.ts";
import { search } from "../../search/searcher.ts";
import type { IndexMigrations } from "./migrations.ts";

export type SearchedParts = SearchParts & { store: IndexStore };

/** Vectors are exchanged once in a migration: more often in one search is chance. */
const mostTries = 3;

/**
 * A search whose answer is of one model: when the vectors were exchanged meanwhile, it is made again.
 * @param open the parts for one try, @param ask what is asked of them
 */
export async function searchOneModel(
  migrations: IndexMigrations,
  open: () => SearchedParts,
  ask: () => SearchRequest,
): Promise<{ found: FoundHits; store: IndexStore }> {
  for (let tries = 1; ; tries += 1) {
    const { store } = open();
    await migrations.follow(store);
    const before = JSON.stringify(store.vectors.model());
    const isExchanged = (): boolean => JSON.stringify(store.vectors.model()) !== before;
    try {
      const found = await search(open(), ask());
      if (isExchanged() && tries < mostTries) continue;
      migrations.renewSoon(store);
      const note = migrations.note(store);
      return { found: note === undefined ? found : { ...found, cut: [note, ...found.cut] }, store };
    } catch (error) {
      const isWorthIt = isExchanged() || migrations.rest(error);
      if (!isWorthIt || tries >= mostTries) throw error;
    }
  }
}

/**
 * An index run, and the vectors after it where those that are there are of another format than the model makes: they
 * are not mixed, but all made anew.
 */
export async function indexAndRenew(
  migrations: IndexMigrations,
  openStore: () => IndexStore,
  run: (textsOf?: ModelName) => Promise<IndexResult>,
  { signal, onProgress, fillIn }: IndexCallOptions,
): Promise<IndexResult> {
  const store = openStore();
  await migrations.follow(store);
  const { by, isOutdated } = migrations.serving(store);
  if (by === "old-vectors") return await run();
  const report = await run(store.vectors.model());
  const isWanted = isOutdated || store.next.state()?.isStopped === false;
  if (!isWanted || fillIn === "off") return report;
  const { embedded } = await migrations.run(
    openStore(),
    {
      signal,
      onProgress: onProgress && ((progress) => onProgress(asIndexProgress(progress, report))),
    },
    false,
  );
  return { ...report, chunks: { ...report.chunks, embedded } };
}

function asIndexProgress(
  progress: { done: number; total: number; rssBytes: number; msLeft?: number | undefined },
  { files, bytesRead }: IndexResult,
): IndexProgress {
  const { done, total, rssBytes, msLeft } = progress;
  return {
    phase: "embed",
    filesDone: files.seen,
    filesTotal: files.seen,
    chunksDone: done,
    chunksTotal: total,
    tokensDone: 0,
    tokensTotal: 0,
    bytes: bytesRead,
    rssBytes,
    msLeft,
  };
}
