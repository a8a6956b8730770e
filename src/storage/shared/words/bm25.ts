/** BM25: how fast more of a word stops to say more, and how much a long text is held against it. */
const saturation = 1.2;
const lengthShare = 0.75;

/** What a word that a text has so often counts of its weight. @param length of the text, where 1 is usual */
export function saturated(count: number, length: number): number {
  const damped = saturation * (1 - lengthShare + lengthShare * length);
  return (count * (saturation + 1)) / (count + damped);
}
