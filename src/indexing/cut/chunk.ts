import { isProse } from "../../base/text/prose.ts";
import type { ChunkInput } from "../../ports/store.ts";
import type { Definition } from "../../ports/syntax.ts";
import { isData } from "../read/long-lines.ts";
import { type Boundaries, findBoundaries, neverBegins } from "./boundaries.ts";
import { beginsDefinition } from "./definitions.ts";
import { maxCharsPerToken, splitLongLine } from "./split-line.ts";
import { refineBoundaries } from "./syntax-boundaries.ts";

/**
 * Cuts the lines of a file into chunks. Three steps, each looking at near lines only, so that a
 * small edit changes the chunks around it and no others:
 *   1. split: top-level blocks; a block above the limit is cut at its best inner boundaries, and
 *      again, until each piece fits;
 *   2. pack: definitions and sections large enough stand alone; pieces between them are joined
 *      up to the target. Where to cut is decided by the boundary's level, then by a hash of its
 *      line: two runs that start apart agree again after a chunk or two;
 *   3. attach: what is still too small joins a neighbour when both fit the limit.
 * Every line that is not blank is in exactly one chunk, but for the parts of very long lines that are data:
 * an image, a table of numbers.
 */
export interface ChunkOptions {
  /** No chunk is above this, tokens without special tokens. */
  maxTokens: number;
  /** Pieces are joined up to this. */
  targetTokens: number;
  /** Chunks below this join a neighbour where they can. */
  minTokens: number;
  /** From languageOf(). Default "text". */
  language?: string | undefined;
  /** What the syntax tree found; without it, definitions are guessed from the lines. */
  definitions?: readonly Definition[] | undefined;
  /** Called for a line of which a part is in no chunk. @param line from 1 */
  onLeftOut?: ((line: number) => void) | undefined;
}

/** Chunks of one line of code, about 20,000 characters: what follows is more of the same. */
const mostParts = 24;

/**
 * Sizes for a model. The limit is what the model reads. The target stays well below it: a vector
 * of one thing is found better than one of three, and short texts cost less per token.
 *
 * @param modelMaxTokens most tokens of one text, special tokens included
 */
export function chunkOptionsFor(modelMaxTokens: number): ChunkOptions {
  // Models that read thousands of tokens still search best in pieces of a screenful.
  const maxTokens = Math.max(4, Math.min(modelMaxTokens, 512) - 2);
  return {
    maxTokens,
    targetTokens: Math.max(2, Math.round(maxTokens * 0.63)),
    minTokens: Math.max(1, Math.round(maxTokens * 0.16)),
  };
}

/** In a notebook's file that much stands between two cells without outputs; more is an output. */
const mostBlankBetweenCells = 12;

/** Lines start (inclusive) to end (exclusive); both edges are filled lines. */
interface Piece {
  start: number;
  end: number;
  tokens: number;
  /** Level of the boundary before it. */
  level: number;
  /** Top-level block it comes from: pieces of one block keep together. */
  block: number;
  /** A definition or section that stands alone. */
  isUnit: boolean;
}

/**
 * @param lines of the file, without line ends
 * @param tokensPerLine tokens of each line, without special tokens
 */
export function chunkLines(
  lines: readonly string[],
  tokensPerLine: Uint32Array,
  options: ChunkOptions,
): ChunkInput[] {
  const cutter = new Cutter(lines, tokensPerLine, options);
  return cutter.attach(cutter.pack(cutter.split())).flatMap((piece) => cutter.toChunks(piece));
}

class Cutter {
  readonly #lines: readonly string[];
  readonly #tokens: Uint32Array;
  readonly #options: ChunkOptions;
  readonly #boundaries: Boundaries;
  /** First rows of definitions, when a syntax tree told them. */
  readonly #unitLines: ReadonlySet<number> | undefined;
  readonly #isProse: boolean;
  /** Blank lines that a chunk may hold side by side. */
  readonly #mostBlank: number;

  constructor(lines: readonly string[], tokens: Uint32Array, options: ChunkOptions) {
    const language = options.language ?? "text";
    this.#lines = lines;
    this.#tokens = tokens;
    this.#options = options;
    const boundaries = findBoundaries(lines, language);
    const refined =
      options.definitions === undefined
        ? undefined
        : refineBoundaries(boundaries, options.definitions, lines);
    this.#boundaries = refined?.boundaries ?? boundaries;
    this.#unitLines = refined?.unitLines;
    this.#mostBlank = language === "jupyter" ? mostBlankBetweenCells : Number.POSITIVE_INFINITY;
    this.#isProse = this.#boundaries.topLevel > 1;
  }

  split(): Piece[] {
    const pieces: Piece[] = [];
    const { levels, topLevel } = this.#boundaries;
    let start = this.#skipBlank(0, this.#lines.length);
    let block = 0;
    while (start < this.#lines.length) {
      let end = start + 1;
      while (end < this.#lines.length && (levels[end] as number) > topLevel) end += 1;
      this.#splitRange(start, end, block, pieces);
      block += 1;
      start = this.#skipBlank(end, this.#lines.length);
    }
    return pieces;
  }

  /** Cuts a range at its best inner level until each part fits. The levels rise, so it ends. */
  #splitRange(start: number, end: number, block: number, pieces: Piece[]): void {
    const piece = this.#pieceOf(start, end, block);
    if (piece.tokens <= this.#options.maxTokens || piece.end - piece.start === 1) {
      pieces.push(piece);
      return;
    }
    const { levels } = this.#boundaries;
    let best = neverBegins;
    for (let line = start + 1; line < piece.end; line += 1) {
      if (this.#lines[line] !== "") best = Math.min(best, levels[line] as number);
    }
    // An even level and the odd one above it are the same indentation.
    const limit = best < 100 ? best | 1 : best;
    let from = start;
    for (let line = start + 1; line <= piece.end; line += 1) {
      const isCut =
        line === piece.end || ((levels[line] as number) <= limit && this.#isFilled(line));
      if (!isCut) continue;
      this.#splitRange(from, line, block, pieces);
      from = line;
    }
  }

  pack(pieces: readonly Piece[]): Piece[] {
    const packed: Piece[] = [];
    const blockSizes = new Map<number, number>();
    for (const { block } of pieces) blockSizes.set(block, (blockSizes.get(block) ?? 0) + 1);
    const isWhole = (piece: Piece): boolean => blockSizes.get(piece.block) === 1;
    let index = 0;
    while (index < pieces.length) {
      const first = pieces[index] as Piece;
      let end = index + 1;
      if (!first.isUnit) {
        // A run: whole small blocks side by side, or the parts of one large block.
        while (end < pieces.length) {
          const next = pieces[end] as Piece;
          const before = pieces[end - 1] as Piece;
          if (
            this.#isFar(before, next) ||
            next.isUnit ||
            (next.block !== first.block && !(isWhole(next) && isWhole(first)))
          )
            break;
          end += 1;
        }
      }
      this.#packRun(pieces.slice(index, end), packed);
      index = end;
    }
    return packed;
  }

  #packRun(run: readonly Piece[], packed: Piece[]): void {
    const { targetTokens } = this.#options;
    // Parts of a whole are joined to at least half the target before a cut is looked for.
    const minTokens = Math.max(this.#options.minTokens, targetTokens / 2);
    let rest = run.reduce((sum, piece) => sum + piece.tokens, 0);
    let start = 0;
    while (start < run.length) {
      let cut = run.length;
      if (rest > targetTokens) {
        cut = start + 1;
        let tokens = (run[start] as Piece).tokens;
        let bestRank = tokens >= minTokens ? this.#rank(run[cut]) : Number.POSITIVE_INFINITY;
        for (let next = start + 1; next < run.length; next += 1) {
          tokens += (run[next] as Piece).tokens;
          if (tokens > targetTokens) break;
          const rank = this.#rank(run[next + 1]);
          if (tokens < minTokens || rank <= bestRank) {
            cut = next + 1;
            if (tokens >= minTokens) bestRank = rank;
          }
        }
      }
      let joined = run[start] as Piece;
      for (let next = start + 1; next < cut; next += 1) joined = join(joined, run[next] as Piece);
      packed.push(joined);
      rest -= joined.tokens;
      start = cut;
    }
  }

  attach(pieces: readonly Piece[]): Piece[] {
    const { minTokens, maxTokens } = this.#options;
    const done: Piece[] = [];
    for (let index = 0; index < pieces.length; index += 1) {
      const piece = pieces[index] as Piece;
      if (piece.tokens >= minTokens) {
        done.push(piece);
        continue;
      }
      const before = done.at(-1);
      const after = pieces[index + 1];
      const fitsBefore =
        before !== undefined &&
        before.tokens + piece.tokens <= maxTokens &&
        !this.#isFar(before, piece);
      const fitsAfter =
        after !== undefined &&
        after.tokens + piece.tokens <= maxTokens &&
        !this.#isFar(piece, after);
      const isTail =
        before !== undefined && (after === undefined || piece.level > after.level || !fitsAfter);
      if (fitsBefore && isTail) {
        done[done.length - 1] = join(before, piece);
      } else if (fitsAfter) {
        done.push(join(piece, after));
        index += 1;
      } else if (fitsBefore) {
        done[done.length - 1] = join(before, piece);
      } else {
        done.push(piece);
      }
    }
    return done;
  }

  toChunks(piece: Piece): ChunkInput[] {
    const { maxTokens } = this.#options;
    const startLine = piece.start + 1;
    const endLine = piece.end;
    if (piece.tokens > maxTokens) {
      const line = this.#lines[piece.start] as string;
      const tokens = this.#tokens[piece.start] ?? 0;
      const parts = splitLongLine(line, tokens, maxTokens);
      const words = parts.filter(({ text }) => !isData(text));
      const kept = isProse(this.#options.language ?? "text") ? words : words.slice(0, mostParts);
      if (kept.length < parts.length) this.#options.onLeftOut?.(startLine);
      return kept.map((part) => ({ ...part, startLine, endLine }));
    }
    let tokens = 0;
    for (let line = piece.start; line < piece.end; line += 1) tokens += this.#tokens[line] ?? 0;
    const text = this.#lines.slice(piece.start, piece.end).join("\n");
    return [{ text, startLine, endLine, tokens }];
  }

  #pieceOf(start: number, end: number, block: number): Piece {
    let last = end;
    while (last > start + 1 && !this.#isFilled(last - 1)) last -= 1;
    let tokens = 0;
    for (let line = start; line < last; line += 1) tokens += this.#cost(line);
    const level = this.#boundaries.levels[start] as number;
    const isUnit = tokens >= this.#options.minTokens && this.#beginsUnit(start, last);
    return { start, end: last, tokens, level, block, isUnit };
  }

  /** Tokens of a line, and never fewer than its length allows for: a blob may be one token. */
  #cost(line: number): number {
    const length = (this.#lines[line] as string).length;
    return Math.max(this.#tokens[line] ?? 0, Math.ceil(length / maxCharsPerToken));
  }

  #beginsUnit(start: number, end: number): boolean {
    const { attached, levels, topLevel } = this.#boundaries;
    if (this.#isProse) return (levels[start] as number) <= topLevel;
    if (this.#unitLines !== undefined) return this.#unitLines.has(start);
    for (let line = start; line < end; line += 1) {
      if (attached[line] === 1 || !this.#isFilled(line)) continue;
      return beginsDefinition((this.#lines[line] as string).trim());
    }
    return false;
  }

  /** Smaller is a better place to cut: the level first, then a number drawn from the line itself. */
  #rank(piece: Piece | undefined): number {
    if (piece === undefined) return -1;
    return piece.level * 2 ** 32 + hashText((this.#lines[piece.start] as string).trim());
  }

  #isFar(before: Piece, next: Piece): boolean {
    return next.start - before.end > this.#mostBlank;
  }

  #isFilled(line: number): boolean {
    return (this.#lines[line] as string).trim() !== "";
  }

  #skipBlank(from: number, end: number): number {
    let line = from;
    while (line < end && !this.#isFilled(line)) line += 1;
    return line;
  }
}

function join(a: Piece, b: Piece): Piece {
  return { ...a, end: b.end, tokens: a.tokens + b.tokens };
}

/** FNV-1a over the first characters, 32 bits. */
function hashText(text: string): number {
  let state = 0x811c9dc5;
  const length = Math.min(text.length, 80);
  for (let index = 0; index < length; index += 1) {
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
  }
  return state >>> 0;
}
