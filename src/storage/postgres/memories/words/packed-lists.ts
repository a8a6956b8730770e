/* Lists of part ids as the server packs them (schema/tables/words.ts). */

/** Distances from the first id, of so many bytes each. */
export interface PackedList {
  first: number;
  width: number;
  ids: Uint8Array;
}

/** What is wider is no list: whoever wrote it is not waited for. */
const mostWidth = 4;

/** Ids after one and up to another, in order, each once: of several words, and of young parts, as the server comes across them. */
export function unpacked(
  lists: readonly PackedList[],
  after: number,
  until: number,
): ArrayLike<number> {
  const sound = lists.filter(({ width }) => width >= 1 && width <= mostWidth);
  const size = sound.reduce((sum, { ids, width }) => sum + Math.floor(ids.length / width), 0);
  const all = new Uint32Array(size);
  let count = 0;
  let last = 0;
  let isSorted = true;
  for (const { first, width, ids } of sound.toSorted((a, b) => a.first - b.first)) {
    for (let at = 0; at + width <= ids.length; at += width) {
      let id = first;
      let unit = 1;
      for (let byte = at + width - 1; byte >= at; byte -= 1) {
        id += (ids[byte] as number) * unit;
        unit *= 256;
      }
      if (id <= after || id > until) continue;
      if (id <= last) isSorted = false;
      last = id;
      all[count] = id;
      count += 1;
    }
  }
  const found = all.subarray(0, count);
  return isSorted ? found : once(found.sort());
}

function once(sorted: Uint32Array): Uint32Array {
  return sorted.filter((id, at) => at === 0 || id !== sorted[at - 1]);
}
