/* What the words of a query count by in late interaction. */
import type { ModelTokenizer } from "../ports/tokenizer.ts";

/** BERT's vocabulary goes by frequency from here on; before it stand special tokens, signs and letters. */
const firstWord = "the";
/** So many words are as common as any. */
const commonWords = 20;
const leastWorth = 0.05;
const mostWorth = 2.75;

/**
 * By id, 0 to 255: the root of the logarithm of a word's place in the vocabulary, which stands for how rare it is.
 * Special tokens count nothing. Undefined: this vocabulary has no such order.
 */
export function worthOfWords(tokenizer: ModelTokenizer): Uint8Array | undefined {
  if (tokenizer.kind !== "wordpiece") return undefined;
  const { vocabulary, classifyId, separateId, padId } = tokenizer.spec;
  const words = new TextDecoder().decode(vocabulary).split("\n").slice(0, -1);
  const first = words.indexOf(firstWord);
  if (first < 0) return undefined;
  const worth = Uint8Array.from(words, (_, id) => {
    const place = Math.max(0, id - (first - 1));
    const own = Math.sqrt(Math.log1p(place / commonWords)) + leastWorth;
    return Math.min(255, Math.round((own / mostWorth) * 255));
  });
  for (const id of [classifyId, separateId, padId]) worth[id] = 0;
  return worth;
}
