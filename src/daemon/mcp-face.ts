/* What the daemon serves MCP with, and its settings. All of it is loaded when needed. */
import type { Socket } from "node:net";
import { type Environment, readEnvironment } from "../config/environment/env.ts";
import { optionsOfUser } from "../config/user-options.ts";
import type { McpBackend } from "../mcp/backend/backend.ts";
import type { Haypile } from "../ports/haypile.ts";
import type { Hello } from "../wire/hello.ts";
import { mostFiles } from "../wire/process-facts.ts";
import type { HttpFace, HttpWanted } from "../wire/words.ts";
import type { HttpPages } from "./http-face.ts";

const neverMapped =
  "storage.mmap is not used in the daemon: a file that another program cuts short would end it for all clients";

/** How long it stays, how many it serves, and where. @throws HaypileError HAYPILE_CONFIG_INVALID */
export function daemonSettings(environment: Environment): {
  idleMs: number;
  mostClients: number;
  keepsTexts: boolean;
  stallMs: number;
  httpWanted: HttpWanted | undefined;
  notes: string[];
} {
  const said = optionsOfUser(environment, [
    "daemon.idle",
    "daemon.clients",
    "log.queries",
    "log.write-stall",
    "http.port",
    "http.host",
    "http.token",
    "page.port",
    "storage.mmap",
  ]);
  const port = said["http.port"] as number;
  const http = {
    port,
    host: said["http.host"] as string,
    token: said["http.token"] as boolean,
    page: said["page.port"] !== 0,
  };
  return {
    idleMs: said["daemon.idle"] as number,
    mostClients: clientsFor(mostFiles(), said["daemon.clients"] as number),
    keepsTexts: said["log.queries"] === true,
    stallMs: said["log.write-stall"] as number,
    httpWanted: port === 0 ? undefined : http,
    notes: (said["storage.mmap"] ?? 0) === 0 ? [] : [neverMapped],
  };
}

/** Each client is an open file, and beside them indexes, memories and parsers need some: one too many is refused. */
function clientsFor(files: number | undefined, wanted: number): number {
  if (files === undefined) return wanted;
  return Math.min(wanted, Math.max(4, Math.floor((files - 48) / 2)));
}

/** One set of jobs for all clients: a folder is indexed once however many ask for it. */
let jobs: import("../mcp/backend/jobs.ts").IndexJobs | undefined;

/** Ends jobs that nobody waits for; what they have stored stays. */
export async function closeJobs(): Promise<void> {
  await jobs?.close();
}

/** What MCP takes: most of the time to a first answer. */
export async function loadMcp(): Promise<
  [typeof import("../mcp/stdio/stdio.ts"), typeof import("../mcp/backend/jobs.ts")]
> {
  return await Promise.all([import("../mcp/stdio/stdio.ts"), import("../mcp/backend/jobs.ts")]);
}

/** Serves one MCP client until it is gone. */
export async function serveMcp(socket: Socket, hello: Hello, haypile: Haypile): Promise<void> {
  const [{ serveConnection }] = await loadMcp();
  const { root, client } = hello;
  await serveConnection(socket, { root, client }, await mcpBackend(haypile));
}

/** Opens the HTTP listener. */
export async function serveHttp(
  wanted: HttpWanted,
  haypile: Haypile,
  pages: HttpPages,
  patienceMs: number,
): Promise<HttpFace> {
  const { openHttpFace } = await import("./http-face.ts");
  return await openHttpFace(
    wanted,
    await mcpBackend(haypile),
    pages,
    readEnvironment(),
    patienceMs,
  );
}

async function mcpBackend(haypile: Haypile): Promise<McpBackend> {
  const [, { IndexJobs }] = await loadMcp();
  jobs ??= new IndexJobs();
  const said = optionsOfUser(readEnvironment(), ["watch.auto"]);
  return { haypile, jobs, indexesNew: said["watch.auto"] === true };
}
