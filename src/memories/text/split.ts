/*
 * A long text is found by its parts: about 250 tokens each, cut where a paragraph, a line, a sentence or a word
 * ends. Tokens are estimated, because storing a text must not wait for a model.
 */
import type { PartSpan } from "../../ports/memory-rows.ts";

/** Tokens of a part, about. */
const partTokens = 250;

/** Written without spaces: about one token for each character. */
const dense = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Thai}]/gu;

/** Tokens of a text, about: four characters make one, in scripts without spaces each character does. */
export function estimateTokens(text: string): number {
  const denseCount = text.length - text.replace(dense, "").length;
  return Math.ceil((text.length - denseCount) / 4) + denseCount;
}

/** Parts in order, without gaps; one for a text that is short. */
export function splitText(text: string): PartSpan[] {
  const tokens = estimateTokens(text);
  if (tokens <= partTokens * 1.2) return [{ start: 0, end: text.length }];
  const size = Math.max(64, Math.floor((text.length * partTokens) / tokens));
  const parts: PartSpan[] = [];
  for (let start = 0; start < text.length; ) {
    const end =
      text.length - start <= size * 1.2 ? text.length : cutBefore(text, start, start + size);
    parts.push({ start, end });
    start = end;
  }
  return parts;
}

/** The best place to cut in the last half before `end`. */
function cutBefore(text: string, start: number, end: number): number {
  const from = start + Math.floor((end - start) / 2);
  const half = text.slice(from, end);
  for (const mark of [/\n\s*\n/g, /\n/g, /[.!?。！？]["')\]]?\s+|[。！？]/g, /\s+/g]) {
    let last: RegExpMatchArray | undefined;
    for (const found of half.matchAll(mark)) last = found;
    if (last?.index !== undefined) return from + last.index + last[0].length;
  }
  // Never inside a pair of units that make one character.
  const isLow = (text.charCodeAt(end) & 0xfc00) === 0xdc00;
  return isLow ? end - 1 : end;
}
