/*
 * How a call goes on that failed because a server was away or busy: whoever threw the error says it, whoever catches it
 * waits and tries again. They do not know each other, and the error itself stays plain data.
 */
import type { HaypileError } from "./errors.ts";

export interface WayBack {
  /** For the time that all tries together may wait, milliseconds. */
  readonly waitMs: number;
  /** Resolves when the server can be reached. @throws HaypileError HAYPILE_STORE_AWAY when the time is over */
  untilUp(limitMs: number): Promise<void>;
  /** Differs from what it was before where others have written meanwhile. */
  progress(): string;
  /** Resolves when it is this client's turn to write, or after a while without one: nothing but time depends on it. */
  turn?(): Promise<void>;
  /** A turn that was not used is given back. */
  passTurn?(): void;
}

const ways = new WeakMap<HaypileError, WayBack>();
let before: HaypileError | undefined;
let isPatient = false;

export function noteWayBack(error: HaypileError, way: WayBack): HaypileError {
  ways.set(error, way);
  return error;
}

/** Undefined: trying again is of no use. */
export function wayBackOf(error: HaypileError): WayBack | undefined {
  return ways.get(error);
}

/** Calls again what failed with `error`: see errorBefore(). */
export function callAgain<T>(error: HaypileError | undefined, call: () => T): T {
  const outer = { before, isPatient };
  before = error;
  isPatient = true;
  try {
    return call();
  } finally {
    before = outer.before;
    isPatient = outer.isPatient;
  }
}

/** The error of the try before, of what callAgain() runs now: a write that was in doubt looks whether it has happened. */
export function errorBefore(): HaypileError | undefined {
  return before;
}

/** Whether what runs now is called again where it fails as busy: it may be refused before it has asked anybody. */
export function waitsForTurn(): boolean {
  return isPatient;
}
