/* A revision as an index that a search can be asked of. */
import type { ScanKernels } from "../../../../ports/vector-scan.ts";
import type { SearchedIndex } from "../../../../search/routes/candidates.ts";
import type { SqliteStore } from "../../../../storage/sqlite/store.ts";
import { pathOfStored, storedPath } from "../stored-paths.ts";
import type { Both, Seen, Side } from "./sides.ts";
import { symbolsOf } from "./symbols.ts";
import { filesOf, pendingOf, textsOf } from "./texts.ts";
import { staticVectorsOf, vectorsOf } from "./vectors.ts";

export type Visible = Both["visible"];

export function viewOf(both: Both, kernels: ScanKernels | undefined): SearchedIndex {
  const { folder, versions } = both;
  return {
    files: filesOf(both),
    texts: textsOf(both),
    vectors: vectorsOf(both, kernels),
    pending: pendingOf(both),
    staticVectors: staticVectorsOf(both),
    symbols: symbolsOf(both),
    unlessBusy: (write) => {
      const own = (): boolean => versions.unlessBusy(write);
      if (folder === undefined) return own();
      let isWritten = false;
      const isFree = folder.unlessBusy(() => {
        isWritten = own();
      });
      return isFree && isWritten;
    },
  };
}

/** Which chunks of each index a revision shows, worked out when they are first asked for. */
export function visibleChunks(
  folder: SqliteStore | undefined,
  versions: SqliteStore,
  seen: Seen,
): Visible {
  const known = new Map<Side, ReturnType<Visible>>();
  return (side) => {
    if (!known.has(side)) known.set(side, look(side, folder, versions, seen));
    return known.get(side);
  };
}

function look(
  side: Side,
  folder: SqliteStore | undefined,
  versions: SqliteStore,
  seen: Seen,
): ReturnType<Visible> {
  if (side === 0 && (seen.isAllShared || folder === undefined)) return undefined;
  const ids =
    side === 0
      ? (folder as SqliteStore).texts.where(({ path }) => seen.isShared(path))
      : versions.texts.where(({ path }) => {
          const own = pathOfStored(path);
          const blob = seen.blobOf(own);
          return blob !== undefined && storedPath(blob, own) === path;
        });
  return { ids, set: new Set(ids) };
}
