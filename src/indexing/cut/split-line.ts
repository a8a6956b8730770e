/**
 * Cuts one line that is longer than a chunk may be, at white space where there is any. How many
 * tokens a part has is estimated from its words and scaled to the line's true count, with a
 * margin; should a part still be longer, the tokenizer truncates it.
 */

/** Part of the limit that is used: words differ from the estimate by about this much. */
const margin = 0.85;

/** Characters of one chunk per token of its limit: bounds text that has next to no tokens. */
export const maxCharsPerToken = 16;

export interface LinePart {
  text: string;
  /** Estimated, rounded up; 1 to maxTokens. */
  tokens: number;
}

/** @param tokens of the whole line, as counted */
export function splitLongLine(line: string, tokens: number, maxTokens: number): LinePart[] {
  const words = wordsOf(line);
  const weights = words.map(weightOf);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const tokensPerWeight = tokens / Math.max(total, 1);
  const limit = Math.max(1, maxTokens * margin);
  const maxChars = maxTokens * maxCharsPerToken;

  const parts: LinePart[] = [];
  let text = "";
  let estimate = 0;
  const flush = (): void => {
    const trimmed = text.trim();
    if (trimmed !== "") {
      const rounded = Math.ceil(estimate / margin);
      parts.push({ text: trimmed, tokens: Math.min(maxTokens, Math.max(1, rounded)) });
    }
    text = "";
    estimate = 0;
  };
  words.forEach((word, index) => {
    const cost = (weights[index] as number) * tokensPerWeight;
    if (estimate + cost > limit || text.length + word.length > maxChars) flush();
    if (cost <= limit && word.length <= maxChars) {
      text += word;
      estimate += cost;
      return;
    }
    // A word longer than a chunk: cut by characters.
    const pieces = Math.max(Math.ceil(cost / limit), Math.ceil(word.length / maxChars));
    for (const piece of cutEvenly(word, pieces)) {
      text = piece;
      estimate = cost / pieces;
      flush();
    }
  });
  flush();
  return parts;
}

/** Each with the white space before it. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  let from = 0;
  for (const { 0: word, index } of line.matchAll(/\S+/gu)) {
    const to = index + word.length;
    words.push(line.slice(from, to));
    from = to;
  }
  return words;
}

/** Roughly the word pieces of a text: four letters or three digits each, every sign one. */
function weightOf(text: string): number {
  let weight = 0;
  for (const [run] of text.matchAll(/\p{L}+|\p{N}+|[^\s\p{L}\p{N}]/gu)) {
    if (/^\p{L}/u.test(run)) weight += Math.ceil(run.length / 4);
    else if (/^\p{N}/u.test(run)) weight += Math.ceil(run.length / 3);
    else weight += 1;
  }
  return weight;
}

/** Cuts into about `count` parts of equal length; a surrogate pair is never torn. */
function cutEvenly(word: string, count: number): string[] {
  const length = Math.max(2, Math.ceil(word.length / count));
  const pieces: string[] = [];
  for (let start = 0; start < word.length; ) {
    let end = Math.min(word.length, start + length);
    const unit = word.charCodeAt(end - 1);
    if (end < word.length && unit >= 0xd800 && unit < 0xdc00) end -= 1;
    pieces.push(word.slice(start, end));
    start = end;
  }
  return pieces;
}
