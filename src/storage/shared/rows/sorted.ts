/* Sorted ids in typed arrays that grow. */

type Growable = Uint32Array | Uint16Array | Uint8Array | Int8Array | Float64Array | Float32Array;

/** A longer copy with room for `needed`, or more. */
export function grown<T extends Growable>(array: T, needed: number): T {
  const length = Math.max(needed, Math.ceil(array.length * 1.5), 64);
  const longer = new (array.constructor as new (length: number) => T)(length);
  longer.set(array as never);
  return longer;
}

/** Where an id stands among the first `count`; -1 when it is not there. */
export function slotOf(ids: Uint32Array, count: number, id: number): number {
  let low = 0;
  let high = count - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = ids[middle] as number;
    if (found === id) return middle;
    if (found < id) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
