/*
 * What a score is made of, as rows with bars. Of code each row is what one feature gives, in cosines, and they add up to the evidence
 * (docs/search.md, Why); of a memory the odds of its relevance are multiplied by what each row says.
 */

import type { RecallWhy } from "../../../../src/ports/answers/memory-reports.ts";
import type { ScoreParts } from "../../../../src/ports/answers/search.ts";
import { formatSigned } from "../../parts/format.ts";

export interface WhyRow {
  name: string;
  /** What was seen: "cosine 0.61". */
  seen: string;
  /** What it gives, as text. */
  given: string;
  /** Length and side of its bar, -1 to 1. */
  bar: number;
  isSum?: boolean;
}

/** Nobody sees less; but what is added up has all of it. */
const least = 0.005;

/** The rows of a hit of code; the last is their sum. */
export function codeRows(parts: ScoreParts): WhyRow[] {
  const two = (value: number): string => value.toFixed(2);
  const all: [name: string, seen: string, value: number | undefined][] = [
    [
      "meaning",
      parts.meaning === null ? "not known: as usual" : `cosine ${two(parts.meaning)}`,
      parts.fromMeaning,
    ],
    ["words", parts.words === null ? "none" : `BM25 ${two(parts.words)}`, parts.fromWords],
    [
      "share of words",
      parts.share === 0 ? "" : `${Math.round(parts.share * 100)} %`,
      parts.fromShare,
    ],
    ["all words", "", parts.fromWhole],
    ["names", "of a definition", parts.name],
    ["crowding", "near to many others", parts.crowding === undefined ? undefined : -parts.crowding],
    ["neighbours", "what is like it", parts.neighbours],
    ["order", "beats others in all", parts.order],
    ["path (priors)", "tests, docs, generated", parts.path],
    ["file", "what else it holds", parts.file],
    ["chance", "by the static model alone", parts.chance],
    ["late", "token by token", parts.late],
  ];
  const sum = all.reduce((total, [, , value]) => total + (value ?? 0), 0);
  const told = all.filter(([, , value]) => value !== undefined && Math.abs(value) >= least);
  const most = Math.max(
    0.01,
    Math.abs(sum),
    ...told.map(([, , value]) => Math.abs(value as number)),
  );
  const rows: WhyRow[] = told.map(([name, seen, value]) => ({
    name,
    seen,
    given: formatSigned(value as number),
    bar: (value as number) / most,
  }));
  rows.push({ name: "evidence", seen: "", given: two(sum), bar: sum / most, isSum: true });
  return rows;
}

/** The rows of a memory; the last is its score. */
export function memoryRows(why: RecallWhy, score: number): WhyRow[] {
  const two = (value: number): string => value.toFixed(2);
  const seen = (name: string, value: number | undefined, text: string): WhyRow[] =>
    value === undefined || value === 0
      ? []
      : [{ name, seen: text, given: "", bar: Math.max(-1, Math.min(1, value)) }];
  const factor = (name: string, value: number): WhyRow[] =>
    Math.abs(value - 1) < least
      ? []
      : [{ name, seen: "odds", given: `× ${two(value)}`, bar: factorBar(value) }];
  return [
    ...seen("meaning", why.meaning, `cosine ${two(why.meaning ?? 0)}`),
    ...seen("share of words", why.share, `${Math.round(why.share * 100)} %`),
    ...(why.words === undefined
      ? []
      : [{ name: "words", seen: `BM25 ${two(why.words)}`, given: "", bar: 0 }]),
    ...seen("phrase", why.phrase, formatSigned(why.phrase)),
    ...seen("length", -why.length, formatSigned(-why.length)),
    ...seen("context", why.context, formatSigned(why.context)),
    {
      name: "relevance",
      seen: `odds ${odds(why.relevance)}`,
      given: two(why.relevance),
      bar: why.relevance,
      isSum: true,
    },
    ...factor("decay", why.decay),
    ...factor("importance", why.importance),
    ...factor("time", why.time),
    ...factor("outdated", why.outdated),
    { name: "score", seen: `odds ${odds(score)}`, given: two(score), bar: score, isSum: true },
  ];
}

/** Halves and doubles are as long: from a quarter to four times. */
function factorBar(value: number): number {
  return Math.max(-1, Math.min(1, Math.log2(Math.max(value, 1 / 16)) / 2));
}

function odds(share: number): string {
  if (share >= 1) return "∞";
  return (share / (1 - share)).toFixed(2);
}

/** What the rows of a memory give together: it is its score. */
export function scoreOf(why: RecallWhy): number {
  const product =
    (why.relevance / (1 - why.relevance)) * why.decay * why.importance * why.time * why.outdated;
  return product / (1 + product);
}
