/* New vectors of the chunks of a MapStore. */
import type { NextVectors } from "../../src/ports/store.ts";
import { MapNext } from "./map-next.ts";
import type { MapData, Opened } from "./map-store.ts";

export function nextChunks(data: Opened): NextVectors {
  const next = new MapNext<MapData>(data, ({ vectors, pending, byId }) =>
    [...new Set([...vectors.keys(), ...pending.keys()])].flatMap((id) => {
      const chunk = byId.get(id);
      return chunk === undefined ? [] : [{ id, text: chunk.context + chunk.text }];
    }),
  );
  return {
    state: () => next.state(),
    begin: (to, folder) => next.begin(to, folder),
    stop: () => next.stop(),
    pending: (limit, afterId) => next.pending(limit, afterId),
    put: (ids, vectors, of) => next.put(ids, vectors, of),
    take: () => next.take(),
    drop: () => next.drop(),
    wantStatic: () => {
      const { byId, staticVectors, staticPending } = data();
      for (const id of byId.keys()) if (!staticVectors.has(id)) staticPending.add(id);
    },
  };
}
