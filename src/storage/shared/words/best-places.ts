const buckets = 1_024;

/** Places of the highest scores above 0, best first, of equal ones the later first. Reads all of them twice, and sorts few. */
export function bestPlaces(scores: Float32Array, limit: number): number[] {
  let most = 0;
  for (let at = 0; at < scores.length; at += 1) {
    if ((scores[at] as number) > most) most = scores[at] as number;
  }
  if (most === 0 || limit < 1) return [];
  const bucketOf = (score: number): number =>
    Math.min(buckets - 1, Math.floor((score / most) * buckets));
  const sizes = new Uint32Array(buckets);
  for (let at = 0; at < scores.length; at += 1) {
    const score = scores[at] as number;
    if (score > 0) sizes[bucketOf(score)] = (sizes[bucketOf(score)] as number) + 1;
  }
  let lowest = buckets - 1;
  for (let sum = sizes[lowest] as number; sum < limit && lowest > 0; ) {
    lowest -= 1;
    sum += sizes[lowest] as number;
  }
  const found: number[] = [];
  for (let at = scores.length - 1; at >= 0; at -= 1) {
    const score = scores[at] as number;
    if (score > 0 && bucketOf(score) >= lowest) found.push(at);
  }
  // Sorting keeps the order of equal scores.
  found.sort((a, b) => (scores[b] as number) - (scores[a] as number));
  return found.slice(0, limit);
}
