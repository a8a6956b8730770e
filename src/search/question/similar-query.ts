/*
 * Whether two queries ask the same thing in nearly the same words. Their vectors alone cannot say it:
 * "add a user" and "remove a user" are nearer to each other than many a question to its own rewording.
 * So the words must be the same, whatever case, signs and filler words stand around them, and the
 * vectors must be near besides (docs/decisions/0020-caches-in-memory.md has the measurements).
 */
import type { TextEmbedder } from "../../ports/embedder.ts";
import { cosineScaleOf, seenCosine } from "../ranking/cosine-scale.ts";

/** Least cosine of two queries of one signature, on the scale of all models (cosine-scale.ts). */
export const leastCosine = 0.9;

/** Words that a question is wrapped in, and that say nothing of what is looked for. */
const fillers: ReadonlySet<string> = new Set(
  "a an the is are was were be do does did can could please me my our your we you i".split(" "),
);

/** What counts as a word: letters with their marks, numbers, emoji, and all that stands in names of code. */
const pieces =
  /(?:[\p{L}\p{N}\p{M}\p{Co}_$@#./\\:<>=!+*%&|^~-]|\u200c|\u200d|(?!`)\p{S})+|\?[?.:=>]+/gu;

/**
 * The words of a query in their order, without fillers. Plain words are in lower case and without signs at
 * their end; whatever looks like code, a path, a number or an operator stays as it is, to the letter.
 */
export function signatureOf(text: string): string {
  const words: string[] = [];
  for (const [piece] of text.normalize("NFC").matchAll(pieces)) {
    const bare = piece.replace(/(?<=[\p{L}\p{N}])[.:!]+$/u, "");
    const isPlain = /^\p{Lu}?\p{Ll}+$|^\p{Lu}+$/u.test(bare);
    const word = isPlain ? bare.toLowerCase() : bare;
    if (!isPlain || !fillers.has(word)) words.push(word);
  }
  return words.join(" ");
}

/** Whether the vectors of two queries of one signature are near enough. */
export async function isNearlySame(
  embedder: TextEmbedder,
  a: string,
  b: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const options = { kind: "query" as const, signal };
  // One by one: each is looked for among the vectors of queries.
  const first = await embedder.embed([a], options);
  const second = await embedder.embed([b], options);
  let cosine = 0;
  for (let at = 0; at < first.length; at += 1) {
    cosine += (first[at] as number) * (second[at] as number);
  }
  return seenCosine(cosineScaleOf(embedder.modelId), cosine) >= leastCosine;
}
