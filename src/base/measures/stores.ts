/*
 * The servers of stores that this process has to do with, and whether each could be reached when it was last tried. Whoever
 * holds a connection notes it. One that is away stays noted after those who asked for it have given up: that it is away is
 * what is to be told.
 */

/** As it was when it was last tried. */
export interface StoreState {
  /** "postgres://user@host:5432/database", without any secret. */
  store: string;
  /** Undefined: it is being tried for the first time. */
  isUp: boolean | undefined;
  /** Since when it is as it is, ISO 8601. */
  since: string;
  /** Why it cannot be reached, and what to do: the message that a call would end with, and its code. */
  code?: string | undefined;
  why?: string | undefined;
}

interface Noted extends StoreState {
  users: number;
  triedMs: number;
}

/** Of those that nobody uses any more: so many, and for so long, since nobody tries whether they are back. */
const mostLeft = 16;
const leftForMs = 300_000;
const noted = new Map<string, Noted>();

export function enterStore(store: string): void {
  const before = noted.get(store);
  noted.delete(store);
  const first: Noted = {
    store,
    isUp: undefined,
    since: new Date().toISOString(),
    users: 0,
    triedMs: 0,
  };
  const one = before ?? first;
  one.users += 1;
  noted.set(store, one);
}

export function leaveStore(store: string): void {
  const one = noted.get(store);
  if (one === undefined) return;
  one.users -= 1;
  if (one.users > 0) return;
  if (one.isUp !== false) noted.delete(store);
  const left = [...noted.values()].filter(({ users }) => users <= 0);
  for (const { store: name } of left.slice(0, -mostLeft)) noted.delete(name);
}

export function noteStoreUp(store: string): void {
  const one = noted.get(store);
  if (one === undefined || one.isUp === true) return;
  one.isUp = true;
  one.since = new Date().toISOString();
  one.code = undefined;
  one.why = undefined;
}

export function noteStoreAway(store: string, { code, why }: { code: string; why: string }): void {
  const one = noted.get(store);
  if (one === undefined) return;
  if (one.isUp !== false) one.since = new Date().toISOString();
  one.isUp = false;
  one.triedMs = performance.now();
  one.code = code;
  one.why = why;
}

/** Undefined: nobody is connected to it, or tries to be. */
export function heldStore(store: string): StoreState | undefined {
  const one = noted.get(store);
  return one === undefined || one.users <= 0 ? undefined : plain(one);
}

/** In the order in which they were begun with. */
export function storeStates(): StoreState[] {
  const from = performance.now() - leftForMs;
  return [...noted.values()].filter(({ users, triedMs }) => users > 0 || triedMs > from).map(plain);
}

export function storesAway(): StoreState[] {
  return storeStates().filter(({ isUp }) => isUp === false);
}

function plain({ users: _, triedMs: __, ...state }: Noted): StoreState {
  return state;
}
