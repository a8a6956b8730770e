/*
 * The cosines of models on the scale of the packaged one, for which all numbers of the ranking were learnt. Where a
 * question has nothing to do with a text, all-minilm-l6-v2 says .05 and e5-small-v2 .7: a floor, or what a shared word is
 * worth, means the same for both only after the one line was laid on the other. The order by one model's cosines stays as
 * it is; a cosine of 1 may come out above 1.
 *
 * Each line goes through two points, both the medians of what the model and the packaged one say of the same pairs, on the twelve
 * sets of bench/memories/notes: a question with every text of its set, and a question with its answer. What it does
 * elsewhere was looked at and not learnt from. bench/quality/cosines.ts prints them.
 */

/** seen = (cosine - origin) × stretch */
export interface CosineScale {
  origin: number;
  stretch: number;
}

const asItIs: CosineScale = { origin: 0, stretch: 1 };

const scales: Readonly<Record<string, CosineScale>> = {};

/** @param modelId the model of the vectors; one that nobody measured is taken as it is */
export function cosineScaleOf(modelId: string | undefined): CosineScale {
  return (modelId === undefined ? undefined : scales[modelId]) ?? asItIs;
}

/** NaN stays NaN: there is no vector. */
export function seenCosine({ origin, stretch }: CosineScale, cosine: number): number {
  return (cosine - origin) * stretch;
}

/** All of them, as seenCosine(); the same array where nothing changes. */
export function seenCosines(scale: CosineScale, cosines: Float32Array): Float32Array {
  return scale === asItIs ? cosines : cosines.map((cosine) => seenCosine(scale, cosine));
}
