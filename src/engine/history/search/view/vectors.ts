/* Vectors of a revision, out of the two indexes: both are of one model. */
import type { StaticVectorIndex, VectorIndex } from "../../../../ports/store.ts";
import type { ScanKernels } from "../../../../ports/vector-scan.ts";
import { compareRows } from "../../../../storage/sqlite/vectors/similarities.ts";
import {
  type Both,
  bestOfBoth,
  bestSeen,
  bestSeenNow,
  partOf,
  refusing,
  sides,
  storeOf,
} from "./sides.ts";

export function vectorsOf(both: Both, kernels: ScanKernels | undefined): VectorIndex {
  const { folder, versions } = both;
  const main = folder?.vectors ?? versions.vectors;
  return {
    ...refusing("claimModel"),
    model: () => main.model(),
    put: (ids, vectors, of) => {
      const dimensions = ids.length === 0 ? 0 : vectors.length / ids.length;
      for (const side of sides) {
        const { own, places } = partOf(ids, side);
        if (own.length === 0) continue;
        const rows = new Float32Array(own.length * dimensions);
        for (const [row, place] of places.entries()) {
          const from = place * dimensions;
          rows.set(vectors.subarray(from, from + dimensions), row * dimensions);
        }
        storeOf(both, side)?.vectors.put(own, rows, of);
      }
    },
    search: (vector, limit, allowed) =>
      bestOfBoth(
        sides.map((side) => {
          const one = storeOf(both, side)?.vectors;
          if (one?.model() === undefined) return [];
          return bestSeenNow(both, side, limit, allowed, (most, own) =>
            one.search(vector, most, own),
          );
        }),
        limit,
      ),
    nearest: async (vector, limit, allowed) => {
      const lists = sides.map(async (side) => {
        const one = storeOf(both, side)?.vectors;
        if (one?.model() === undefined) return [];
        return await bestSeen(both, side, limit, allowed, (most, own) =>
          one.nearest(vector, most, own),
        );
      });
      return bestOfBoth(await Promise.all(lists), limit);
    },
    similarities: (ids, kind) => {
      const rows = rowsOf(both, ids, kind);
      const dimensions = rows.find((row) => row !== undefined)?.length ?? 0;
      if (dimensions === 0) return new Float32Array(ids.length * ids.length);
      const all = new Uint8Array(ids.length * dimensions);
      for (const [at, row] of rows.entries()) {
        if (row?.length === dimensions) all.set(row, at * dimensions);
      }
      return (kernels?.similarities ?? compareRows)(all, dimensions);
    },
    cosines: (vector, ids, kind) => {
      const cosines = new Float32Array(ids.length).fill(Number.NaN);
      for (const side of sides) {
        const { own, places } = partOf(ids, side);
        const found =
          own.length === 0 ? undefined : storeOf(both, side)?.vectors.cosines(vector, own, kind);
        for (const [at, place] of places.entries()) cosines[place] = found?.[at] ?? Number.NaN;
      }
      return cosines;
    },
  };
}

function rowsOf(
  both: Both,
  ids: readonly number[],
  kind: "model" | "static",
): (Uint8Array | undefined)[] {
  const rows = new Array<Uint8Array | undefined>(ids.length).fill(undefined);
  for (const side of sides) {
    const { own, places } = partOf(ids, side);
    const found = own.length === 0 ? undefined : storeOf(both, side)?.vectors.codes(own, kind);
    for (const [at, place] of places.entries()) rows[place] = found?.[at];
  }
  return rows;
}

export function staticVectorsOf(both: Both): StaticVectorIndex {
  return {
    ...refusing("pending", "put"),
    nearest: (vector, limit, allowed) =>
      bestOfBoth(
        sides.map((side) => {
          const one = storeOf(both, side)?.staticVectors;
          if (one === undefined) return [];
          return bestSeenNow(both, side, limit, allowed, (most, own) =>
            one.nearest(vector, most, own),
          );
        }),
        limit,
      ),
  };
}
