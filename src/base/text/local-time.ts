/*
 * Times as people say and read them. A bare day and a time of day mean the zone of this machine (TZ, or the
 * system's), and days are shown in it; an instant says its own zone. What is no such time is refused, not guessed.
 */

/** For messages and help: what parseTime() takes. */
export const timeForms =
  'a day ("2026-11-21") or a time ("2026-11-21 09:30"), both of your time zone, or an instant ("2026-11-21T09:30:00Z", "2026-11-21T09:30+02:00")';

const form =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?$/iu;

/** Why a text that is no time at all is refused. */
export const otherForm = "it has another form";

const firstYear = 1_000;
const dayMs = 86_400_000;
/** The largest offset of a zone on Earth, minutes. */
const mostOffset = 14 * 60;

/**
 * Reads a time.
 *
 * @param edge which moment of a bare day is meant: its first, or its last (of today: now)
 * @returns milliseconds since 1970, or why it is refused, as it stands after "but"
 */
export function parseTime(
  text: string,
  edge: "start" | "end" = "start",
  now = Date.now(),
): { ms: number } | { refused: string } {
  const parts = form.exec(text.trim());
  if (parts === null) return { refused: otherForm };
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map((one) => Number(one ?? 0));
  const numbers = [year, month, day, hour, minute, second] as Six;
  const wrong = outOfRange(numbers);
  if (wrong !== undefined) return { refused: wrong };
  const fraction = Math.floor(Number(`0.${parts[7] ?? "0"}`) * 1_000);
  const zone = parts[8];
  if (zone !== undefined) return ofZone(numbers, fraction, zone);
  return parts[4] === undefined ? ofDay(numbers, edge, now) : ofClock(numbers, fraction);
}

/** "2026-11-21" in the zone of this machine. @param time ISO 8601 or milliseconds since 1970 */
export function localDay(time: string | number): string {
  const date = new Date(time);
  const year = String(date.getFullYear()).padStart(4, "0");
  return `${year}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** "2026-11-21 09:30" in the zone of this machine. */
export function localMinute(time: string | number): string {
  const date = new Date(time);
  return `${localDay(time)} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

type Six = [number, number, number, number, number, number];

function outOfRange([year, month, day, hour, minute, second]: Six): string | undefined {
  if (year < firstYear) return `years from ${firstYear} to 9999 are known`;
  if (month < 1 || month > 12) return `there is no month ${month}`;
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (day < 1 || day > days) return `that month has ${days} days`;
  if (hour > 23 || minute > 59 || second > 59) return "a day goes from 00:00:00 to 23:59:59";
  return undefined;
}

function ofZone(
  [year, month, day, hour, minute, second]: Six,
  fraction: number,
  zone: string,
): { ms: number } | { refused: string } {
  const utc = Date.UTC(year, month - 1, day, hour, minute, second, fraction);
  if (/z/iu.test(zone)) return { ms: utc };
  const sign = zone.startsWith("-") ? -1 : 1;
  const digits = zone.replace(/\D/gu, "");
  const minutes = Number(digits.slice(2));
  const offset = Number(digits.slice(0, 2)) * 60 + minutes;
  if (offset > mostOffset || minutes > 59) return { refused: `no zone is ${zone} from UTC` };
  return { ms: utc - sign * offset * 60_000 };
}

function ofDay(
  [year, month, day]: Six,
  edge: "start" | "end",
  now: number,
): { ms: number } | { refused: string } {
  // Where clocks go forward at midnight this is the first moment that the day has.
  const start = new Date(year, month - 1, day);
  if (start.getDate() !== day) return { refused: "that day was left out in your time zone" };
  if (edge === "start") return { ms: start.getTime() };
  let next = new Date(year, month - 1, day + 1).getTime();
  if (next <= start.getTime()) next = start.getTime() + dayMs;
  const isToday = start.getTime() <= now && now < next;
  return { ms: isToday ? now : next - 1 };
}

/** Of a time that clocks show twice, the first. */
function ofClock(
  [year, month, day, hour, minute, second]: Six,
  fraction: number,
): { ms: number } | { refused: string } {
  const date = new Date(year, month - 1, day, hour, minute, second, fraction);
  if (date.getHours() !== hour || date.getMinutes() !== minute || date.getDate() !== day) {
    return { refused: "clocks of your time zone are put forward past that time" };
  }
  return { ms: date.getTime() };
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
