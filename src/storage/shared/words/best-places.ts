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
    least = leastOfBest(held, sums, limit);
    held = notBelow(held, sums, least, limit);
    leastSum = (least / mostFactor) * belowRounding;
  }
  // Sorting keeps the order of equal scores.
  return notBelow(held, sums, leastOfBest(held, sums, limit), limit).sort(
    (a, b) => (sums[b] as number) - (sums[a] as number),
  );
}

/** The score of the last that stays. */
function leastOfBest(places: readonly number[], scores: Float32Array, limit: number): number {
  if (places.length <= limit) return 0;
  const sorted = new Float32Array(places.length);
  for (let at = 0; at < places.length; at += 1) {
    sorted[at] = scores[places[at] as number] as number;
  }
  return sorted.sort()[places.length - limit] as number;
}

/** In their order; of those that have just the least score, the first. */
function notBelow(places: number[], scores: Float32Array, least: number, limit: number): number[] {
  if (places.length <= limit) return places;
  let equal = limit;
  for (const at of places) if ((scores[at] as number) > least) equal -= 1;
  return places.filter((at) => {
    const score = scores[at] as number;
    if (score !== least) return score > least;
    equal -= 1;
    return equal >= 0;
  });
}
