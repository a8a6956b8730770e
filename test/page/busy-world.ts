/* A daemon with something to look at in every panel: two indexed trees, memories of all sorts, and clients that have asked. */
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../helpers/model.ts";
import { smallTree } from "./trees.ts";
import type { World, WorldMemory } from "./world.ts";

const subjects = ["the queue", "the cache", "the parser", "the socket", "the ledger", "the index"];
const kinds = ["note", "fact", "decision", "preference", "event"];

/** Memories that differ, of all kinds, in three namespaces, some pinned, some that expire soon. */
export function someMemories(count: number, anchored: string): WorldMemory[] {
  const soon = new Date(Date.now() + 3 * 86_400_000).toISOString();
  return Array.from({ length: count }, (_, at) => ({
    text: `${kinds[at % 5]} ${at + 1}: ${subjects[at % 6]} holds ${10 * (at + 1)} entries, and ${
      at % 3 === 0 ? "drops the oldest" : "writes them to disk"
    } when it is full (case ${at}).`,
    kind: kinds[at % 5],
    namespace: at % 7 === 0 ? "work" : at % 11 === 0 ? "release-notes" : "default",
    tags: [subjects[at % 6]?.slice(4) ?? "", ...(at % 4 === 0 ? ["limits"] : [])],
    importance: (at % 10) / 10,
    ...(at % 13 === 0 && { pinned: true }),
    ...(at % 9 === 0 && { expires: soon }),
    ...(at % 8 === 0 && { anchors: [{ path: anchored, symbol: "backoffDelay" }] }),
  }));
}

/** @returns the folders that are indexed */
export async function fillWorld(world: World): Promise<{ app: string; own: string }> {
  const app = await world.index("app", smallTree);
  const own = join(world.folder, "search-engine");
  mkdirSync(own, { recursive: true });
  for (const room of ["search", "base", "wire"]) {
    cpSync(join(repository, "src", room), join(own, "src", room), { recursive: true });
  }
  await world.run(["index", own]);
  await world.remember(someMemories(60, join(app, "src/retry.ts")));
  await askAsClients(world, own);
  return { app, own };
}

/** Questions of three clients: scripts over HTTP, the command line, an agent over MCP. */
export async function askAsClients(world: World, folder: string): Promise<void> {
  for (const query of [
    "backoff delay",
    "which evidence makes the score",
    "read a file within bounds",
  ]) {
    await world.ask("code/search", { folder, query });
    await world.ask("memories/recall", { query });
    await world.run(["search", query, "--path", folder]);
  }
  await world.run(["recall", "what happens when the cache is full"]);
  await askOverMcp(world, folder);
}

async function askOverMcp(world: World, folder: string): Promise<void> {
  const message = (id: number, method: string, params: object) =>
    fetch(`${world.origin}/mcp`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json, text/event-stream",
      },
      body: JSON.stringify({ jsonrpc: "2.0", id, method, params }),
    }).then(async (answer) => await answer.text());
  const clientInfo = { name: "agent-of-tests", version: "1" };
  await message(1, "initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo });
  await message(2, "tools/call", {
    name: "find_code",
    arguments: { query: "rank candidates by meaning", project: folder },
  });
}
