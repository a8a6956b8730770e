/*
 * The rpc face: JSON-RPC 2.0, one message a line, for the library and the command line. "$/cancel" stops a
 * call, "$/progress" tells how far one is.
 */
import type { Socket } from "node:net";
import { HaypileError } from "../base/errors.ts";
import type { MemoryImport } from "../ports/answers/memory-reports.ts";
import {
  ask,
  type Call,
  codeCalls,
  doorCalls,
  memoryCalls,
  oldNames,
  optionsAt,
  plainCalls,
} from "../ports/calls.ts";
import type { Haypile } from "../ports/haypile.ts";
import type { Hello } from "../wire/hello.ts";
import { readJsonLines, writeJsonLine } from "../wire/json-lines.ts";
import {
  type DaemonMethod,
  daemonMethods,
  type EngineParams,
  errorCodes,
  pageBytes,
  pageLines,
  type RpcError,
} from "../wire/words.ts";
import type { Meter } from "./metrics/meter.ts";

export interface RpcServices {
  /** As this client sees it. */
  haypile: Haypile;
  daemon: Readonly<Record<DaemonMethod, (...args: unknown[]) => unknown>>;
  meter: Meter;
}

type Id = string | number;

/** With so much unread by the client, nothing more is taken from it. */
const mostUnreadBytes = 4_000_000;
const mostOpenExports = 4;

/** Serves one client until it says no more and all is answered, or is gone. */
export async function serveRpc(
  socket: Socket,
  _hello: Hello,
  services: RpcServices,
): Promise<void> {
  await new RpcConnection(socket, services).run();
}

class RpcConnection {
  readonly #socket: Socket;
  readonly #services: RpcServices;
  readonly #calls = new Map<Id, AbortController>();
  readonly #inFlight = new Set<Promise<void>>();
  readonly #exports = new Map<string, AsyncIterator<string>>();
  /** Those that are not ended when the client goes are dropped; what they wrote stays. */
  readonly #imports = new Map<string, MemoryImport>();
  #exported = 0;

  constructor(socket: Socket, services: RpcServices) {
    this.#socket = socket;
    this.#services = services;
  }

  async run(): Promise<void> {
    this.#socket.once("close", () => {
      for (const stop of this.#calls.values()) stop.abort();
    });
    this.#socket.on("drain", () => this.#socket.resume());
    await readJsonLines(this.#socket, {
      message: (message) => this.#take(message),
      garbage: (what, id) =>
        this.#fail(id ?? null, { code: errorCodes.parse, message: `The line was ${what}.` }),
    });
    await Promise.all(this.#inFlight);
    for (const lines of this.#exports.values()) await lines.return?.();
  }

  #take(message: Record<string, unknown>): void {
    const { id, method, params } = message;
    if (typeof method !== "string") {
      this.#fail(null, { code: errorCodes.request, message: "The line has no method." });
      return;
    }
    const said = (typeof params === "object" && params !== null ? params : {}) as Record<
      string,
      unknown
    >;
    if (method === "$/cancel") {
      this.#calls.get(said.id as Id)?.abort();
      return;
    }
    if (id === undefined) return;
    if (typeof id !== "string" && typeof id !== "number") {
      this.#fail(null, { code: errorCodes.request, message: "The id is no string or number." });
      return;
    }
    if (this.#calls.has(id)) {
      this.#fail(id, { code: errorCodes.request, message: "This id is in use already." });
      return;
    }
    const stop = new AbortController();
    this.#calls.set(id, stop);
    const call = this.#answer(id, method, said, stop.signal).finally(() => {
      this.#calls.delete(id);
      this.#inFlight.delete(call);
    });
    this.#inFlight.add(call);
  }

  async #answer(
    id: Id,
    method: string,
    params: Record<string, unknown>,
    signal: AbortSignal,
  ): Promise<void> {
    const run = this.#find(id, method, params, signal);
    if (run === undefined) {
      const message = `There is no method ${method.slice(0, 64)}.`;
      this.#fail(id, { code: errorCodes.method, message });
      return;
    }
    try {
      const result = await this.#services.meter.measure(method, run);
      this.#write({ jsonrpc: "2.0", id, result: result ?? null });
    } catch (error) {
      this.#fail(id, asRpcError(error));
    }
  }

  #find(
    id: Id,
    method: string,
    params: Record<string, unknown>,
    signal: AbortSignal,
  ): (() => Promise<unknown>) | undefined {
    const [object = "", name = ""] = (oldNames.get(method) ?? method).split(".", 2);
    const args = Array.isArray(params.args) ? (params.args as unknown[]) : [];
    const { haypile } = this.#services;
    const call = plainCall(object, name);
    if (call !== undefined) {
      const { folder, nearest = false, progress } = params as unknown as EngineParams;
      return async () => {
        const onProgress =
          progress === true ? (value: unknown) => this.#tell(id, value) : undefined;
        const given = withSignal(args, optionsAt(call), signal, onProgress);
        if (object === "haypile") return await ask(haypile, name, given);
        if (object === "memories") return await ask(haypile.memories, name, given);
        if (typeof folder !== "string") throw usage("Expected the folder of the index.");
        return await ask(haypile.code(folder, { nearest }), name, given);
      };
    }
    if (method === "memories.export") return () => this.#openExport(args[0]);
    if (method === "memories.exportNext") return () => this.#nextPage(String(args[0]));
    if (method === "memories.exportEnd") return () => this.#endExport(String(args[0]));
    if (method === "memories.importOpen") return () => this.#openImport(args[0]);
    if (method === "memories.importNext") {
      return async () => await this.#import(args[0]).push(args[1] as string[]);
    }
    if (method === "memories.importEnd") {
      return async () => {
        const importing = this.#import(args[0]);
        this.#imports.delete(String(args[0]));
        return await importing.end();
      };
    }
    if (object === "daemon" && (daemonMethods as readonly string[]).includes(name)) {
      return async () => this.#services.daemon[name as DaemonMethod](...args);
    }
    return undefined;
  }

  async #openExport(filter: unknown): Promise<string> {
    if (this.#exports.size >= mostOpenExports) {
      throw usage(`Expected at most ${mostOpenExports} exports at the same time of one client.`);
    }
    const { memories } = this.#services.haypile;
    const handle = `export-${++this.#exported}`;
    const lines = memories.export((filter ?? undefined) as object | undefined);
    this.#exports.set(handle, lines[Symbol.asyncIterator]());
    return handle;
  }

  async #openImport(options: unknown): Promise<string> {
    if (this.#imports.size >= mostOpenExports) {
      throw usage(`Expected at most ${mostOpenExports} imports at the same time of one client.`);
    }
    const { memories } = this.#services.haypile;
    const handle = `import-${++this.#exported}`;
    this.#imports.set(handle, await memories.openImport((options ?? undefined) as object));
    return handle;
  }

  #import(handle: unknown): MemoryImport {
    const importing = this.#imports.get(String(handle));
    if (importing === undefined) throw usage("There is no such import on this connection.");
    return importing;
  }

  async #nextPage(handle: string): Promise<{ lines: string[]; done: boolean }> {
    const lines = this.#exports.get(handle);
    if (lines === undefined) throw usage("There is no such export on this connection.");
    const page: string[] = [];
    for (let bytes = 0; page.length < pageLines && bytes < pageBytes; ) {
      const next = await lines.next();
      if (next.done === true) {
        this.#exports.delete(handle);
        return { lines: page, done: true };
      }
      page.push(next.value);
      bytes += next.value.length;
    }
    return { lines: page, done: false };
  }

  async #endExport(handle: string): Promise<void> {
    await this.#exports.get(handle)?.return?.();
    this.#exports.delete(handle);
  }

  #tell(id: Id, value: unknown): void {
    // Progress is worth nothing to a client that does not keep up.
    if (this.#socket.writableNeedDrain) return;
    writeJsonLine(this.#socket, { jsonrpc: "2.0", method: "$/progress", params: { id, value } });
  }

  #fail(id: Id | null, error: RpcError): void {
    this.#write({ jsonrpc: "2.0", id, error });
  }

  #write(message: object): void {
    writeJsonLine(this.#socket, message);
    if (this.#socket.writableLength > mostUnreadBytes) this.#socket.pause();
  }
}

/** The tables, by how their objects are called on the wire. */
const tables: Readonly<Record<string, Readonly<Record<string, Call>>>> = {
  engine: codeCalls,
  memories: plainCalls(memoryCalls),
  haypile: doorCalls,
};

function plainCall(object: string, name: string): Call | undefined {
  const table = Object.hasOwn(tables, object) ? tables[object] : undefined;
  return table !== undefined && Object.hasOwn(table, name) ? table[name] : undefined;
}

/** The arguments with signal and progress in the record of options. */
function withSignal(
  args: readonly unknown[],
  at: number | undefined,
  signal: AbortSignal,
  onProgress?: (value: unknown) => void,
): unknown[] {
  // What was left out came as null.
  const given = args.map((arg) => arg ?? undefined);
  if (at === undefined) return given;
  while (given.length < at) given.push(undefined);
  const options = { ...((given[at] as object | undefined) ?? {}), signal };
  given[at] = onProgress === undefined ? options : { ...options, onProgress };
  return given;
}

function asRpcError(error: unknown): RpcError {
  const message = error instanceof Error ? error.message : String(error);
  if (!HaypileError.isInstance(error)) return { code: errorCodes.failed, message };
  return {
    code: errorCodes.failed,
    message,
    data: { code: error.code, data: { ...error.data } },
  };
}

function usage(message: string): HaypileError {
  return new HaypileError("HAYPILE_USAGE", message);
}
