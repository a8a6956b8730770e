/*
 * Haypile in the daemon of this user, made from the table of calls: each goes over the wire by its name, and a signal
 * and a progress function, which cannot travel, become messages of their own.
 */
import { resolve } from "node:path";
import { checkOptions, checkTextArgument, type ShapeOf } from "../base/check-options.ts";
import { HaypileError } from "../base/errors.ts";
import { assertNodeVersion } from "../base/package/node-version.ts";
import type { Given } from "../config/environment/given.ts";
import type { QueriesOptions, QueriesReport } from "../ports/answers/daemon/queries.ts";
import type { SettingsInForce } from "../ports/answers/daemon/settings.ts";
import type { Stats } from "../ports/answers/daemon/stats.ts";
import type { ImportOptions, ImportResult, MemoryImport } from "../ports/answers/memory-reports.ts";
import {
  type Call,
  checkCall,
  codeFromTable,
  type DoorCalls,
  doorFromTable,
  memoriesFromTable,
  memoryCalls,
  optionsAt,
} from "../ports/calls.ts";
import type { CodeIndex, Haypile } from "../ports/haypile.ts";
import type { Memories, MemoryFilter } from "../ports/memories.ts";
import { RpcClient } from "../wire/client.ts";
import type { PatientConnectOptions } from "../wire/connect-options.ts";
import type { Hello } from "../wire/hello.ts";
import {
  type Health,
  type HttpAddress,
  type HttpWanted,
  pageBytes,
  pageLines,
  type SignInLink,
} from "../wire/words.ts";

/** An index at the other end. */
export type RemoteEngine = CodeIndex;

const connectShape = {
  environment: "any",
  start: "any",
  client: "text",
  timeoutMs: "number",
  signal: "any",
  limits: "any",
  cancel: "signal",
} as const satisfies ShapeOf<PatientConnectOptions>;

const listenShape = {
  port: "number",
  host: "text",
  token: "boolean",
  next: "boolean",
  page: "boolean",
} as const satisfies ShapeOf<HttpWanted>;

/** Haypile in the daemon, and the daemon itself. */
export interface DaemonClient extends Haypile {
  /** The daemon was started by connect(). */
  readonly isNew: boolean;
  /** The settings it was started with; undefined where it does not say. @internal */
  readonly settings: Given | undefined;
  /** As code(). */
  engine(folder: string, options?: { nearest?: boolean | undefined }): CodeIndex;
  health(): Promise<Health>;
  /** Text of Prometheus. */
  metrics(): Promise<string>;
  clients(): Promise<Hello[]>;
  /** The last calls that somebody waited for, and where their time went. @throws HaypileError HAYPILE_USAGE */
  queries(options?: QueriesOptions): Promise<QueriesReport>;
  /** Lets it serve HTTP: MCP, the page, calls. Where it does already, says where. @throws HaypileError HAYPILE_PORT_TAKEN, HAYPILE_USAGE */
  listen(wanted: HttpWanted): Promise<HttpAddress>;
  /** Where it listens for HTTP now; undefined: nowhere. */
  listening(): Promise<HttpWanted | undefined>;
  /** A link to the page that signs a browser in, once, and a private file that leads to it (not with file: false). @throws HaypileError HAYPILE_USAGE where no page is served */
  signInLink(options?: { file?: boolean | undefined }): Promise<SignInLink>;
  /** Writes, databases, caches, lanes and alerts of the daemon. */
  stats(): Promise<Stats>;
  /** Its options as they are in force, and which of them wait for its next start. It reads the user's file again first. */
  configuration(): Promise<SettingsInForce>;
  /** Asks the daemon to leave. */
  stop(): Promise<void>;
}

/**
 * Connects to the daemon of this user, and starts it when there is none. A daemon that hangs is not waited for
 * without end: connecting fails, and so does a call in flight, with HAYPILE_DAEMON and its process number.
 * @throws HaypileError HAYPILE_NODE_TOO_OLD, HAYPILE_DAEMON, HAYPILE_OVERLOADED, HAYPILE_PERMISSION, HAYPILE_ABORTED
 */
export async function connect(options: PatientConnectOptions = {}): Promise<DaemonClient> {
  assertNodeVersion();
  checkOptions("connect()", options, connectShape);
  const client = new RpcClient(options);
  const { reached } = await client.ready();
  const code: Haypile["code"] = (folder, given = {}) => {
    checkTextArgument("code()", "folder", folder);
    checkOptions("code()", given, { nearest: "boolean" });
    // The daemon works in a folder of its own.
    return codeThere(client, resolve(folder), given.nearest ?? true);
  };
  const close = (): Promise<void> => client.close();
  return {
    isNew: reached.isNew,
    settings: reached.settings,
    code,
    engine: code,
    ...doorThere(client),
    memories: memoriesThere(client),
    health: async () => (await client.call("daemon.health")) as Health,
    metrics: async () => (await client.call("daemon.metrics")) as string,
    clients: async () => (await client.call("daemon.clients")) as Hello[],
    queries: async (said = {}) =>
      (await client.call("daemon.queries", { args: [said] })) as QueriesReport,
    stats: async () => (await client.call("daemon.stats")) as Stats,
    listen: async (wanted) => {
      checkOptions("listen()", wanted, listenShape);
      return (await client.call("daemon.listen", { args: [wanted] })) as HttpAddress;
    },
    listening: async () => {
      return ((await client.call("daemon.listening")) ?? undefined) as HttpWanted | undefined;
    },
    signInLink: async ({ file = true } = {}) =>
      (await client.call("daemon.signInLink", { args: [file] })) as SignInLink,
    configuration: async () => (await client.call("daemon.configuration")) as SettingsInForce,
    stop: async () => void (await client.call("daemon.stop")),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function codeThere(client: RpcClient, folder: string, nearest: boolean): CodeIndex {
  return codeFromTable((name, call, args) => {
    const { plain, signal, onProgress } = withoutFunctions(name, call, args);
    const params = { folder, nearest, args: plain, progress: onProgress !== undefined };
    return client.call(`engine.${name}`, params, { signal, onProgress });
  });
}

function doorThere(client: RpcClient): DoorCalls {
  return doorFromTable((name, call, args) => {
    const { plain, signal } = withoutFunctions(name, call, args);
    const given = call.inFolder === true ? plain.map(fromHere) : plain;
    return client.call(`haypile.${name}`, { args: given }, { signal, onProgress: undefined });
  });
}

function memoriesThere(client: RpcClient): Memories {
  return memoriesFromTable(
    (name, call, args) => {
      const { plain, signal, onProgress } = withoutFunctions(name, call, args);
      const params = { args: plain, progress: onProgress !== undefined };
      return client.call(`memories.${name}`, params, { signal, onProgress });
    },
    {
      export: (filter) => exportLines(client, filter),
      import: (lines, options) => importLines(client, lines, options),
      openImport: (options) => openImport(client, options),
      close: async () => undefined,
    },
  );
}

async function* exportLines(client: RpcClient, filter?: MemoryFilter): AsyncGenerator<string> {
  checkCall(memoryCalls, "export", [filter]);
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
  checkCall(memoryCalls, "import", [lines, options]);
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

/** The daemon works in a folder of its own. */
function fromHere(arg: unknown): unknown {
  if (typeof arg !== "object" || arg === null || !("folder" in arg)) return arg;
  return typeof arg.folder === "string" ? { ...arg, folder: resolve(arg.folder) } : arg;
}

/** JSON writes null for what is no number, or has no end. @throws HaypileError HAYPILE_USAGE */
function assertFinite(call: string, options: unknown): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) return;
  for (const [option, value] of Object.entries(options)) {
    if (typeof value !== "number" || Number.isFinite(value)) continue;
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected a finite number for ${option} of ${call}(), but got ${value}. Correct it there.`,
      { data: { call: `${call}()`, option } },
    );
  }
}

/** What cannot travel, apart from what can. */
function withoutFunctions(
  name: string,
  call: Call,
  args: readonly unknown[],
): {
  plain: unknown[];
  signal: AbortSignal | undefined;
  onProgress: ((value: unknown) => void) | undefined;
} {
  for (const arg of args) assertFinite(name, arg);
  const at = optionsAt(call);
  if (at === undefined) return { plain: [...args], signal: undefined, onProgress: undefined };
  const { signal, onProgress, ...options } = (args[at] ?? {}) as {
    signal?: AbortSignal | undefined;
    onProgress?: ((value: unknown) => void) | undefined;
  };
  const plain = args.map((arg, i) => (i === at ? options : arg));
  return { plain, signal, onProgress };
}
