/* Days as people say them, and the days they mean. All of it in UTC, at noon, so that most zones agree on the day. */

export const dayMs = 86_400_000;
const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
] as const;
const weekdays = [
  "Sunday",
  "Monday",
  "Tuesday",
  "Wednesday",
  "Thursday",
  "Friday",
  "Saturday",
] as const;

/** Noon of a day, milliseconds. */
export function noonOf(day: string): number {
  return Date.parse(`${day}T12:00:00Z`);
}

/** "12 March" */
export function dayAndMonth(at: number): string {
  const date = new Date(at);
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]}`;
}

export interface When {
  said: string;
  /** From the beginning of a day up to that of another, milliseconds. */
  from: number;
  to: number;
}

/** What one may say at a time about days before it. Weeks begin on Monday. */
export function whensAt(asked: number): When[] {
  const today = Math.floor(asked / dayMs) * dayMs;
  const weekday = new Date(today).getUTCDay();
  const monday = today - ((weekday + 6) % 7) * dayMs;
  const day = (from: number, said: string): When => ({ said, from, to: from + dayMs });
  const week = (back: number, said: string): When => ({
    said,
    from: monday - back * 7 * dayMs,
    to: monday - (back - 1) * 7 * dayMs,
  });
  const whens = [
    day(today, "today"),
    day(today - dayMs, "yesterday"),
    day(today - 2 * dayMs, "the day before yesterday"),
    day(today - 3 * dayMs, "three days ago"),
    week(0, "this week"),
    week(1, "last week"),
    week(2, "two weeks ago"),
    week(3, "three weeks ago"),
  ];
  for (let back = 1; back <= 6; back += 1) {
    const of = new Date(today - back * dayMs);
    whens.push(day(of.getTime(), `on ${weekdays[of.getUTCDay()]}`));
  }
  const of = new Date(today);
  for (let back = 0; back <= 4; back += 1) {
    const from = Date.UTC(of.getUTCFullYear(), of.getUTCMonth() - back, 1);
    const to = Date.UTC(of.getUTCFullYear(), of.getUTCMonth() - back + 1, 1);
    if (back > 0) whens.push({ said: `in ${months[new Date(from).getUTCMonth()]}`, from, to });
    if (back === 0) whens.push({ said: "this month", from, to });
    if (back === 1) whens.push({ said: "last month", from, to });
  }
  for (const back of [4, 8, 11, 17, 25, 38]) {
    const from = today - back * dayMs;
    whens.push(day(from, `on ${dayAndMonth(from)}`));
  }
  return whens;
}
