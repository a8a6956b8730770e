/*
 * What our child processes say of themselves, for systems where one process cannot simply read of another. It is as
 * old as their last answer.
 */

const known = new Map<number, number>();

/** @param bytes resident memory of the child, all of it */
export function noteChildBytes(pid: number, bytes: number): void {
  known.set(pid, bytes);
}

/** It has ended. */
export function forgetChild(pid: number): void {
  known.delete(pid);
}

/** What a child said last, bytes; undefined: it has not said anything yet. */
export function childBytes(pid: number): number | undefined {
  return known.get(pid);
}
