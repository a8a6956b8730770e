import type { AllowedParts } from "./allowed-parts.ts";

/** Less than rounding makes of a product. */
const belowRounding = 1 - 1e-6;

/**
 * Places of the allowed parts that are best as if each had its words once, best first, of equal ones the later first. Once as
 * many are found as are asked for, a part is looked at only where its words could bring it among these, however short it is.
 * @param sums for each place what the words weigh that it has; scores stand there afterwards, of those looked at
 * @param lengths of the parts
 */
export function bestPlaces(
  sums: Float32Array,
  lengths: Uint16Array,
  { flags, factors, mostFactor }: AllowedParts,
  limit: number,
): number[] {
  if (limit < 1) return [];
  const mostHeld = limit * 4;
  let held: number[] = [];
  let least = 0;
  let leastSum = 0;
  for (let place = flags.length - 1; place >= 0; place -= 1) {
    const sum = sums[place] as number;
    if (sum <= leastSum || flags[place] !== 1) continue;
    sums[place] = sum * (factors[lengths[place] as number] as number);
    if ((sums[place] as number) <= least) continue;
    held.push(place);
    if (held.length < mostHeld) continue;
    held = bestOf(held, sums, limit);
    least = sums[held.at(-1) as number] as number;
    leastSum = (least / mostFactor) * belowRounding;
  }
  return bestOf(held, sums, limit);
}

/** Sorting keeps the order of equal scores. */
function bestOf(places: number[], scores: Float32Array, limit: number): number[] {
  let left = places;
  if (places.length > limit) {
    const sorted = Float32Array.from(places, (at) => scores[at] as number).sort();
    const least = sorted[places.length - limit] as number;
    left = places.filter((at) => (scores[at] as number) >= least);
  }
  return left.sort((a, b) => (scores[b] as number) - (scores[a] as number)).slice(0, limit);
}
