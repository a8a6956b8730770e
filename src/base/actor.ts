/*
 * Who a call is made for, where one process makes calls for many: a store that keeps account of who wrote asks here. It is what the
 * process says, and proves nothing.
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
