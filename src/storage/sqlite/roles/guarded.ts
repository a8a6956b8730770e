/*
 * One guard a role: the object that does the work is wrapped once, when the store is opened, and each of its calls
 * then runs through the guard, which refuses calls after close() and tells errors in our words. A table says of each
 * call what it does; the compiler asks for every call of the role in it, and knows which ones answer later. A call that
 * writes says what it writes, by which it is measured.
 */
import type { WriteKind } from "../../../base/measures/writes.ts";
import { writesOf } from "./in-one-write.ts";

/** How calls are run. `doing` stands after "Could not": "store vectors". */
export interface Guard {
  run<T>(doing: string, work: () => T): T;
  runAsync<T>(doing: string, work: () => Promise<T>): Promise<T>;
}

/** A call that guards itself, or stands inside a write() that does. */
export const unguarded = Symbol("unguarded");

type Call = (...given: never[]) => unknown;
type LaterCall = (...given: never[]) => Promise<unknown>;
type Calls<Role> = { readonly [Name in keyof Role]: Call };

/** What each call of a role does. */
export type Doings<Role> = {
  readonly [Name in keyof Role]: Role[Name] extends LaterCall
    ? { readonly later: string }
    : string | typeof unguarded | Writes;
};

/** A call that writes, with what it does. */
export interface Writes {
  readonly writes: WriteKind;
  readonly doing: string;
}

export function writing(writes: WriteKind, doing: string): Writes {
  return { writes, doing };
}

export function guarded<Role extends Calls<Role>>(
  role: Role,
  doings: Doings<Role>,
  guard: Guard,
): Role {
  const calls: Partial<Role> = {};
  for (const name of Object.keys(doings) as (keyof Role)[]) {
    calls[name] = guardedCall(role, role[name], doings[name], guard) as Role[typeof name];
  }
  return calls as Role;
}

function guardedCall(
  role: object,
  call: Call,
  doing: string | typeof unguarded | Writes | { readonly later: string },
  guard: Guard,
): Call {
  if (doing === unguarded) return call.bind(role);
  if (typeof doing === "string") {
    return (...given) => guard.run(doing, () => call.apply(role, given));
  }
  if ("writes" in doing) {
    const { writes, doing: what } = doing;
    return (...given) => guard.run(what, () => writesOf(writes, () => call.apply(role, given)));
  }
  const { later } = doing;
  return (...given) => guard.runAsync(later, async () => await call.apply(role, given));
}
