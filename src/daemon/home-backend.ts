/* What the daemon serves: the home of src/engine over rpc, and over MCP. All of it is loaded when needed. */
import type { Socket } from "node:net";
import { type Environment, readEnvironment } from "../config/environment/env.ts";
import { optionsOfUser } from "../config/user-options.ts";
import type { McpBackend } from "../mcp/backend/backend.ts";
import { type Backend, engineInLanes, keptEngine, memoriesInLanes } from "./backend.ts";
import type { Hello } from "./client/hello.ts";
import type { HttpFace, HttpPages, HttpWanted } from "./http-face.ts";
import type { Lanes } from "./lanes.ts";
import { mostFiles } from "./place/process-facts.ts";
import type { ServedBackend } from "./process.ts";

/** How long it stays, how many it serves, and where. @throws HaypileError HAYPILE_CONFIG_INVALID */
export function daemonSettings(environment: Environment): {
  idleMs: number;
  mostClients: number;
  httpWanted: HttpWanted | undefined;
} {
  const said = optionsOfUser(environment, [
    "daemon.idle",
    "daemon.clients",
    "http.port",
    "http.host",
    "http.token",
  ]);
  const port = said["http.port"] as number;
  const http = { port, host: said["http.host"] as string, token: said["http.token"] as boolean };
  return {
    idleMs: said["daemon.idle"] as number,
    mostClients: clientsFor(mostFiles(), said["daemon.clients"] as number),
    httpWanted: port === 0 ? undefined : http,
  };
}

/** Each client is an open file, and beside them indexes, memories and parsers need some: one too many is refused. */
export function clientsFor(files: number | undefined, wanted: number): number {
  if (files === undefined) return wanted;
  return Math.min(wanted, Math.max(4, Math.floor((files - 48) / 2)));
}

export async function openHomeBackend(): Promise<ServedBackend> {
  const { openHome } = await import("../engine/home.ts");
  const home = await openHome();
  return {
    withEngine: (folder, run, options) => home.withEngine(folder, run, options),
    engines: () => home.engines(),
    memories: home.memories,
    close: async () => {
      // A job that nobody waits for ends here; what it has stored stays.
      await jobs?.close();
      await home.close();
    },
  };
}

/** One set of jobs for all clients: a folder is indexed once however many ask for it. */
let jobs: import("../mcp/backend/jobs.ts").IndexJobs | undefined;
let numbered = 0;

/** What MCP takes: most of the time to a first answer. */
export async function loadMcp(): Promise<
  [typeof import("../mcp/stdio/stdio.ts"), typeof import("../mcp/backend/jobs.ts")]
> {
  return await Promise.all([import("../mcp/stdio/stdio.ts"), import("../mcp/backend/jobs.ts")]);
}

/** Serves one MCP client until it is gone. */
export async function serveMcp(
  socket: Socket,
  hello: Hello,
  backend: Backend,
  lanes: Lanes,
): Promise<void> {
  const [{ serveConnection }] = await loadMcp();
  const { root, client } = hello;
  const seen = await mcpBackend(backend, lanes, `mcp ${++numbered}`);
  await serveConnection(socket, { root, client }, seen);
}

/** Opens MCP over HTTP. Its clients cannot be told apart: they have one place in the lanes. */
export async function serveHttp(
  wanted: HttpWanted,
  backend: Backend,
  lanes: Lanes,
  pages: HttpPages,
  patienceMs: number,
): Promise<HttpFace> {
  const { openHttpFace } = await import("./http-face.ts");
  const seen = await mcpBackend(backend, lanes, "http");
  return await openHttpFace(wanted, seen, pages, readEnvironment(), patienceMs);
}

async function mcpBackend(backend: Backend, lanes: Lanes, client: string): Promise<McpBackend> {
  const [, { IndexJobs }] = await loadMcp();
  jobs ??= new IndexJobs();
  return {
    engine: (folder, options) => keptEngine(backend, lanes, client, folder, options),
    withEngine: (folder, run) =>
      backend.withEngine(folder, (engine) => run(engineInLanes(engine, lanes, client))),
    engines: () => backend.engines(),
    knownIndexes: async () => await (await import("../engine/index/indexes.ts")).listIndexes(),
    get memories() {
      return memoriesInLanes(backend.memories, lanes, client);
    },
    jobs,
  };
}
