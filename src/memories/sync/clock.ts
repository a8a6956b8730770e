/*
 * When something was said, in an order that all machines see alike: milliseconds, then a counter, then the machine. A
 * new one is always later than all that is known of its memory, so what was said in knowledge of something is later
 * than that, however wrong a machine's time is. As text its order is that of the characters.
 */

export type Clock = string;

const msDigits = 9;
const counterDigits = 4;
const mostCounted = 36 ** counterDigits - 1;
/** Of what was there before its memories were synced, and of what every machine works out by itself. */
const nobody = "0000000000";

/** Ids of machines: ten of the characters of base 36. */
export const machineForm = /^[0-9a-z]{10}$/u;
const clockForm = /^[0-9a-z]{9}-[0-9a-z]{4}-[0-9a-z]{10}$/u;

export function isClock(value: unknown): value is Clock {
  return typeof value === "string" && clockForm.test(value);
}

export function msOf(clock: Clock): number {
  return Number.parseInt(clock.slice(0, msDigits), 36);
}

/** Of what has no clock: when it was, and its place among what was then. The same on every machine. */
export function clockOf(ms: number, place = 0): Clock {
  return made(Math.max(0, Math.floor(ms)), place, nobody);
}

/** Of something said at `ms` in knowledge of what has `known`; "": of nothing. */
export function clockAfter(known: Clock | "", ms: number, machine = nobody): Clock {
  const floor = known === "" ? 0 : msOf(known);
  if (ms > floor) return made(Math.floor(ms), 0, machine);
  const counter = known === "" ? 0 : counterOf(known) + 1;
  return counter > mostCounted ? made(floor + 1, 0, machine) : made(floor, counter, machine);
}

/** The least that is later than this one, for what was said before it and holds all the same. */
export function justAfter(clock: Clock): Clock {
  return clockAfter(clock, 0);
}

export function later<T extends Clock | "">(a: T, b: T): T {
  return a > b ? a : b;
}

function counterOf(clock: Clock): number {
  return Number.parseInt(clock.slice(msDigits + 1, msDigits + 1 + counterDigits), 36);
}

function made(ms: number, counter: number, machine: string): Clock {
  const time = ms.toString(36).padStart(msDigits, "0");
  return `${time}-${counter.toString(36).padStart(counterDigits, "0")}-${machine}`;
}
