/*
 * Models whose vectors stand side by side, so that what one is blind to the other sees. Measured on all kinds of text at once
 * (docs/decisions/0122); weights count on the scale that the cosines of all models are brought to.
 */
export interface ModelSum {
  name: string;
  aliases: readonly string[];
  parts: readonly { model: string; weight: number }[];
}

export const sums: readonly ModelSum[] = [
  {
    name: "all-minilm-l6-v2+e5-small-v2",
    aliases: ["minilm+e5"],
    parts: [
      { model: "all-minilm-l6-v2", weight: 0.7 },
      { model: "e5-small-v2", weight: 0.3 },
    ],
  },
];

/** By name or alias, case and spaces around "+" do not count; undefined: it is no sum. */
export function findSum(name: string): ModelSum | undefined {
  const wanted = name.toLowerCase().replaceAll(/\s*\+\s*/g, "+");
  return sums.find((one) => [one.name, ...one.aliases].includes(wanted));
}
