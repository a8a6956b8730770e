/* What the thread of a link and those who ask it say to each other. */
import type { LaterPlace, PgValue } from "./link.ts";
import type { PgPlace } from "./place.ts";

/** What it is begun with. */
export interface ThreadWork {
  place: PgPlace;
  schema: string;
  replica: { place: PgPlace; stalenessMs: number } | undefined;
  limitMs: number;
  connectMs: number;
  connections: number;
  /** Two numbers: how many answers have come, and whether the server can be reached (see `upState`). */
  shared: SharedArrayBuffer;
  /** Synchronous calls and their answers. */
  port: import("node:worker_threads").MessagePort;
}

export const answersAt = 0;
export const upAt = 1;
/** Before the first connection was made or failed; reachable; not reachable. */
export const upState = { trying: 0, up: 1, away: 2 } as const;

export interface Statement {
  text: string;
  values: readonly PgValue[];
  name: string | undefined;
  limitMs: number | undefined;
}

/** "send" is not answered: its error comes with the next statement that is. */
export interface SyncCall extends Statement {
  id: number;
  way: "wait" | "send";
  /** What it does to the transaction of the synchronous calls. */
  part?: "begin" | "commit" | "rollback" | undefined;
}

export interface LaterCall extends Statement {
  kind: "later";
  id: number;
  on: LaterPlace;
  /** A connection of this session alone, whatever `on` says. */
  session: number | undefined;
}

export type ToThread =
  | LaterCall
  | { kind: "cancel"; id: number }
  /** Answered when its connection is gone. */
  | { kind: "end"; id: number; session: number }
  | { kind: "listen"; channel: string }
  | { kind: "nudge" }
  | { kind: "close" };

export interface Rows {
  id: number;
  fields: string[];
  rows: unknown[][];
  count: number;
}

/** An error as it was met: of the server by its SQLSTATE, of the network by the system's name. */
export interface Failure {
  code: string | undefined;
  message: string;
  /** The connection broke while a transaction was committed. */
  isInDoubt: boolean;
  /** The server did not answer in time. */
  isLate: boolean;
  /** Nobody was connected, so nothing was sent. */
  isAway: boolean;
}

export type SyncAnswer = Rows | { id: number; failure: Failure };

export type FromThread =
  | { kind: "later"; id: number; answer: Rows }
  | { kind: "failed"; id: number; failure: Failure }
  | { kind: "told"; channel: string; payload: string }
  | { kind: "up" }
  | { kind: "away"; failure: Failure };

export function named<Row extends object>({ fields, rows }: Rows): Row[] {
  return rows.map((row) => {
    const made: Record<string, unknown> = {};
    for (const [at, field] of fields.entries()) made[field] = row[at];
    return made as Row;
  });
}
