/*
 * The cosines of models on the scale of the packaged one, for which all numbers of the ranking were learnt. Of a question and
 * a text that have nothing to do with each other all-minilm-l6-v2 says .08 and e5-small-v2 .76; of an answer they say
 * .48 and .85. A floor, or what a shared word is worth, means the same for both only after the one line was laid on the other.
 * The order by one model's cosines stays as it is; a cosine of 1 may come out above 1.
 */

/** seen = (cosine - origin) × stretch */
export interface CosineScale {
  origin: number;
  stretch: number;
}

const asItIs: CosineScale = { origin: 0, stretch: 1 };

/**
 * By model. Stretches were chosen by MRR and recall@10 among memories (LoCoMo dev turns, DevBench, the twelve sets of
 * bench/memories/notes, bench/memories/facts), with each of the four left out in turn: bench/quality/learn-notes.ts. Origins follow
 * from them: on the twelve sets the median of a question with all texts comes out where the packaged model's does, at .081.
 */
export const cosineScales: Record<string, CosineScale> = {
  "e5-small-v2": { origin: 0.742, stretch: 4.5 },
  // Nobody measured it here: trained by the same recipe as the one above, at the same temperature.
  "multilingual-e5-small": { origin: 0.742, stretch: 4.5 },
  // Of a sum: total of its weights times stretches, and the mean of the origins by these (src/models/sums.ts).
  "all-minilm-l6-v2+e5-small-v2": { origin: 0.4886, stretch: 2.05 },
  "bge-small-en-v1.5": { origin: 0.403, stretch: 2 },
};

/** @param modelId the model of the vectors; one that nobody measured is taken as it is */
export function cosineScaleOf(modelId: string | undefined): CosineScale {
  return (modelId === undefined ? undefined : cosineScales[modelId]) ?? asItIs;
}

/** NaN stays NaN: there is no vector. */
export function seenCosine({ origin, stretch }: CosineScale, cosine: number): number {
  return (cosine - origin) * stretch;
}

/** All of them, as seenCosine(); the same array where nothing changes. */
export function seenCosines(scale: CosineScale, cosines: Float32Array): Float32Array {
  return scale === asItIs ? cosines : cosines.map((cosine) => seenCosine(scale, cosine));
}
