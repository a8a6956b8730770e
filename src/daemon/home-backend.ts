/* What the daemon serves: the home of src/engine over rpc, and over MCP. All of it is loaded when needed. */
import type { Socket } from "node:net";
import { HaypileError } from "../base/errors.ts";
import type { Environment } from "../config/env.ts";
import { optionsOfUser } from "../config/user-options.ts";
import type { Memories } from "../ports/memories.ts";
import { type Backend, engineInLanes, memoriesInLanes } from "./backend.ts";
import type { Hello } from "./hello.ts";
import type { Lanes } from "./lanes.ts";
import type { ServedBackend } from "./process.ts";

/** How long it stays and how many it serves. @throws HaypileError HAYPILE_CONFIG_INVALID */
export function daemonSettings(environment: Environment): { idleMs: number; mostClients: number } {
  const { "daemon.idle": idleMs, "daemon.clients": mostClients } = optionsOfUser(environment, [
    "daemon.idle",
    "daemon.clients",
  ]);
  return { idleMs: idleMs as number, mostClients: mostClients as number };
}

export async function openHomeBackend(): Promise<ServedBackend> {
  const { openHome } = await import("../engine/home.ts");
  const home = await openHome();
  return {
    withEngine: (folder, run, options) => home.withEngine(folder, run, options),
    engines: () => home.engines(),
    get memories(): Memories {
      const { memories } = home as { memories?: Memories };
      if (memories !== undefined) return memories;
      throw new HaypileError("HAYPILE_INTERNAL", "This build has no memory service.");
    },
    close: async () => {
      // A job that nobody waits for ends here; what it has stored stays.
      await jobs?.close();
      await home.close();
    },
  };
}

/** One set of jobs for all clients: a folder is indexed once however many ask for it. */
let jobs: import("../mcp/jobs.ts").IndexJobs | undefined;
let numbered = 0;

/** What MCP takes: most of the time to a first answer. */
export async function loadMcp(): Promise<
  [typeof import("../mcp/stdio.ts"), typeof import("../mcp/jobs.ts")]
> {
  return await Promise.all([import("../mcp/stdio.ts"), import("../mcp/jobs.ts")]);
}

/** Serves one MCP client until it is gone. */
export async function serveMcp(
  socket: Socket,
  hello: Hello,
  backend: Backend,
  lanes: Lanes,
): Promise<void> {
  const [{ serveConnection }, { IndexJobs }] = await loadMcp();
  jobs ??= new IndexJobs();
  const client = `mcp ${++numbered}`;
  const { root, client: name } = hello;
  await serveConnection(
    socket,
    { root, client: name },
    {
      engine: (folder, options) =>
        backend.withEngine(folder, (engine) => engineInLanes(engine, lanes, client), options),
      engines: () => backend.engines(),
      get memories() {
        return memoriesInLanes(backend.memories, lanes, client);
      },
      jobs,
    },
  );
}
