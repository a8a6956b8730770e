/* Files, texts and words of a revision, out of the two indexes. */
import type {
  ChunkPlace,
  FileRecord,
  FileTable,
  PendingChunks,
  TextIndex,
  WaitingChunk,
  WordMarks,
} from "../../../../ports/store.ts";
import {
  type Both,
  bestOfBoth,
  bestSeenNow,
  idOf,
  partOf,
  placeOfFile,
  refusing,
  type Side,
  seenPath,
  sides,
  storeOf,
} from "./sides.ts";

export function filesOf(both: Both): FileTable {
  const recordOf = (path: string): FileRecord | undefined => {
    const place = placeOfFile(both, path);
    const record = place && storeOf(both, place.side)?.files.records([place.path]).get(place.path);
    return record && { ...record, path };
  };
  return {
    ...refusing("all", "put", "touch", "remove", "unparsed", "partlyParsed"),
    stampOf: (path) => recordOf(path)?.stamp,
    records: (paths) =>
      new Map(
        paths.flatMap((path) => {
          const record = recordOf(path);
          return record === undefined ? [] : [[path, record] as const];
        }),
      ),
  };
}

export function textsOf(both: Both): TextIndex {
  return {
    search: (query, limit, allowed) => {
      const lists = sides.map((side) => {
        const texts = storeOf(both, side)?.texts;
        if (texts === undefined) return [];
        return bestSeenNow(both, side, limit, allowed, (most, own) =>
          texts.search(query, most, own),
        );
      });
      const scale = lists[1]?.length === 0 ? 1 : scaleOfVersions(both, query);
      const versions = (lists[1] ?? []).map(({ chunkId, score }) => ({
        chunkId,
        score: score * scale,
      }));
      return bestOfBoth([lists[0] ?? [], versions], limit);
    },
    marks: (query, ids) => marksOf(both, query, ids),
    refresh: () => false,
    passagesOf: (ids) =>
      inOrder(both, ids, (side, own) => storeOf(both, side)?.texts.passagesOf(own)),
    places: (ids) =>
      sides.flatMap((side): ChunkPlace[] => {
        const { own } = partOf(ids, side);
        const places = own.length === 0 ? undefined : storeOf(both, side)?.texts.places(own);
        return (places ?? []).flatMap((place) => {
          const path = seenPath(both, side, place.path);
          return path === undefined ? [] : [{ ...place, path, chunkId: idOf(place.chunkId, side) }];
        });
      }),
    at: (places) => {
      const found = new Array<number | undefined>(places.length).fill(undefined);
      for (const side of sides) {
        const own = places.flatMap(({ path, line }, at) => {
          const place = placeOfFile(both, path);
          return place?.side === side ? [{ path: place.path, line, at }] : [];
        });
        const ids = own.length === 0 ? [] : (storeOf(both, side)?.texts.at(own) ?? []);
        for (const [n, { at }] of own.entries()) {
          const id = ids[n];
          if (id !== undefined) found[at] = idOf(id, side);
        }
      }
      return found;
    },
    where: (fits, kinds) => {
      const lists = sides.map((side) =>
        storeOf(both, side)
          ?.texts.where((file) => {
            const path = seenPath(both, side, file.path);
            return path !== undefined && fits({ ...file, path });
          }, kinds)
          .map((id) => idOf(id, side)),
      );
      const all = lists.flatMap((list) => (list === undefined ? [] : [...list]));
      return Uint32Array.from(all).sort();
    },
  };
}

export function pendingOf(both: Both): PendingChunks {
  const of = (ids: readonly number[]): WaitingChunk[] =>
    inOrder(both, ids, (side, own) => storeOf(both, side)?.pending.of(own));
  return {
    ...refusing("page", "next", "rank"),
    count: () =>
      sides.reduce<number>((sum, side) => sum + (storeOf(both, side)?.pending.count() ?? 0), 0),
    of,
    ask: (ids) => {
      for (const side of sides) {
        const { own } = partOf(ids, side);
        if (own.length > 0) storeOf(both, side)?.pending.ask(own);
      }
    },
  };
}

/** Rows with an id, in the order of the ids that were asked for. */
function inOrder<Row extends { id: number }>(
  both: Both,
  ids: readonly number[],
  ask: (side: Side, own: readonly number[]) => Row[] | undefined,
): Row[] {
  const rows = new Map<number, Row>();
  for (const side of sides) {
    const { own } = partOf(ids, side);
    if (own.length === 0 || storeOf(both, side) === undefined) continue;
    for (const row of ask(side, own) ?? []) {
      const id = idOf(row.id, side);
      rows.set(id, { ...row, id });
    }
  }
  return ids.flatMap((id) => rows.get(id) ?? []);
}

/** The index in which words are weighed: the larger one, for what is rare in a few files is rare nowhere. */
function weigher({ folder, versions }: Both): Side {
  if (folder === undefined) return 1;
  return folder.facts.stats().chunks >= versions.facts.stats().chunks ? 0 : 1;
}

/** What scores of one index are worth in the other: BM25 counts a word by how rare it is in its own. */
function scaleOfVersions(both: Both, query: string): number {
  if (weigher(both) === 1 || both.folder === undefined) return 1;
  const worth = ({ weights }: WordMarks): number =>
    weights.reduce((sum, weight) => sum + weight, 0);
  const own = worth(both.versions.texts.marks(query, []));
  const folder = worth(both.folder.texts.marks(query, []));
  return own > 0 && folder > 0 ? folder / own : 1;
}

function marksOf(both: Both, query: string, ids: readonly number[]): WordMarks {
  const marks = new Array<Uint8Array>(ids.length);
  const found = sides.map((side) => {
    const { own, places } = partOf(ids, side);
    const one = storeOf(both, side)?.texts.marks(query, own);
    for (const [at, place] of places.entries()) {
      marks[place] = one?.marks[at] ?? new Uint8Array(one?.weights.length ?? 0);
    }
    return one;
  });
  const weighing = found[weigher(both)] as WordMarks;
  return { marks, weights: weighing.weights, texts: weighing.texts };
}
