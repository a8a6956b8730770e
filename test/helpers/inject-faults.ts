/*
 * A process of its own that lets one call after the other fail while something is done:
 *   node inject-faults.ts SCENARIO KIND FOLDER MODEL all|some
 * The n-th call of a kind (statements of SQLite, calls of the model, of the file system) throws, for n from 1 until the
 * work is done before it comes to that. Prints what went wrong: errors without a code, rejections that nobody owns, a
 * close() that fails, a later call that does not work.
 */
import fs, { cpSync, mkdirSync, rmSync } from "node:fs";
import { createRequire, syncBuiltinESMExports } from "node:module";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Database } from "better-sqlite3";
import { HaypileError } from "../../src/base/errors.ts";
import type { RpcServices } from "../../src/daemon/rpc-face.ts";
import type { Hello } from "../../src/wire/hello.ts";

const [scenario = "", kind = "", folder = "", model = "", amount = "some"] = process.argv.slice(2);

let calls = 0;
let failAt = Number.POSITIVE_INFINITY;
/** Where the last one came from. */
let thrownAt = "";
/** Aborted by the fault: the failed call's work beside it is then given up too. */
let gaveUp = new AbortController();
let makeError: () => Error = () => new Error("not armed");

/** Counts a call, and lets it fail when it is its turn. */
function fault(): void {
  calls += 1;
  if (calls !== failAt) return;
  const error = makeError();
  thrownAt = error.stack ?? "";
  gaveUp.abort();
  throw error;
}

type Method = (...args: unknown[]) => unknown;

function failing(target: object, names: readonly string[]): void {
  const methods = target as Record<string, Method>;
  for (const name of names) {
    const own = methods[name];
    if (own === undefined) continue;
    methods[name] = function (this: unknown, ...args: unknown[]) {
      fault();
      return own.apply(this, args);
    };
  }
}

function failingAsync(target: object, names: readonly string[]): void {
  const methods = target as Record<string, Method>;
  for (const name of names) {
    const own = methods[name];
    if (own === undefined) continue;
    methods[name] = async function (this: unknown, ...args: unknown[]) {
      fault();
      return await own.apply(this, args);
    };
  }
}

const kinds: Record<string, () => Promise<void>> = {
  async statements() {
    const Driver = createRequire(import.meta.url)("better-sqlite3");
    const db = new Driver(":memory:") as Database;
    failing(Object.getPrototypeOf(db.prepare("SELECT 1")), ["run", "get", "all", "iterate"]);
    failing(Object.getPrototypeOf(db), ["exec", "pragma"]);
    db.close();
    const codes = ["SQLITE_CORRUPT", "SQLITE_IOERR_READ", "SQLITE_FULL", "SQLITE_BUSY"];
    makeError = () => new Driver.SqliteError("made up", codes[failAt % codes.length]);
  },
  async model() {
    const { OnnxEmbedder } = await import("../../src/native/embedder.ts");
    const { StaticEmbedder } = await import("../../src/native/static-embedder.ts");
    const { TokenCounter } = await import("../../src/native/token-counter.ts");
    const names = ["embed", "countTokens", "countLineTokens"];
    for (const one of [OnnxEmbedder, StaticEmbedder, TokenCounter]) {
      failingAsync(one.prototype, names);
    }
    failingAsync(OnnxEmbedder, ["load", "loadCached"]);
    makeError = () => new HaypileError("HAYPILE_RUNTIME_FAILED", "made up");
  },
  async files() {
    failingAsync(fs.promises, ["readFile", "stat", "open", "realpath", "opendir", "readdir"]);
    syncBuiltinESMExports();
    makeError = () => Object.assign(new Error("EIO: made up"), { code: "EIO" });
  },
};

const tree = join(folder, "tree");
const wrong: string[] = [];
const note = (text: string): void => {
  wrong.push(`${scenario}, ${kind} call ${failAt}: ${text}`);
};
process.on("unhandledRejection", (error) => note(`unhandled rejection: ${String(error)}`));
process.on("uncaughtException", (error) => note(`uncaught exception: ${String(error)}`));

await kinds[kind]?.();
const { open } = await import("../../src/engine/open.ts");
const { openHome } = await import("../../src/engine/home.ts");
const { haypileOver } = await import("../../src/haypile/here.ts");
const { inTurn } = await import("../../src/haypile/in-turn.ts");
const { Lanes } = await import("../../src/haypile/lanes.ts");
const { Meter } = await import("../../src/daemon/metrics/meter.ts");
const { serveRpc } = await import("../../src/daemon/rpc-face.ts");
const base = join(folder, `${scenario}-${kind}`);
rmSync(base, { recursive: true, force: true });
mkdirSync(base, { recursive: true });

interface Opened {
  run: () => Promise<unknown>;
  /** The same, or something near it, once nothing fails any more. */
  later: () => Promise<unknown>;
  close: () => Promise<void>;
}

/** Indexes by now: without one, without vectors, and whole. */
async function prepare(): Promise<void> {
  for (const fillIn of ["off", "background"] as const) {
    const database = join(base, `${fillIn}.db`);
    const engine = await open({
      folder: tree,
      database,
      modelFolder: model,
      embeddingCache: false,
    });
    await engine.index({ fillIn });
    await engine.close();
  }
}

async function openEngine(from: "nothing" | "off" | "background", at: string): Promise<Opened> {
  const database = join(at, "index.db");
  if (from !== "nothing") cpSync(join(base, `${from}.db`), database);
  const engine = await open({ folder: tree, database, modelFolder: model });
  const search = () => engine.search("read the file", { k: 5, signal: gaveUp.signal });
  return {
    run:
      scenario === "index"
        ? () => engine.index()
        : scenario === "deadline"
          ? () => engine.search("read the file", { deadlineMs: 5_000 })
          : scenario === "symbols"
            ? async () => [
                engine.findSymbol("read"),
                engine.outline(""),
                engine.references("read_1"),
                engine.status(),
                await engine.indexReport(),
              ]
            : scenario === "left"
              ? async () => {
                  // Nobody waits for it: close() comes while it is at work.
                  search().catch(() => undefined);
                  engine.index().catch(() => undefined);
                  await wait(1);
                }
              : search,
    later: async () => {
      await engine.index();
      return await engine.search("read the file", { k: 5 });
    },
    close: () => engine.close(),
  };
}

async function openUser(at: string): Promise<Opened> {
  const home = await openHome({
    modelFolder: model,
    memoriesDatabase: join(at, "memories.db"),
    activity: false,
  });
  const { memories } = home;
  const remember = () => memories.remember("Write the index before the file is read.");
  return {
    run:
      scenario === "remember"
        ? remember
        : async () => {
            await remember();
            return await memories.recall("read the file", { signal: gaveUp.signal });
          },
    later: async () => {
      await remember();
      return await memories.recall("index");
    },
    close: () => home.close(),
  };
}

/** The same over a socket, with a client that is gone before the last answer. */
async function openDaemon(at: string): Promise<Opened> {
  const home = await openHome({
    modelFolder: model,
    memoriesDatabase: join(at, "memories.db"),
    activity: false,
  });
  const services = {
    haypile: inTurn(
      haypileOver(async () => home),
      new Lanes(),
      "test",
    ),
    daemon: {} as RpcServices["daemon"],
    meter: new Meter(),
  };
  const served: Promise<void>[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    served.push(serveRpc(socket, {} as Hello, services));
  });
  const path = join(at, "socket");
  await new Promise<void>((ready) => server.listen(path, ready));
  const calls: [string, Record<string, unknown>][] = [
    ["engine.index", { folder: tree, nearest: false, args: [{}] }],
    ["engine.search", { folder: tree, args: ["read the file", { k: 5 }] }],
    ["memories.remember", { args: ["Write the index before the file is read."] }],
    ["memories.recall", { args: ["read the file"] }],
  ];
  const ask = async (leavesEarly: boolean): Promise<void> => {
    const socket = connect(path);
    socket.on("error", () => undefined);
    let text = "";
    const answers = new Promise<void>((done) => {
      socket.on("close", () => done());
      socket.on("data", (data) => {
        text += data;
        if (text.split("\n").length > calls.length) socket.end();
      });
    });
    for (const [id, [method, params]] of calls.entries()) {
      socket.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    }
    if (leavesEarly) {
      await wait(3);
      socket.destroy();
    }
    await answers;
    for (const line of text.split("\n").slice(0, leavesEarly ? 0 : calls.length)) {
      const { error } = JSON.parse(line) as {
        error?: { data?: { code: string }; message: string };
      };
      if (error === undefined) continue;
      const code = error.data?.code ?? "none";
      if (code === "none" || code === "HAYPILE_INTERNAL")
        note(
          `no code of ${calls[Number((JSON.parse(line) as { id: number }).id)]?.[0]}: ${error.message} ${thrownAt}`,
        );
      if (Number.isNaN(failAt)) throw new Error(error.message);
    }
  };
  return {
    run: () => ask(attempts % 2 === 1),
    later: () => ask(false),
    close: async () => {
      server.close();
      await Promise.all(served);
      await home.close();
    },
  };
}

const starts: Record<string, (at: string) => Promise<Opened>> = {
  index: (at) => openEngine("nothing", at),
  search: (at) => openEngine("background", at),
  "fill-in": (at) => openEngine("off", at),
  deadline: (at) => openEngine("off", at),
  symbols: (at) => openEngine("background", at),
  left: (at) => openEngine("off", at),
  remember: openUser,
  recall: openUser,
  daemon: openDaemon,
};

function isCoded(error: unknown): boolean {
  return HaypileError.isInstance(error) && error.code !== "HAYPILE_INTERNAL";
}

async function within<T>(what: string, work: Promise<T>): Promise<T | undefined> {
  const late = Symbol("late");
  const timer = new AbortController();
  const first = await Promise.race([work, wait(60_000, late, { signal: timer.signal })]).finally(
    () => timer.abort(),
  );
  if (first === late) note(`${what} did not end within a minute`);
  return first === late ? undefined : (first as T);
}

let attempts = 0;

/** @returns whether the fault came */
async function attempt(n: number): Promise<boolean> {
  const at = join(base, "try");
  rmSync(at, { recursive: true, force: true });
  mkdirSync(at, { recursive: true });
  calls = 0;
  gaveUp = new AbortController();
  failAt = n;
  let opened: Opened | undefined;
  try {
    opened = await within("opening", (starts[scenario] as (at: string) => Promise<Opened>)(at));
    await within("the call", opened?.run() ?? Promise.resolve());
  } catch (error) {
    if (!isCoded(error)) note(`no code: ${error instanceof Error ? error.stack : String(error)}`);
  }
  const came = calls >= n;
  failAt = Number.POSITIVE_INFINITY;
  // Every second time it is closed at once, with what is still under way.
  attempts += 1;
  if (scenario !== "left" && attempts % 2 === 0 && opened !== undefined) {
    failAt = Number.NaN;
    const result = await within(
      "the later call",
      opened.later().catch((error: unknown) => error),
    );
    failAt = n;
    if (result instanceof Error) note(`a later call failed: ${String(result)}`);
    failAt = Number.POSITIVE_INFINITY;
  }
  try {
    await within("close()", opened?.close() ?? Promise.resolve());
  } catch (error) {
    failAt = n;
    note(`close() failed: ${String(error)}`);
    failAt = Number.POSITIVE_INFINITY;
  }
  // What nobody owns shows when its turn of the event loop is over.
  await wait(5);
  return came;
}

failAt = Number.POSITIVE_INFINITY;
await prepare();
let tried = 0;
let step = 1;
for (let n = 1; wrong.length < 20; n += step) {
  if (!(await attempt(n))) break;
  if (scenario !== "left") await attempt(n);
  tried += 1;
  // The first twenty calls each; then ever farther between, unless all are wanted.
  if (amount !== "all" && tried >= 20 && tried % 5 === 0) step *= 2;
}
process.stdout.write(`${JSON.stringify({ tried, wrong })}\n`);
process.exit(0);
