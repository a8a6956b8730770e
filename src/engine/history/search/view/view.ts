/* A revision as an index that a search can be asked of. */

import type { IndexStore } from "../../../../ports/store.ts";
import type { ScanKernels } from "../../../../ports/vector-scan.ts";
import type { SearchedIndex } from "../../../../search/routes/candidates.ts";
import { pathOfStored } from "../stored-paths.ts";
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

/**
 * Which chunks of each index a revision shows, worked out when they are first asked for.
 * @param before of the same revision, where the index of the folder has not changed since
 */
export function visibleChunks(
  folder: IndexStore | undefined,
  versions: IndexStore,
  seen: Seen,
  before: Visible | undefined,
): Visible {
  const known = new Map<Side, ReturnType<Visible>>();
  return (side) => {
    if (!known.has(side)) {
      const kept = side === 0 ? before : undefined;
      known.set(side, kept === undefined ? look(side, folder, versions, seen) : kept(side));
    }
    return known.get(side);
  };
}

function look(
  side: Side,
  folder: IndexStore | undefined,
  versions: IndexStore,
  seen: Seen,
): ReturnType<Visible> {
  if (side === 0 && (seen.isAllShared || folder === undefined)) return undefined;
  const ids =
    side === 0
      ? (folder as IndexStore).texts.where(({ path }) => seen.isShared(path))
      : versions.texts.where(({ path }) => seen.storedOf(pathOfStored(path)) === path);
  const { chunks } = (side === 0 ? (folder as IndexStore) : versions).facts.stats();
  return { ids, set: new Set(ids), areMost: ids.length * 2 >= chunks };
}
