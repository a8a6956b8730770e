/*
 * Days of the user's zone (TZ, or the system's), as local-time.ts has them: a span is from the beginning of its first day
 * up to the beginning of the day after its last, whatever the clocks do in between.
 */

/** From `from`, before `to`; milliseconds since 1970, may be infinite. */
export interface Span {
  from: number;
  to: number;
}

/** A day as calendars write it; months from 0. */
export interface Day {
  year: number;
  month: number;
  day: number;
}

export function dayOf(ms: number): Day {
  const date = new Date(ms);
  return { year: date.getFullYear(), month: date.getMonth(), day: date.getDate() };
}

/** Beginning of a day; days and months beyond their end go on into the next. */
export function startOf({ year, month, day }: Day): number {
  return new Date(year, month, day).getTime();
}

export function daySpan(day: Day, days = 1): Span {
  return { from: startOf(day), to: startOf({ ...day, day: day.day + days }) };
}

export function monthSpan(year: number, month: number, months = 1): Span {
  return {
    from: startOf({ year, month, day: 1 }),
    to: startOf({ year, month: month + months, day: 1 }),
  };
}

export function yearSpan(year: number): Span {
  return monthSpan(year, 0, 12);
}

/** The week of a day, Monday first. */
export function weekSpan(day: Day, weeks = 0): Span {
  const weekday = (new Date(startOf(day)).getDay() + 6) % 7;
  return daySpan({ ...day, day: day.day - weekday + weeks * 7 }, 7);
}

/** True for days that a calendar has. */
export function isDay({ year, month, day }: Day): boolean {
  return (
    month >= 0 &&
    month < 12 &&
    day >= 1 &&
    day <= new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  );
}
