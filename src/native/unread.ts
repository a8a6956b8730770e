/* Texts that a model cannot read get a vector of zeros from it. */
import type { Reads } from "../ports/tokenizer.ts";

/** Tokens that are looked at to see what a tokeniser knows. */
export const tokensAsked = 256;

/** Places of the texts that the model cannot read. */
export function unreadOf(texts: readonly string[], reads: Reads | undefined): Set<number> {
  const unread = new Set<number>();
  if (reads === undefined) return unread;
  for (const [at, text] of texts.entries()) if (!reads(text)) unread.add(at);
  return unread;
}
