/*
 * Who a call is made for, and what it may change, where one process makes calls for many. A store that keeps account of who
 * wrote asks here: it is what the process says, and proves nothing.
 */
import { AsyncLocalStorage } from "node:async_hooks";

const acting = new AsyncLocalStorage<string>();

export function asActor<T>(name: string, work: () => T): T {
  return acting.run(name, work);
}

/** Undefined: the process makes it for its own user. */
export function actorNow(): string | undefined {
  return acting.getStore();
}

/** A call as it was made: what is done of it later, together with others, is still done for whom it was made. */
export interface MadeCall {
  actor: string | undefined;
  within<T>(work: () => T): T;
}

export function callNow(): MadeCall {
  return { actor: actorNow(), within: AsyncLocalStorage.snapshot() };
}

/** What is to be changed: its id, and the namespace it is in now. */
export interface Changed {
  key: string;
  namespace: string;
}

/** @throws where it may not */
export type MayChange = (what: Changed) => void;

/**
 * Whoever changes something asks inside the write itself, where it stays what it is: what was looked at before the write may
 * have been moved, or handed over, meanwhile.
 */
const asking = new AsyncLocalStorage<MayChange>();

/** Runs what asks `mayChange` before it changes anything. */
export function changingOnly<T>(mayChange: MayChange, work: () => T): T {
  return asking.run(mayChange, work);
}

/** Inside the write. @throws as whoever made the call says */
export function assertMayChange(what: Changed | undefined): void {
  if (what !== undefined) asking.getStore()?.(what);
}
