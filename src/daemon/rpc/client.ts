/*
 * The daemon's engines and memories from another process, with the types of those at home. A connection that
 * the daemon gives up (it stops, or a newer one takes its place) is made anew at the next call; a call that
 * was in flight when the daemon was killed fails with HAYPILE_DAEMON.
 */
import { resolve } from "node:path";
import { abortedError } from "../../base/abort.ts";
import { checkOptions, checkTextArgument, type ShapeOf } from "../../base/check-options.ts";
import { type ErrorCode, HaypileError, isErrorCode } from "../../base/errors.ts";
import { version } from "../../base/package/version.ts";
import { type Environment, readEnvironment } from "../../config/environment/env.ts";
import type { Engine } from "../../engine/engine.ts";
import { checkCall, engineShapes, memoryShapes, nearestShape } from "../../engine/option-shapes.ts";
import type {
  ImportOptions,
  ImportResult,
  Memories,
  MemoryFilter,
  MemoryImport,
} from "../../ports/memories.ts";
import { HangWatch } from "../client/hang-watch.ts";
import type { Hello } from "../client/hello.ts";
import type { PatienceLimits } from "../client/pulse.ts";
import { defaultStart, type Reached, reachDaemon, type StartCommand } from "../client/reach.ts";
import type { HttpFace, HttpWanted } from "../http-face.ts";
import type { Health } from "../metrics.ts";
import { findEndpoint } from "../place/endpoint.ts";
import { readJsonLines, writeJsonLine } from "./json-lines.ts";
import {
  type EngineMethod,
  engineMethods,
  errorCodes,
  memoryMethods,
  pageBytes,
  pageLines,
  type RpcError,
} from "./methods.ts";

/** An engine at the other end: its calls of the same names, each a promise. */
export type RemoteEngine = {
  [Name in EngineMethod]: (
    ...args: Parameters<Engine[Name]>
  ) => Promise<Awaited<ReturnType<Engine[Name]>>>;
};

export interface ConnectOptions {
  environment?: Environment;
  /** What to start when there is no daemon; false: nothing, then connect() throws. Default: this package's. */
  start?: StartCommand | false;
  /** For the daemon's log. */
  client?: string;
  /** Time for reaching it. Default: as long as it is alive and gets on, 120 s at most. */
  timeoutMs?: number;
  /** Ends connecting, now and later; calls in flight go on. */
  signal?: AbortSignal;
}

/** For commands that only want to know how the daemon is. */
export interface PatientConnectOptions extends ConnectOptions {
  /** When a daemon that does not answer counts as one that never will. Default: what suits a contact or a call. */
  limits?: PatienceLimits;
}

const connectShape = {
  environment: "any",
  start: "any",
  client: "text",
  timeoutMs: "number",
  signal: "any",
  limits: "any",
} as const satisfies ShapeOf<PatientConnectOptions>;

const listenShape = {
  port: "number",
  host: "text",
  token: "boolean",
} as const satisfies ShapeOf<HttpWanted>;

export interface DaemonClient {
  /** The daemon was started by connect(). */
  readonly isNew: boolean;
  /** @param options nearest: the index of the nearest folder above will do. Default true. */
  engine(folder: string, options?: { nearest?: boolean }): RemoteEngine;
  readonly memories: Memories;
  health(): Promise<Health>;
  /** Text of Prometheus. */
  metrics(): Promise<string>;
  clients(): Promise<Hello[]>;
  /** Lets it serve MCP over HTTP; where it does already, says where. @throws HaypileError HAYPILE_PORT_TAKEN, HAYPILE_USAGE */
  listen(wanted: HttpWanted): Promise<Omit<HttpFace, "close">>;
  /** Asks the daemon to leave. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Connects to the daemon of this user, and starts it when there is none. A daemon that hangs is not waited for
 * without end: connecting fails, and so does a call in flight, with HAYPILE_DAEMON and its process number.
 * @throws HaypileError HAYPILE_DAEMON, HAYPILE_OVERLOADED, HAYPILE_PERMISSION, HAYPILE_ABORTED
 */
export async function connect(options: PatientConnectOptions = {}): Promise<DaemonClient> {
  checkOptions("connect()", options, connectShape);
  const client = new RpcClient(options);
  const { reached } = await client.ready();
  return {
    isNew: reached.isNew,
    engine: (folder, given = {}) => {
      checkTextArgument("engine()", "folder", folder);
      checkOptions("engine()", given, nearestShape);
      // The daemon works in a folder of its own.
      return remoteEngine(client, resolve(folder), given.nearest ?? true);
    },
    memories: remoteMemories(client),
    health: async () => (await client.call("daemon.health")) as Health,
    metrics: async () => (await client.call("daemon.metrics")) as string,
    clients: async () => (await client.call("daemon.clients")) as Hello[],
    listen: async (wanted) => {
      checkOptions("listen()", wanted, listenShape);
      return (await client.call("daemon.listen", { args: [wanted] })) as Omit<HttpFace, "close">;
    },
    stop: async () => void (await client.call("daemon.stop")),
    close: () => client.close(),
  };
}

/** What a call that was cancelled has to end in order. */
const cancelMs = 5_000;

interface Pending {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
  onProgress: ((value: unknown) => void) | undefined;
}

interface CallOptions {
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
      ...(limits !== undefined && { limits }),
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

class RpcClient {
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
    const { signal, onProgress } = options;
    if (signal?.aborted === true) throw abortedError("The call");
    const connection = await this.ready();
    const { socket } = connection.reached;
    const id = ++this.#lastId;
    let late: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      writeJsonLine(socket, { jsonrpc: "2.0", method: "$/cancel", params: { id } });
      // One that does not hear of it is not waited for.
      late = setTimeout(
        () => connection.pending.get(id)?.reject(abortedError("The call")),
        cancelMs,
      );
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
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(limits !== undefined && { limits }),
      signal,
    });
    this.#last = new Connection(reached, limits);
    return this.#last;
  }
}

function remoteEngine(client: RpcClient, folder: string, nearest: boolean): RemoteEngine {
  const methods = Object.entries(engineMethods).map(([name, at]) => [
    name,
    async (...args: unknown[]) => {
      checkCall(engineShapes, name, args);
      const { plain, signal, onProgress } = withoutFunctions(args, at);
      const params = { folder, nearest, args: plain, progress: onProgress !== undefined };
      return await client.call(`engine.${name}`, params, { signal, onProgress });
    },
  ]);
  return Object.fromEntries(methods) as RemoteEngine;
}

function remoteMemories(client: RpcClient): Memories {
  const methods = Object.entries(memoryMethods).map(([name, at]) => [
    name,
    async (...args: unknown[]) => {
      checkCall(memoryShapes, name, args);
      const { plain, signal } = withoutFunctions(args, at);
      return await client.call(`memories.${name}`, { args: plain }, { signal });
    },
  ]);
  return {
    ...(Object.fromEntries(methods) as Memories),
    export: (filter) => exportLines(client, filter),
    import: (lines, options) => importLines(client, lines, options),
    openImport: (options) => openImport(client, options),
    close: async () => undefined,
  };
}

async function* exportLines(client: RpcClient, filter?: MemoryFilter): AsyncGenerator<string> {
  checkCall(memoryShapes, "export", [filter]);
  const handle = await client.call("memories.export", { args: [filter ?? {}] });
  let isDone = false;
  try {
    while (!isDone) {
      const page = (await client.call("memories.exportNext", { args: [handle] })) as {
        lines: string[];
        done: boolean;
      };
      isDone = page.done;
      yield* page.lines;
    }
  } finally {
    if (!isDone) await client.call("memories.exportEnd", { args: [handle] }).catch(() => undefined);
  }
}

async function importLines(
  client: RpcClient,
  lines: AsyncIterable<string> | Iterable<string>,
  options?: ImportOptions,
): Promise<ImportResult> {
  checkCall(memoryShapes, "import", [lines, options]);
  const importing = await openImport(client, options);
  let page: string[] = [];
  let bytes = 0;
  for await (const line of lines) {
    page.push(line);
    bytes += line.length;
    if (page.length < pageLines && bytes < pageBytes) continue;
    await importing.push(page);
    page = [];
    bytes = 0;
  }
  if (page.length > 0) await importing.push(page);
  return await importing.end();
}

/** The text goes by pages, and the daemon holds what one has begun and the next ends. */
async function openImport(client: RpcClient, options?: ImportOptions): Promise<MemoryImport> {
  const handle = await client.call("memories.importOpen", { args: [options] });
  return {
    push: async (pieces) => {
      await client.call("memories.importNext", { args: [handle, pieces] });
    },
    end: async () => (await client.call("memories.importEnd", { args: [handle] })) as ImportResult,
  };
}

/** What cannot travel, apart from what can. */
function withoutFunctions(
  args: readonly unknown[],
  at: number | undefined,
): {
  plain: unknown[];
  signal: AbortSignal | undefined;
  onProgress: ((value: unknown) => void) | undefined;
} {
  if (at === undefined) return { plain: [...args], signal: undefined, onProgress: undefined };
  const { signal, onProgress, ...options } = (args[at] ?? {}) as {
    signal?: AbortSignal;
    onProgress?: (value: unknown) => void;
  };
  const plain = args.map((arg, i) => (i === at ? options : arg));
  return { plain, signal, onProgress };
}

function fromRpcError({ message, data }: RpcError): HaypileError {
  const code: ErrorCode = isErrorCode(data?.code) ? data.code : "HAYPILE_INTERNAL";
  return new HaypileError(code, message, { data: data?.data ?? {} });
}
