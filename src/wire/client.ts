/*
 * A connection to the daemon for calls, kept as long as it is good. One that the daemon gives up (it stops, or a newer
 * one takes its place) is made anew at the next call; a call that was in flight when the daemon was killed fails with
 * HAYPILE_DAEMON.
 */
import { abortedError, throwIfAborted } from "../base/abort.ts";
import { type ErrorCode, HaypileError, isErrorCode } from "../base/errors.ts";
import { version } from "../base/package/version.ts";
import { readEnvironment } from "../config/environment/env.ts";
import type { PatientConnectOptions } from "./connect-options.ts";
import { findEndpoint } from "./endpoint.ts";
import { HangWatch } from "./hang-watch.ts";
import { readJsonLines, writeJsonLine } from "./json-lines.ts";
import type { PatienceLimits } from "./pulse.ts";
import { defaultStart, type Reached, reachDaemon } from "./reach-daemon.ts";
import { errorCodes, type RpcError } from "./words.ts";

/** What a call that was cancelled has to end in order. */
const cancelMs = 5_000;

interface Pending {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
  onProgress: ((value: unknown) => void) | undefined;
}

export interface CallOptions {
  signal?: AbortSignal | undefined;
  onProgress?: ((value: unknown) => void) | undefined;
}

class Connection {
  readonly reached: Reached;
  readonly pending = new Map<number, Pending>();
  readonly #watch: HangWatch;
  /** Nothing new is asked here. */
  isOver = false;

  constructor(reached: Reached, limits: PatienceLimits | undefined) {
    this.reached = reached;
    this.#watch = new HangWatch({
      owner: reached.owner,
      limits,
      isWaiting: () => this.pending.size > 0,
      onHung: (why) => this.#ended(why),
    });
    reached.socket.on("data", () => this.#watch.heard());
    void readJsonLines(reached.socket, {
      message: (message) => this.#take(message),
      // An answer that is left out would be waited for without end.
      garbage: (what, id) => {
        const message = `The daemon's answer was ${what}. Ask for less at a time.`;
        const data = { code: "HAYPILE_USAGE", data: {} };
        const error: RpcError = { code: errorCodes.failed, message, data };
        if (id !== undefined) this.#take({ id, error });
      },
    }).then(() => this.#ended());
  }

  add(id: number, call: Pending): void {
    if (this.pending.size === 0) this.#watch.heard();
    this.pending.set(id, call);
  }

  /** A call that is not waited for any longer. Its answer, should it come, is left out. */
  giveUp(id: number, why: HaypileError): void {
    const call = this.pending.get(id);
    if (call === undefined) return;
    this.pending.delete(id);
    call.reject(why);
    if (this.isOver) this.endWhenIdle();
  }

  endWhenIdle(): void {
    this.isOver = true;
    if (this.pending.size > 0) return;
    this.#watch.close();
    this.reached.socket.destroy();
  }

  #take(message: Record<string, unknown>): void {
    if ("haypile" in message) {
      if (message.leaving === true) this.endWhenIdle();
      return;
    }
    if (message.method === "$/progress") {
      const { id, value } = message.params as { id: number; value: unknown };
      this.pending.get(id)?.onProgress?.(value);
      return;
    }
    const call = this.pending.get(message.id as number);
    if (call === undefined) return;
    this.pending.delete(message.id as number);
    if (message.error === undefined) call.resolve(message.result ?? undefined);
    else call.reject(fromRpcError(message.error as RpcError));
    if (this.isOver) this.endWhenIdle();
  }

  #ended(
    why = new HaypileError(
      "HAYPILE_DAEMON",
      "The daemon ended while this call was in flight; it may or may not have been carried out. Try again.",
    ),
  ): void {
    this.isOver = true;
    this.#watch.close();
    this.reached.socket.destroy();
    for (const call of this.pending.values()) call.reject(why);
    this.pending.clear();
  }
}

/** Calls of one client, over one connection after another. */
export class RpcClient {
  readonly #options: PatientConnectOptions;
  #connection: Promise<Connection> | undefined;
  #last: Connection | undefined;
  #lastId = 0;
  #isClosed = false;

  constructor(options: PatientConnectOptions) {
    this.#options = options;
  }

  async ready(): Promise<Connection> {
    if (this.#isClosed) {
      throw new HaypileError("HAYPILE_CLOSED", "The connection was closed before this call.");
    }
    if (this.#last?.isOver === true) this.#connection = undefined;
    this.#connection ??= this.#connect();
    try {
      return await this.#connection;
    } catch (error) {
      this.#connection = undefined;
      throw error;
    }
  }

  async call(method: string, params: object = {}, options: CallOptions = {}): Promise<unknown> {
    const { onProgress } = options;
    const { cancel } = this.#options;
    const both = [options.signal, cancel].filter((one) => one !== undefined);
    const signal = both.length > 1 ? AbortSignal.any(both) : both[0];
    throwIfAborted(signal, "The call");
    const connection = await this.ready();
    // It may have come while a new connection was made.
    throwIfAborted(signal, "The call");
    const { socket } = connection.reached;
    const id = ++this.#lastId;
    let late: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      writeJsonLine(socket, { jsonrpc: "2.0", method: "$/cancel", params: { id } });
      // One that does not hear of it is not waited for.
      late = setTimeout(() => connection.giveUp(id, abortedError("The call")), cancelMs);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      return await new Promise((resolve, reject) => {
        connection.add(id, { resolve, reject, onProgress });
        writeJsonLine(socket, { jsonrpc: "2.0", id, method, params });
      });
    } finally {
      clearTimeout(late);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    (await this.#connection?.catch(() => undefined))?.endWhenIdle();
  }

  async #connect(): Promise<Connection> {
    const {
      environment = readEnvironment(),
      start,
      client = "haypile",
      timeoutMs,
      signal,
      limits,
    } = this.#options;
    const reached = await reachDaemon({
      endpoint: findEndpoint(environment),
      face: "rpc",
      version,
      client,
      start: start ?? defaultStart(),
      variables: environment.variables,
      timeoutMs,
      limits,
      signal,
    });
    this.#last = new Connection(reached, limits);
    return this.#last;
  }
}

function fromRpcError({ message, data }: RpcError): HaypileError {
  const code: ErrorCode = isErrorCode(data?.code) ? data.code : "HAYPILE_INTERNAL";
  return new HaypileError(code, message, { data: data?.data ?? {} });
}
