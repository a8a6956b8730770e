import type { Snippet } from "../../ports/answers/search.ts";
import { findLiterals, findWords, stem, stopWords, wellFormed } from "../question/words.ts";

export interface SnippetOptions {
  /** Most lines. Default 5. */
  maxLines?: number | undefined;
  /** Longer lines are cut around their first matching word. Default 200. */
  maxLineChars?: number | undefined;
}

/**
 * Picks the window of lines that has most of the query's words. A word counts once in full and a
 * little for each further line; the shorter a word list a line shares, the less. Without any word
 * in common the chunk's first lines are shown.
 *
 * @param chunkStartLine number of the chunk's first line in the file
 */
export function makeSnippet(
  text: string,
  chunkStartLine: number,
  query: string,
  options: SnippetOptions = {},
): Snippet {
  const { maxLines = 5, maxLineChars = 200 } = options;
  const wanted: Wanted = { stems: queryStems(query), literals: findLiterals(query) };
  const lines = text.split("\n");
  const found = lines.map((line) => matchesOf(line, wanted));
  const start = bestWindow(found, Math.min(maxLines, lines.length));
  const window = lines.slice(start, start + maxLines);
  while (window.length > 1 && window.at(-1)?.trim() === "") window.pop();
  return {
    startLine: chunkStartLine + start,
    lines: window.map((line) => shorten(line, wanted, maxLineChars)),
  };
}

/** What the query asks of a line. */
interface Wanted {
  stems: ReadonlySet<string>;
  literals: readonly string[];
}

function queryStems(query: string): Set<string> {
  const all = findWords(query).flatMap((word) => word.parts);
  const telling = all.filter((part) => !stopWords.has(part));
  return new Set((telling.length > 0 ? telling : all).map(stem));
}

function matchesOf(line: string, { stems, literals }: Wanted): Set<string> {
  const found = new Set(literals.filter((literal) => line.includes(literal)));
  for (const { parts } of findWords(line)) {
    for (const part of parts) {
      const bare = stem(part);
      if (stems.has(bare)) found.add(bare);
    }
  }
  return found;
}

/** What a word adds that an earlier line of the window has already: breaks ties, no more. */
const repeatedWeight = 0.1;

function bestWindow(found: readonly ReadonlySet<string>[], size: number): number {
  let best = 0;
  let bestScore = 0;
  for (let start = 0; start + size <= found.length; start += 1) {
    const seen = new Set<string>();
    let score = 0;
    for (let line = start; line < start + size; line += 1) {
      for (const word of found[line] as ReadonlySet<string>) {
        score += seen.has(word) ? repeatedWeight : 1;
        seen.add(word);
      }
    }
    // A window that begins with a match shows it with what follows.
    if ((found[start] as ReadonlySet<string>).size > 0) score += repeatedWeight;
    if (score > bestScore + 1e-9) {
      best = start;
      bestScore = score;
    }
  }
  return best;
}

function shorten(line: string, { stems, literals }: Wanted, maxChars: number): string {
  if (line.length <= maxChars) return line;
  let at = 0;
  for (const match of line.matchAll(/[\p{L}\p{N}_$]+/gu)) {
    if (findWords(match[0]).some(({ parts }) => parts.some((part) => stems.has(stem(part))))) {
      at = match.index;
      break;
    }
  }
  const literal = literals.find((one) => line.includes(one));
  if (at === 0 && literal !== undefined) at = line.indexOf(literal);
  const start = Math.max(0, Math.min(at - Math.floor(maxChars / 4), line.length - maxChars));
  const cut = wellFormed(line.slice(start, start + maxChars));
  return `${start > 0 ? "…" : ""}${cut}${start + maxChars < line.length ? "…" : ""}`;
}
