/*
 * Times as people write them in English: "yesterday", "two weeks ago", "last spring", "in March", "on 3 May", "2026-03-01",
 * "since Monday". What may be something else ("may", "march", "fall", a bare number) needs a word before it that makes it a
 * time. Times without a year are the last such before `now`; in a text, the nearest to its own day.
 */
import {
  type Day,
  dayOf,
  daySpan,
  isDay,
  monthSpan,
  type Span,
  startOf,
  weekSpan,
  yearSpan,
} from "./days.ts";

/** A time that was said. */
export interface SpokenTime extends Span {
  /** Where it stands: UTF-16 units. */
  start: number;
  end: number;
  /** Said from today ("last week"): no text has these words for it. */
  isRelative: boolean;
}

/** Whose words they are: of a question times are past, in a text they may be to come. */
export type Speech = "question" | "text";

const monthNames =
  "january february march april may june july august september october november december".split(
    " ",
  );
const weekdayNames = "sunday monday tuesday wednesday thursday friday saturday".split(" ");
const counted: Readonly<Record<string, [number, number]>> = {
  ...{ a: [1, 1], an: [1, 1], one: [1, 1], two: [2, 2], three: [3, 3], four: [4, 4], five: [5, 5] },
  ...{ six: [6, 6], seven: [7, 7], eight: [8, 8], nine: [9, 9], ten: [10, 10], eleven: [11, 11] },
  ...{ twelve: [12, 12], "a couple of": [2, 2], couple: [2, 2], "a few": [2, 4], few: [2, 4] },
  ...{ several: [3, 7] },
};
/** First months; of winter the one before the year begins. */
const seasons: Readonly<Record<string, number>> = {
  spring: 2,
  summer: 5,
  autumn: 8,
  fall: 8,
  winter: 11,
};

const year = "(?:19|20)\\d\\d";
const full = monthNames.join("|");
const short = "jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec";
const month = `(?:${full}|(?:${short})\\.?)`;
const weekday = weekdayNames.join("|");
const dayNumber = "(?:3[01]|[12]\\d|0?[1-9])(?:st|nd|rd|th)?";
const number = `\\d{1,3}|${Object.keys(counted)
  .sort((a, b) => b.length - a.length)
  .join("|")}`;
const unit = "day|weekend|week|month|quarter|year";
const before =
  "in|during|since|before|after|until|till|by|from|of|for|between|early|mid|late|every|and|to";
/** A number with one of these is no year. */
const measures =
  "ms|seconds?|minutes?|hours?|bytes?|[kmgt]i?b|px|percent|rows?|lines?|users?|items?|requests?|times|euros?|dollars?|tokens?|words?|characters?|people|steps?|connections?|entries|files?";
const form = new RegExp(
  [
    `(?<iso>(?<isoYear>${year})-(?<isoMonth>0[1-9]|1[0-2])(?:-(?<isoDay>0[1-9]|[12]\\d|3[01]))?(?![\\d-]))`,
    `(?<dayFirst>(?<day1>${dayNumber}) (?:of )?(?<month1>${month}|may)(?:,? (?<year1>${year}))?)`,
    `(?<monthFirst>(?<month2>${month}|may) (?<day2>${dayNumber})(?![\\d:])(?:,? (?<year2>${year}))?)`,
    `(?<monthYear>(?<month3>${month}|may),? (?:of )?(?<year3>${year}))`,
    `(?<when>day before yesterday|yesterday|today|tonight|tomorrow|this (?:morning|afternoon|evening)|last night|earlier today)`,
    `(?<half>half a year ago)`,
    `(?<ago>(?<ago1>${number}) (?<ago2>day|week|month|year)s? ago)`,
    `(?:in |over |during |for )?(?:the )?(?:last|past) (?<span1>${number}) (?<span2>day|week|month|year)s?`,
    `(?:the )?(?<which>last|past|previous|this|next) (?<what>${unit}|${weekday}|spring|summer|autumn|fall|winter|${month}|may)(?:'s)?`,
    `(?<=\\b(?:on|since|before|after|until|by|from) )(?<named>${weekday})(?:'s)?`,
    `(?:(?<=\\b(?:${before}) )(?:the )?|the )?(?<season>spring|summer|autumn|fall|winter)(?: of)? (?<year4>${year})`,
    `(?<=\\b(?:in|during|since|before|after|of|by|until) (?:the )?)(?<season2>spring|summer|autumn|winter)`,
    `q(?<quarter>[1-4])(?: (?:of )?(?<year5>${year}))?`,
    `(?<=\\b(?:${before}) )(?<month6>${full}|(?:${short})\\.?)(?! (?:${full}))`,
    `(?<=\\b(?:in|during|since|before|after|until|by|from|of|year|to) )(?<year7>${year})(?! ?(?:%|(?:${measures})\\b))`,
    `(?<lately>recently|lately)`,
  ]
    .map((one) => `(?:${one})`)
    .join("|"),
  "giu",
);
/** What stands before a time and makes it a beginning or an end. */
const edge = /\b(?<edge>since|after|before|until|till|by|from|between)\s+(?:the\s+)?$/iu;
const recentDays = 30;

/** Every time that a text says, in order. @param now what it is said from: its own day, of a question today */
export function spokenTimes(text: string, now: number, speech: Speech): SpokenTime[] {
  const found: SpokenTime[] = [];
  form.lastIndex = 0;
  for (const match of text.matchAll(form)) {
    const start = match.index;
    const end = start + match[0].length;
    if (isInWord(text, start, end) || isCount(text, match)) continue;
    const said = readTime(match.groups ?? {}, dayOf(now), now, speech);
    if (said === undefined) continue;
    found.push({ ...said, start, end });
  }
  return speech === "question" ? withEdges(text, found, now) : found;
}

function isInWord(text: string, start: number, end: number): boolean {
  const word = /[\p{L}\p{N}_]/u;
  return word.test(text[start - 1] ?? " ") || word.test(text[end] ?? " ");
}

const dayOrOn = new RegExp(`\\b(?:${before}|on|at)\\s+(?:the\\s+)?$`, "iu");

/** "may 10 connections be open", "convert dec 10 to hex": a month in small letters, that nothing makes a time, before more words. */
function isCount(text: string, { index, 0: said, groups }: RegExpExecArray): boolean {
  const name = groups?.month2;
  if (name === undefined || groups?.year2 !== undefined || name !== name.toLowerCase())
    return false;
  const isFollowed = /^\s+[\p{L}\p{N}]/u.test(text.slice(index + said.length));
  return isFollowed && !dayOrOn.test(text.slice(0, index));
}

type Said = Span & { isRelative: boolean };

function readTime(
  groups: Readonly<Record<string, string | undefined>>,
  today: Day,
  now: number,
  speech: Speech,
): Said | undefined {
  const own = (name: string): string | undefined => groups[name]?.toLowerCase();
  const some = (...names: string[]): string | undefined =>
    names.map(own).find((one) => one !== undefined);
  const plain = (span: Span | undefined): Said | undefined =>
    span && { ...span, isRelative: false };
  const relative = (span: Span | undefined): Said | undefined =>
    span && { ...span, isRelative: true };

  if (own("iso") !== undefined)
    return plain(isoSpan(own("isoYear"), own("isoMonth"), own("isoDay")));
  if (own("dayFirst") !== undefined || own("monthFirst") !== undefined) {
    const given = some("year1", "year2");
    const at = monthOf(some("month1", "month2"));
    const day = Number.parseInt(some("day1", "day2") ?? "", 10);
    return plain(dayInYear(at, day, given, now, speech));
  }
  if (own("monthYear") !== undefined) {
    return plain(monthSpan(Number(own("year3")), monthOf(own("month3"))));
  }
  if (own("when") !== undefined)
    return relative(daySpan({ ...today, day: today.day + dayShift(own("when")) }));
  if (own("half") !== undefined) return relative(agoSpan("6", "month", today));
  if (own("ago") !== undefined) return relative(agoSpan(own("ago1"), own("ago2"), today));
  if (own("span1") !== undefined) return relative(lastSpan(own("span1"), own("span2"), today, now));
  if (own("what") !== undefined) return whichSpan(own("which"), own("what"), today, now);
  if (own("named") !== undefined) {
    return speech === "question" ? relative(weekdaySpan(own("named"), today, -1)) : undefined;
  }
  const season = some("season", "season2");
  if (season !== undefined) {
    return plain(yearly((of) => seasonSpan(season, of), own("year4"), now, speech));
  }
  const quarter = own("quarter");
  if (quarter !== undefined) {
    const spanOf = (of: number): Span => monthSpan(of, (Number(quarter) - 1) * 3, 3);
    return plain(yearly(spanOf, own("year5"), now, speech));
  }
  if (own("month6") !== undefined) {
    const at = monthOf(own("month6"));
    return plain(yearly((of) => monthSpan(of, at), undefined, now, speech));
  }
  if (own("year7") !== undefined) return plain(yearSpan(Number(own("year7"))));
  if (speech === "text") return undefined;
  return relative({ from: startOf({ ...today, day: today.day - recentDays }), to: now + 1 });
}

function isoSpan(of = "", at = "", day: string | undefined): Span | undefined {
  const months = { year: Number(of), month: Number(at) - 1 };
  if (day === undefined) return monthSpan(months.year, months.month);
  const whole = { ...months, day: Number(day) };
  return isDay(whole) ? daySpan(whole) : undefined;
}

function monthOf(name = ""): number {
  return monthNames.findIndex((one) => one.startsWith(name.slice(0, 3)));
}

function dayInYear(
  at: number,
  day: number,
  given: string | undefined,
  now: number,
  speech: Speech,
): Span | undefined {
  const isThere = (of: number): boolean => isDay({ year: of, month: at, day });
  const spanOf = (of: number): Span => daySpan({ year: of, month: at, day });
  if (given !== undefined) return isThere(Number(given)) ? spanOf(Number(given)) : undefined;
  const { year: here } = dayOf(now);
  // The 29th of February is eight years away at most.
  const spans = Array.from({ length: 10 }, (_, back) => here + 1 - back)
    .filter(isThere)
    .map(spanOf);
  if (spans.length === 0) return undefined;
  return speech === "question" ? spans.find(({ from }) => from <= now) : nearest(spans, now);
}

/** Of the year that was said; else the last that has begun, in a text the nearest. */
function yearly(
  spanOf: (year: number) => Span,
  given: string | undefined,
  now: number,
  speech: Speech,
): Span {
  if (given !== undefined) return spanOf(Number(given));
  const { year: here } = dayOf(now);
  const spans = [here + 1, here, here - 1].map(spanOf);
  if (speech === "question") return spans.find(({ from }) => from <= now) as Span;
  return nearest(spans, now);
}

function nearest(spans: readonly Span[], now: number): Span {
  return spans.reduce((best, one) => (distance(one, now) < distance(best, now) ? one : best));
}

function distance({ from, to }: Span, now: number): number {
  return Math.max(0, from - now, now - to);
}

function dayShift(when = ""): number {
  if (when === "day before yesterday") return -2;
  if (when === "yesterday" || when === "last night") return -1;
  return when === "tomorrow" ? 1 : 0;
}

function countOf(said = ""): [number, number] {
  const given = counted[said];
  if (given !== undefined) return given;
  return [Number(said), Number(said)];
}

/** "Two weeks ago" is not one day: half a unit on either side, of days none. */
function agoSpan(said: string | undefined, of: string | undefined, today: Day): Span {
  const [least, most] = countOf(said);
  const { year: here, month: at, day } = today;
  if (of === "day") return daySpan({ ...today, day: day - most }, most - least + 1);
  if (of === "week") return daySpan({ ...today, day: day - most * 7 - 3 }, (most - least) * 7 + 7);
  if (of === "month") {
    return {
      from: startOf({ ...today, month: at - most, day: day - 15 }),
      to: startOf({ ...today, month: at - least, day: day + 16 }),
    };
  }
  return {
    from: startOf({ year: here - most, month: at - 6, day }),
    to: startOf({ year: here - least, month: at + 6, day }),
  };
}

function lastSpan(said: string | undefined, of: string | undefined, today: Day, now: number): Span {
  const [, most] = countOf(said);
  const { year: here, month: at, day } = today;
  const days = of === "day" ? most : of === "week" ? most * 7 : 0;
  const months = of === "month" ? most : of === "year" ? most * 12 : 0;
  return { from: startOf({ year: here, month: at - months, day: day - days }), to: now + 1 };
}

const shifts: Readonly<Record<string, number>> = {
  last: -1,
  past: -1,
  previous: -1,
  this: 0,
  next: 1,
};

const isUnit = /^(?:day|week|month|year)$/u;

function whichSpan(which = "", what = "", today: Day, now: number): Said | undefined {
  const shift = shifts[which] ?? 0;
  const relative = (span: Span): Said => ({ ...span, isRelative: true });
  const { year: here, month: at } = today;
  // "In the past week" ends now; "last week" is the one before this.
  if (which === "past" && isUnit.test(what)) return relative(lastSpan("one", what, today, now));
  if (which === "past" && what === "quarter") return relative(lastSpan("3", "month", today, now));
  if (what === "day") return relative(daySpan({ ...today, day: today.day + shift }));
  if (what === "week") return relative(weekSpan(today, shift));
  if (what === "weekend") {
    const { from } = weekSpan(today, shift);
    const monday = dayOf(from);
    return relative(daySpan({ ...monday, day: monday.day + 5 }, 2));
  }
  if (what === "month") return relative(monthSpan(here, at + shift));
  if (what === "quarter") return relative(monthSpan(here, (Math.floor(at / 3) + shift) * 3, 3));
  if (what === "year") return relative(yearSpan(here + shift));
  if (weekdayNames.includes(what)) return relative(weekdaySpan(what, today, shift) as Span);
  const isSeason = seasons[what] !== undefined;
  const spanOf = (of: number): Span =>
    isSeason ? seasonSpan(what, of) : monthSpan(of, monthOf(what));
  const spans = [here - 2, here - 1, here, here + 1].map(spanOf);
  const chosen =
    shift < 0
      ? spans.findLast(({ to }) => to <= now)
      : shift > 0
        ? spans.find(({ from }) => from > now)
        : what === "winter"
          ? nearest(spans, now)
          : spanOf(here);
  return chosen && { ...chosen, isRelative: isSeason };
}

/** The nearest before today, or after it; this one is that of this week. */
function weekdaySpan(name = "", today: Day, shift: number): Span {
  const wanted = weekdayNames.indexOf(name);
  const here = new Date(startOf(today)).getDay();
  if (shift === 0) {
    const monday = dayOf(weekSpan(today).from);
    return daySpan({ ...monday, day: monday.day + ((wanted + 6) % 7) });
  }
  const back = (here - wanted + 7) % 7 || 7;
  const ahead = (wanted - here + 7) % 7 || 7;
  return daySpan({ ...today, day: today.day + (shift < 0 ? -back : ahead) });
}

/** Three months of the north; winter is that which ends in the year. */
function seasonSpan(name: string, of: number): Span {
  const first = seasons[name] as number;
  return monthSpan(name === "winter" ? of - 1 : of, first, 3);
}

/** "Between March and June 2025": that of 2025. */
function notAfter(from: number, other: number): number {
  const date = new Date(from);
  while (date.getTime() > other) date.setFullYear(date.getFullYear() - 1);
  return date.getTime();
}

/** What was said the wrong way round is turned; a year that was said stays. */
function rangeOf(one: SpokenTime, next: SpokenTime, text: string): SpokenTime {
  const hasYear = /\d{4}/u.test(text.slice(one.start, one.end));
  const from = hasYear ? Math.min(one.from, next.from) : notAfter(one.from, next.from);
  return { ...one, from, to: Math.max(next.to, hasYear ? one.to : next.to) };
}

/** "Since March" goes on until now, "before 2025" comes from ever; "between A and B" is one span. */
function withEdges(text: string, found: readonly SpokenTime[], now: number): SpokenTime[] {
  const all: SpokenTime[] = [];
  for (let at = 0; at < found.length; at += 1) {
    const one = found[at] as SpokenTime;
    const said = edge.exec(text.slice(0, one.start))?.groups?.edge?.toLowerCase();
    const next = found[at + 1];
    const between = next && text.slice(one.end, next.start).trim().toLowerCase();
    const isPair =
      (said === "between" && between === "and") ||
      (said === "from" && /^(?:to|until|till)$/u.test(between ?? ""));
    if (isPair && next !== undefined) {
      all.push({ ...rangeOf(one, next, text), end: next.end });
      at += 1;
    } else if (said === "since" || said === "from")
      all.push({ ...one, to: Math.max(one.to, now + 1) });
    else if (said === "after") all.push({ ...one, from: one.to, to: Number.POSITIVE_INFINITY });
    else if (said === "before") {
      all.push({ ...one, from: Number.NEGATIVE_INFINITY, to: one.from });
    } else if (said === "until" || said === "till" || said === "by") {
      all.push({ ...one, from: Number.NEGATIVE_INFINITY });
    } else all.push(one);
  }
  return all;
}
