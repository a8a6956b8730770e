/*
 * One connection to a server, made again whenever it breaks. Statements run one after the other; while there is no
 * connection they fail at once, but for the very first one, which is waited for, and on a connection for which nobody stands
 * still. Only the thread of a link has this.
 */
import pg from "pg";
import type { PgPlace } from "./place.ts";
import { tlsFor } from "./tls.ts";
import { beginAnswer, waryClient } from "./wary.ts";
import { within } from "./within.ts";
import type { Failure, Rows, Statement } from "./words.ts";

export interface ConnectionOptions {
  place: PgPlace;
  schema: string;
  limitMs: number;
  connectMs: number;
  /** A thread stands still for its answers: a server that answers nobody is found out before the limit is over. */
  probes?: boolean | undefined;
  /** Nobody stands still for its answers: a statement waits for a connection that is being made again. */
  isPatient?: boolean | undefined;
  /** It keeps a lock of its session: once it broke it is not made again, and nothing is asked without the lock. */
  isOnce?: boolean | undefined;
  /** Reads alone are asked of it. */
  isReplica?: boolean | undefined;
}

export interface ConnectionEvents {
  up?: (() => void) | undefined;
  away?: ((failure: Failure) => void) | undefined;
  told?: ((channel: string, payload: string) => void) | undefined;
}

/** What the server has for a statement beyond its own limit, before the connection is given up. */
const graceMs = 1_500;
/** Somebody stands still meanwhile: after so long without an answer it is looked whether the server answers anybody. */
const probeAfterMs = 2_000;
const probeMs = 3_000;
/** Between two tries to connect: a part of the time that the server has been away, so that little is added to it. */
const pauseShare = 0.25;
const leastPauseMs = 100;
const mostPauseMs = 2_000;
const idleInTransactionMs = 60_000;
const looksForUs = "SET client_connection_check_interval = 2000";
/** Digits of the numbers that come back exactly. */
const { builtins } = pg.types;

type Parser = (text: string) => unknown;

const asNumber: Parser = (text) => Number(text);
const asSafeNumber: Parser = (text) => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error(`the number ${text} is beyond 2^53`);
  return value;
};
const asText: Parser = (text) => text;
/** Dates stay texts: times are numbers of ours. */
const parsers = new Map<number, Parser>([
  [builtins.INT8, asSafeNumber],
  [builtins.NUMERIC, asNumber],
  [builtins.OID, asNumber],
  [builtins.DATE, asText],
  [builtins.TIMESTAMP, asText],
  [builtins.TIMESTAMPTZ, asText],
  [builtins.INTERVAL, asText],
  // int8[]
  [1016, (text) => (text === "{}" ? [] : text.slice(1, -1).split(",").map(asSafeNumber))],
]);

const types = {
  getTypeParser: (oid: number, format?: "text" | "binary") =>
    parsers.get(oid) ?? pg.types.getTypeParser(oid, format as "text"),
} as unknown as pg.CustomTypesConfig;

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #events: ConnectionEvents;
  #client: pg.Client | undefined;
  #connecting: Promise<void> | undefined;
  #isFirst = true;
  #isClosed = false;
  #awaySinceMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #why: Failure = failureOf(new Error("there was no connection yet"), { isAway: true });
  /** Statements run in their order. */
  #last: Promise<unknown> = Promise.resolve();
  readonly #channels = new Set<string>();
  /** Counts up with each connection that is made. */
  generation = 0;
  /** Statements that wait or run. */
  running = 0;
  /** Counts up with each statement that begins. */
  started = 0;

  constructor(options: ConnectionOptions, events: ConnectionEvents = {}) {
    this.#options = options;
    this.#events = events;
  }

  get isUp(): boolean {
    return this.#client !== undefined;
  }

  /** Begins to connect, where that is not so already. */
  start(): void {
    if (this.#isClosed || this.#client !== undefined) return;
    if (this.#options.isOnce === true && !this.#isFirst) return;
    clearTimeout(this.#timer);
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined;
    });
  }

  /** Tries at once, not after the pause. */
  nudge(): void {
    if (this.#connecting === undefined) this.start();
  }

  listen(channel: string): void {
    this.#channels.add(channel);
    if (this.#client !== undefined) void this.#ask({ text: `LISTEN "${channel}"` }).catch(() => {});
  }

  /** @throws Failure */
  async ask(statement: Partial<Statement> & { text: string }): Promise<Omit<Rows, "id">> {
    const turn = this.#last.then(() => this.#ask(statement));
    this.#last = turn.catch(() => undefined);
    this.running += 1;
    try {
      return await turn;
    } finally {
      this.running -= 1;
    }
  }

  /** Asks the server to stop what runs now; another connection says so. */
  async cancel(): Promise<void> {
    const client = this.#client as (pg.Client & { processID?: number }) | undefined;
    const { started } = this;
    if (client?.processID === undefined) return;
    const other = waryClient(this.#config(), this.#options.place);
    other.on("error", () => undefined);
    try {
      await other.connect();
      if (this.started === started && this.#client === client) {
        const ask = other.query("SELECT pg_cancel_backend($1)", [client.processID]);
        await within(this.#options.connectMs, ask);
      }
    } finally {
      destroy(other);
    }
  }

  /** Breaks it now; a new one is made. */
  drop(why: Failure): void {
    const client = this.#client;
    if (client === undefined) return;
    this.#lost(client, why);
    destroy(client);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const client = this.#client;
    this.#client = undefined;
    if (client !== undefined) client.end().catch(() => undefined);
  }

  /** Stops what runs, and ends it. Resolves when the server has let go of it, or does not answer. */
  async finish(): Promise<void> {
    const { connectMs } = this.#options;
    // It goes on to run there, with its locks, if it is only left.
    if (this.running > 0) await this.cancel().catch(() => undefined);
    await within(connectMs, this.#last).catch(() => undefined);
    this.#isClosed = true;
    const client = this.#client;
    this.#client = undefined;
    if (client === undefined) return;
    await within(connectMs, client.end()).catch(() => destroy(client));
  }

  async #ask(statement: Partial<Statement> & { text: string }): Promise<Omit<Rows, "id">> {
    if (this.#client === undefined && (this.#isFirst || this.#options.isPatient === true)) {
      this.start();
      await this.#connecting;
    }
    const client = this.#client;
    if (client === undefined) {
      this.start();
      throw { ...this.#why, isAway: true };
    }
    this.started += 1;
    beginAnswer(client);
    const limitMs = statement.limitMs ?? this.#options.limitMs;
    let isLate = false;
    const giveUp = (): void => {
      isLate = true;
      this.drop(failureOf(new Error("the server did not answer in time"), { isLate: true }));
    };
    const timer = setTimeout(giveUp, limitMs + graceMs);
    const probe =
      this.#options.probes === true
        ? setTimeout(() => void this.#answersAnybody().catch(giveUp), probeAfterMs)
        : undefined;
    const hasOwnLimit = limitMs !== this.#options.limitMs;
    try {
      if (hasOwnLimit) await client.query(`SET statement_timeout = ${limitMs}`);
      return await answerOf(client, statement);
    } catch (error) {
      throw withoutSecret(failureOf(error, { isLate, isAway: this.#client !== client }), client);
    } finally {
      clearTimeout(timer);
      clearTimeout(probe);
      // In a transaction that failed this is refused, and its end sets the limit back.
      if (hasOwnLimit && this.#client === client) {
        await client
          .query(`SET statement_timeout = ${this.#options.limitMs}`)
          .catch(() => undefined);
      }
    }
  }

  async #connect(): Promise<void> {
    let client: pg.Client;
    try {
      client = waryClient(this.#config(), this.#options.place);
    } catch (error) {
      // A file of the certificates cannot be read.
      this.#isFirst = false;
      this.#goneFor(failureOf(error, { isAway: true }));
      return;
    }
    // An error without a listener would end the thread.
    client.on("error", (error) => this.#lost(client, failureOf(error, { isAway: true })));
    client.on("end", () =>
      this.#lost(client, failureOf(new Error("the connection was closed"), { isAway: true })),
    );
    client.on("notification", ({ channel, payload }) =>
      this.#events.told?.(channel, payload ?? ""),
    );
    try {
      await client.connect();
      await within(this.#options.connectMs, this.#greet(client));
      if (this.#isClosed) return void destroy(client);
      beginAnswer(client);
      this.#client = client;
      this.generation += 1;
      this.#awaySinceMs = undefined;
      this.#isFirst = false;
      this.#events.up?.();
      for (const channel of this.#channels) this.#events.told?.(channel, "");
    } catch (error) {
      destroy(client);
      this.#isFirst = false;
      this.#goneFor(withoutSecret(failureOf(error, { isAway: true }), client));
    }
  }

  /** @throws where a new connection gets no answer either, and the statement still waits for its own */
  async #answersAnybody(): Promise<void> {
    const { started } = this;
    const config = { ...this.#config(), connectionTimeoutMillis: probeMs };
    const other = waryClient(config, this.#options.place);
    other.on("error", () => undefined);
    try {
      await other.connect();
    } catch (error) {
      // A server that refuses it (it has no connection left) has answered.
      if (isRefusal(error)) return;
      if (this.started === started && this.running > 0) throw error;
    } finally {
      destroy(other);
    }
  }

  async #greet(client: pg.Client): Promise<void> {
    await client.query(this.#greeting());
    // What runs for a client that is gone ends, too, with the locks it holds. Not every system can tell.
    if (this.#options.isOnce === true) await client.query(looksForUs).catch(() => undefined);
    for (const channel of this.#channels) await client.query(`LISTEN "${channel}"`);
  }

  #greeting(): string {
    const { schema, limitMs, isReplica } = this.#options;
    // Names in full: others may have put functions that fit better into public, and it is not left out yet.
    // pgvector's operators are found where it was installed; before it is, where it will be.
    return `SELECT pg_catalog.set_config('search_path', pg_catalog.concat_ws(', ', pg_catalog.quote_ident('${schema}'), coalesce((
        SELECT pg_catalog.quote_ident(nspname::text) FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
        WHERE extname = 'vector'), 'public')), false),
      pg_catalog.set_config('statement_timeout', '${limitMs}', false),
      pg_catalog.set_config('idle_in_transaction_session_timeout', '${idleInTransactionMs}', false),
      pg_catalog.set_config('default_transaction_read_only', '${isReplica === true ? "on" : "off"}', false),
      pg_catalog.set_config('TimeZone', 'UTC', false)`;
  }

  #lost(client: pg.Client, why: Failure): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#goneFor(why);
  }

  #goneFor(why: Failure): void {
    this.#why = why;
    if (this.#isClosed || this.#options.isOnce === true) return;
    this.#events.away?.(why);
    const nowMs = performance.now();
    this.#awaySinceMs ??= nowMs;
    const share = (nowMs - this.#awaySinceMs) * pauseShare;
    const pauseMs = Math.min(mostPauseMs, Math.max(leastPauseMs, share));
    clearTimeout(this.#timer);
    // Not all clients at one moment.
    this.#timer = setTimeout(() => this.start(), pauseMs * (0.5 + Math.random() / 2));
  }

  #config(): pg.ClientConfig {
    const { place, connectMs } = this.#options;
    const { host, port, user, database, password, application } = place;
    return {
      ...{ host, port, user, database },
      // The driver looks for one by itself where it is given none.
      ...(password === undefined ? {} : { password: password ?? (() => "") }),
      application_name: application ?? "haypile",
      connectionTimeoutMillis: connectMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: 5_000,
      ssl: tlsFor(place),
    };
  }
}

async function answerOf(
  client: pg.Client,
  { text, values, name }: Partial<Statement> & { text: string },
): Promise<Omit<Rows, "id">> {
  const result = await client.query({
    text,
    ...(values?.length ? { values: [...values] } : {}),
    ...(name === undefined ? {} : { name }),
    rowMode: "array",
    types,
  } as pg.QueryArrayConfig);
  const last = (Array.isArray(result) ? result.at(-1) : result) as pg.QueryArrayResult;
  if (last.command === "ROLLBACK" && text === "COMMIT") {
    throw new Error("the transaction had failed before, and was taken back");
  }
  return {
    fields: last.fields?.map(({ name: field }) => field) ?? [],
    rows: last.rows ?? [],
    count: last.rowCount ?? 0,
  };
}

function destroy(client: pg.Client): void {
  const { connection } = client as unknown as {
    connection?: { stream?: { destroy(): void } | undefined } | undefined;
  };
  connection?.stream?.destroy();
}

/** By its SQLSTATE. Names of the system and of the driver have five characters too, and begin with E. */
function isRefusal(error: unknown): boolean {
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  return typeof severity === "string" && typeof code === "string" && /^[0-9A-Z]{5}$/u.test(code);
}

/** What a server is told it may say again, and who reads that is not meant to know it. */
function withoutSecret(failure: Failure, { password }: pg.Client): Failure {
  if (typeof password !== "string" || password === "") return failure;
  return { ...failure, message: failure.message.replaceAll(password, "***") };
}

export function failureOf(
  error: unknown,
  more: Partial<Pick<Failure, "isLate" | "isAway" | "isInDoubt">> = {},
): Failure {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return {
    code: typeof code === "string" ? code : undefined,
    message: typeof message === "string" && message !== "" ? message : String(error),
    isInDoubt: more.isInDoubt === true,
    isLate: more.isLate === true,
    isAway: more.isAway === true,
  };
}
