/*
 * Places of parts, in growing order: as they are, or where many of all parts are among them as steps from one to the next,
 * of a byte each, which is a quarter of the memory and as fast to go through.
 */

/** A step of so many leads to no place: the next one goes on from there. */
const further = 255;

export type Places = Uint32Array | PackedPlaces;

export class PackedPlaces {
  readonly steps: Uint8Array;
  readonly length: number;
  readonly last: number;

  constructor(steps: Uint8Array, length: number, last: number) {
    this.steps = steps;
    this.length = length;
    this.last = last;
  }
}

/** Some and those that come after them, in the form that takes less memory. */
export function joined(before: Places, after: Uint32Array): Places {
  if (after.length === 0) return before;
  const length = before.length + after.length;
  const last = after.at(-1) as number;
  if (length + last / further >= length * Uint32Array.BYTES_PER_ELEMENT) {
    const all = new Uint32Array(length);
    all.set(unpackedPlaces(before));
    all.set(after, before.length);
    return all;
  }
  const known = before instanceof PackedPlaces ? before : stepsOf(before, -1);
  const more = stepsOf(after, known.last);
  const steps = new Uint8Array(known.steps.length + more.steps.length);
  steps.set(known.steps);
  steps.set(more.steps, known.steps.length);
  return new PackedPlaces(steps, length, last);
}

function stepsOf(places: Uint32Array, from: number): PackedPlaces {
  const last = places.at(-1) ?? from;
  const steps = new Uint8Array(places.length + Math.ceil((last - from) / further));
  let count = 0;
  let before = from;
  for (let at = 0; at < places.length; at += 1) {
    const place = places[at] as number;
    let step = place - before;
    for (; step >= further; step -= further) {
      steps[count] = further;
      count += 1;
    }
    steps[count] = step;
    count += 1;
    before = place;
  }
  return new PackedPlaces(steps.slice(0, count), places.length, last);
}

export function unpackedPlaces(places: Places): Uint32Array {
  if (places instanceof Uint32Array) return places;
  const { steps } = places;
  const all = new Uint32Array(places.length);
  let place = -1;
  let count = 0;
  for (let at = 0; at < steps.length; at += 1) {
    const step = steps[at] as number;
    place += step;
    if (step === further) continue;
    all[count] = place;
    count += 1;
  }
  return all;
}

/** Adds to the sum of each place. */
export function addAt(places: Places, sums: Float32Array, weight: number): void {
  if (places instanceof Uint32Array) {
    for (let at = 0; at < places.length; at += 1) {
      const place = places[at] as number;
      sums[place] = (sums[place] as number) + weight;
    }
    return;
  }
  const { steps } = places;
  let place = -1;
  for (let at = 0; at < steps.length; at += 1) {
    const step = steps[at] as number;
    place += step;
    if (step !== further) sums[place] = (sums[place] as number) + weight;
  }
}

/** How many have a 1 in `flags`. */
export function countFlagged(places: Places, flags: Uint8Array): number {
  let count = 0;
  if (places instanceof Uint32Array) {
    for (let at = 0; at < places.length; at += 1) {
      if (flags[places[at] as number] === 1) count += 1;
    }
    return count;
  }
  const { steps } = places;
  let place = -1;
  for (let at = 0; at < steps.length; at += 1) {
    const step = steps[at] as number;
    place += step;
    if (step !== further && flags[place] === 1) count += 1;
  }
  return count;
}

/** Memory of it, about. */
export function bytesOf(places: Places): number {
  return places instanceof Uint32Array ? places.byteLength : places.steps.byteLength;
}
