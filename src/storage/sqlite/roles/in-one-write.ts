/*
 * The one place where a write of ours begins and ends, and so where it is measured: how long it waited for its turn, how
 * long it worked, how long the commit took, and what the commit did to the log.
 */
import { stalls } from "../../../base/measures/stalls.ts";
import { type WriteKind, waitedBefore, writeMeasures } from "../../../base/measures/writes.ts";
import type { Database } from "../file/driver.ts";
import { sqliteCode } from "../file/errors.ts";
import { noteCommit } from "../measures/log-watch.ts";

/** What the call that runs now writes. Calls answer before the next one begins, so there is one. */
let current: WriteKind = "other";

/** Runs a call whose writes are of this kind. */
export function writesOf<T>(kind: WriteKind, call: () => T): T {
  const before = current;
  current = kind;
  try {
    return call();
  } finally {
    current = before;
  }
}

/**
 * All or nothing. The write lock is taken first, so no work is done in vain.
 * @param kind what is written; default: what the call says that this is part of
 */
export function inOneWrite<T>(db: Database, work: () => T, kind: WriteKind = current): T {
  // Part of a write that is measured as a whole.
  if (db.inTransaction) return db.transaction(work).immediate() as T;
  const asked = performance.now();
  let began: number | undefined;
  let done = asked;
  try {
    const result = db
      .transaction(() => {
        began = performance.now();
        const made = work();
        done = performance.now();
        return made;
      })
      .immediate() as T;
    const ended = performance.now();
    const waitMs = (began ?? asked) - asked + waitedBefore();
    writeMeasures.note(kind, waitMs, done - (began ?? asked), ended - done);
    noteCommit(db, ended - done);
    const causes = stalls.note(db.name, kind, { waitMs, commitMs: ended - done });
    writeMeasures.noteStalled(kind, causes);
    return result;
  } catch (error) {
    const isBusy = began === undefined && sqliteCode(error).startsWith("SQLITE_BUSY");
    if (isBusy) writeMeasures.noteBusy(kind);
    else writeMeasures.noteFailed(kind);
    throw error;
  }
}

/** Measures work that commits by itself, statement by statement. */
export function measuredStep<T>(db: Database, kind: WriteKind, step: () => T): T {
  const began = performance.now();
  try {
    const result = step();
    writeMeasures.note(kind, 0, performance.now() - began, 0);
    return result;
  } finally {
    if (db.open) noteCommit(db, performance.now() - began);
  }
}
