/*
 * What the roles of a team's store ask of a PostgreSQL server. The ports are synchronous; so is this: a statement is sent by
 * a thread of its own, and whoever asked stands still until the rows are there, or a limit is over. What may take longer
 * than a few milliseconds is asked with later(), which holds nobody up.
 */

/** A value that goes to the server. Lists become arrays, bytes bytea; objects are to be JSON already. */
export type PgList = readonly (string | number | bigint | boolean | null)[];
export type PgValue = string | number | bigint | boolean | Uint8Array | null | PgList;

/**
 * A value that comes back: int2, int4, int8, float4, float8, numeric and oid are numbers (int8 beyond 2^53 is refused), bytea is
 * bytes, bool is a boolean, arrays of numbers and texts are lists, json is parsed, all else its text.
 */
export type PgRow = Record<string, unknown>;

export interface StatementOptions {
  /** Under this name it is prepared once for each connection. Default: it is sent with its text each time. */
  name?: string | undefined;
  /** Milliseconds. Default: that of the link. */
  limitMs?: number | undefined;
}

/**
 * Where a question is asked that nobody stands still for. "replica": on one that is fresh enough for what this link has
 * written, where there is one. On a connection beside all others: "turn", for what waits for a lock; "graph", for graphs of
 * vectors, which take minutes; "words", for sealing words. What is asked on one of these waits for what was asked on the same
 * one before, and it ends when it was not used for a while. A lock of a session is held on none of them: see session().
 */
export type LaterPlace = "primary" | "replica" | "turn" | "graph" | "words";

export interface LaterOptions extends StatementOptions {
  signal?: AbortSignal | undefined;
  /** Default: the primary. */
  on?: LaterPlace | undefined;
}

/**
 * A connection that only whoever made this asks, for locks of a session. It is made by the first statement and never made
 * again: where it broke, every later statement is refused, so nobody goes on without the lock. Its end gives the lock back,
 * whatever happened before.
 */
export interface PgSideSession {
  later<Row extends object = PgRow>(
    text: string,
    values?: readonly PgValue[],
    options?: Omit<LaterOptions, "on">,
  ): Promise<Row[]>;
  /** Stops what runs in it. Resolves when the server has let go of it, or does not answer; never rejects. */
  end(): Promise<void>;
}

/** Statements that run one after the other; placeholders are $1, $2, … A text without values may hold several statements. */
export interface PgSession {
  rows<Row extends object = PgRow>(
    text: string,
    values?: readonly PgValue[],
    options?: StatementOptions,
  ): Row[];
  /** The same, each row as a list of its values: for many rows. */
  lists(text: string, values?: readonly PgValue[], options?: StatementOptions): unknown[][];
  /** @returns how many rows it changed */
  run(text: string, values?: readonly PgValue[], options?: StatementOptions): number;
  /**
   * Inside transaction(): sends it and goes on. It is done, in its order, before the next statement that is waited for, and
   * its error is thrown by that one or by the commit.
   */
  send(text: string, values?: readonly PgValue[], options?: StatementOptions): void;
  /**
   * As send(), of a statement whose values are all lists, of which each becomes rows: calls with the same text that follow each
   * other become one statement.
   */
  gather(text: string, lists: readonly PgList[], options?: StatementOptions): void;
}

export interface PgLink extends PgSession {
  /** "postgres://user@host:5432/database", without any secret: for messages. */
  readonly name: string;
  /** The role that is logged in. */
  readonly user: string;
  readonly schema: string;
  readonly inTransaction: boolean;
  /**
   * All or nothing, at READ COMMITTED; inside another one: part of it. It is not tried again by itself.
   * @param work synchronous
   * @throws HaypileError HAYPILE_STORE_AWAY with data.isInDoubt true where the connection broke while it was committed:
   *   it may have happened
   */
  transaction<T>(work: () => T): T;
  /** On another connection than the synchronous calls, so outside of their transaction. */
  later<Row extends object = PgRow>(
    text: string,
    values?: readonly PgValue[],
    options?: LaterOptions,
  ): Promise<Row[]>;
  /** To be ended by whoever made it. */
  session(): PgSideSession;
  /** Called in a turn of the event loop of its own for each NOTIFY of a channel, and once after each new connection ("" as payload). */
  onNotify(channel: string, told: (payload: string) => void): () => void;
  /** Counts up with each connection of the synchronous calls: what was planned on the one before is not on this one. */
  readonly connected: number;
  /** False while the server cannot be reached: calls fail at once then, and a connection is tried for in the background. */
  readonly isUp: boolean;
  /** Resolves when it can be reached (again). @throws HaypileError HAYPILE_STORE_AWAY when the time is over, HAYPILE_ABORTED */
  untilUp(limitMs: number, signal?: AbortSignal): Promise<void>;
  close(): void;
  readonly isClosed: boolean;
}

export interface LinkOptions {
  /** postgres:// or postgresql://; the password may stand in it, or come beside it. */
  url: string;
  password?: string | undefined;
  /** The password was looked for: neither PGPASSWORD nor a .pgpass file is asked again. Default false. */
  isPasswordFinal?: boolean | undefined;
  /** The schema that the store lies in; it leads the search_path. Default: "schema" in the query of the URL, or "haypile". */
  schema?: string | undefined;
  /** A replica that recall may ask, and how far behind it may be, milliseconds. A password that is not named is that of the store. */
  replica?: { url: string; stalenessMs: number; password?: string | undefined } | undefined;
  /** For one statement, on the server as well (statement_timeout), milliseconds. Default 10,000. */
  limitMs?: number | undefined;
  /** For a connection, milliseconds. Default 5,000. */
  connectMs?: number | undefined;
  /** Most connections of this link: 2 to 10. Default 2: one for synchronous calls, one for the others. */
  connections?: number | undefined;
  /** A name for pg_stat_activity. Default "haypile". */
  application?: string | undefined;
}
