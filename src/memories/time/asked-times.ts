/*
 * The times that a question names, and how well those of a memory meet them. A memory has the time that it was told, and
 * the times that stand in its text, which are read from its own day ("yesterday"). Meeting moves it up and never hides another.
 */
import { findWords, stopWords } from "../../search/question/words.ts";
import type { Span } from "./days.ts";
import { type SpokenTime, spokenTimes } from "./spoken-times.ts";

export interface AskedTimes {
  times: readonly SpokenTime[];
  /** The question without them. */
  rest: string;
  /** Words of that which tell something: none of "what did we do yesterday". */
  telling: number;
}

/** Words that ask for whatever there was. */
const asking: ReadonlySet<string> = new Set(
  (
    "happen happened happening did do does done doing go going went anything something everything all any new news thing " +
    "things event events note noted notes record recorded remember remembered say said tell told know up going on"
  ).split(" "),
);

function tellingIn(rest: string): number {
  const words = findWords(rest).map(({ raw }) => raw.toLowerCase());
  return new Set(words.filter((word) => !stopWords.has(word) && !asking.has(word))).size;
}

/** Words that ask for the newest of what answers. */
const latest =
  /\b(?:the last time|last time|latest|most recent(?:ly)?|newest|current(?:ly)?|right now|at the moment|these days|nowadays)\b/iu;

export function asksForLatest(query: string): boolean {
  return latest.test(query);
}

/** A time that the memory was told at says less than one in its text, when there is one. */
const toldBesideOwn = 0.8;
/** Of a day inside a month that the text names. */
const within = 0.5;
/** So far away from what was asked for, in lengths of it, nothing is left; near by at most this much. */
const nearBy = 0.3;
const dayMs = 86_400_000;
/** Characters of a text that are read for times. */
const mostRead = 1_500;

/** Undefined: it names no time. @param now milliseconds since 1970 */
export function askedTimes(query: string, now: number): AskedTimes | undefined {
  const times = spokenTimes(query.slice(0, mostRead), now, "question");
  if (times.length === 0) return undefined;
  const rest = without(query, times);
  return { times, rest, telling: rest === query ? 0 : tellingIn(rest) };
}

const letter = /[\p{L}\p{N}]/u;

/** The query itself where nothing else stands in it. */
function without(query: string, times: readonly SpokenTime[]): string {
  let rest = "";
  let done = 0;
  for (const { start, end } of times) {
    rest += `${query.slice(done, start)} `;
    done = end;
  }
  rest += query.slice(done);
  return letter.test(rest) ? rest : query;
}

/**
 * How well a memory meets the times, 0 to 1.
 * @param told when it was, milliseconds since 1970
 */
export function meeting({ times }: Pick<AskedTimes, "times">, told: number, text: string): number {
  const own = spokenTimes(text.slice(0, mostRead), told, "text");
  let best = 0;
  for (const asked of times) {
    const byDay = atTime(asked, told) * (own.length > 0 ? toldBesideOwn : 1);
    best = Math.max(best, byDay, ...own.map((one) => overlap(asked, one)));
  }
  return best;
}

function atTime(asked: Span, at: number): number {
  if (asked.from <= at && at < asked.to) return 1;
  const length = Math.max(dayMs, asked.to - asked.from);
  if (length === Number.POSITIVE_INFINITY) return 0;
  const away = Math.max(asked.from - at, at - asked.to);
  return nearBy * Math.max(0, 1 - away / length);
}

function overlap(asked: Span, own: Span): number {
  const common = Math.min(asked.to, own.to) - Math.max(asked.from, own.from);
  if (common <= 0) return 0;
  const ofOwn = common / (own.to - own.from);
  return Math.max(ofOwn, within * (common / (asked.to - asked.from)));
}
