/*
 * One guard a role: the object that does the work is wrapped once, when the store is opened, and each of its calls
 * then runs through the guard, which refuses calls after close() and tells errors in our words. A table says of each
 * call what it does; the compiler asks for every call of the role in it, and knows which ones answer later.
 */

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
    : string | typeof unguarded;
};

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
  doing: string | typeof unguarded | { readonly later: string },
  guard: Guard,
): Call {
  if (doing === unguarded) return call.bind(role);
  if (typeof doing === "string") {
    return (...given) => guard.run(doing, () => call.apply(role, given));
  }
  const { later } = doing;
  return (...given) => guard.runAsync(later, async () => await call.apply(role, given));
}
