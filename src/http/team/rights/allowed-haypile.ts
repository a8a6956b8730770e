/*
 * Haypile as one client of a server may have it. Indexes are read and not made: who runs the server does that. A folder that
 * was not given to the client answers as one that has no index.
 */
import { HaypileError } from "../../../base/errors.ts";
import type { EngineStatus } from "../../../ports/answers/index-facts.ts";
import type { AskOptions, AskSide } from "../../../ports/answers/time/ask.ts";
import { ask, codeFromTable, doorFromTable } from "../../../ports/calls.ts";
import type { CodeIndex, Haypile } from "../../../ports/haypile.ts";
import { insideAllowed } from "./allowed-folders.ts";
import { allowedMemories } from "./allowed-memories.ts";
import { plainMessage, toldTo } from "./failures.ts";
import { type Client, mayRead, type Rights, readsAll, refused } from "./rights.ts";

/** "read": of a folder that is the client's. "never": it writes, takes a path of the machine, or speaks of the process. */
const codeRules = {
  index: "never",
  migrate: "never",
  search: "read",
  why: "read",
  findSymbol: "read",
  outline: "read",
  fileAt: "read",
  revision: "read",
  references: "read",
  callers: "read",
  callees: "read",
  implementations: "read",
  reach: "read",
  impact: "read",
  unused: "read",
  map: "read",
  diff: "read",
  history: "read",
  status: "read",
  unparsed: "read",
  partlyParsed: "read",
  leftOut: "read",
  fileStatus: "read",
  exportIndex: "never",
  importIndex: "never",
  snapshotIndex: "never",
  indexSnapshots: "never",
  verifyIndexSnapshot: "never",
  restoreIndexSnapshot: "never",
  removeIndexSnapshot: "never",
  stopIndexing: "never",
  facts: "never",
  indexReport: "read",
  loadModel: "never",
  modelReport: "never",
  footprint: "never",
  memoryPressure: "never",
  untilCalm: "never",
  host: "never",
  settled: "never",
} as const satisfies Record<keyof CodeIndex, "read" | "never">;

export function allowedHaypile(haypile: Haypile, client: Client): Haypile {
  const { rights } = client;
  const nothing = async (): Promise<void> => undefined;
  return {
    code: (folder) =>
      codeFromTable(async (name, _call, args) => {
        const own = insideAllowed(rights, folder);
        if (own === undefined) throw notIndexed(folder);
        if (codeRules[name as keyof CodeIndex] !== "read") {
          throw refused(`do ${name} on an index of the server's; it is done there`);
        }
        // An index of a folder above holds more than the client was given.
        const code = haypile.code(own, { nearest: false });
        const answer = await toldTo(client, async () => await ask(code, name, args));
        if (name !== "status" || rights.admin) return answer;
        // Where the server keeps things is its own.
        return { ...(answer as EngineStatus), stores: undefined };
      }),
    ...doorFromTable(async (name, _call, args) => {
      if (name === "ask") return await askBoth(haypile, client, args);
      if (name === "openFolders") {
        return (await haypile.openFolders()).filter((folder) => isGiven(rights, folder));
      }
      if (name === "indexes") {
        const all = await haypile.indexes(args[0] as Parameters<Haypile["indexes"]>[0]);
        return all.filter(({ folder }) => folder !== undefined && isGiven(rights, folder));
      }
      throw refused("take indexes of the server away; it is done there");
    }),
    memories: allowedMemories(haypile.memories, client),
    close: nothing,
    [Symbol.asyncDispose]: nothing,
  };
}

async function askBoth(
  haypile: Haypile,
  client: Client,
  args: readonly unknown[],
): Promise<unknown> {
  const [query, options] = args as [string, AskOptions | undefined];
  const folder = insideAllowed(client.rights, options?.folder);
  if (options === undefined || folder === undefined) throw notIndexed(options?.folder);
  // One of a folder above would be asked where this has none, and holds more than the client was given.
  await toldTo(client, () => haypile.code(folder, { nearest: false }).status());
  const { rights } = client;
  const said = options.namespace === "*" ? undefined : options.namespace;
  const named = said === undefined ? undefined : [said].flat();
  for (const name of named ?? []) {
    if (!mayRead(rights, name))
      throw refused(`read the namespace ${JSON.stringify(name).slice(0, 128)}`);
  }
  // A list of its own where none is said: the project's namespace may not be the client's.
  const own = named?.length ? named : readsAll(rights) ? ["*"] : await namesOf(haypile, client);
  if (own.length === 0) throw refused("read any namespace");
  const namespace = own.length === 1 && own[0] === "*" ? "*" : own;
  const result = await toldTo(client, () => haypile.ask(query, { ...options, folder, namespace }));
  if (rights.admin) return result;
  return { ...result, memories: told(result.memories), code: told(result.code) };
}

/** A side that could not answer says why, in words for clients. */
function told<Side extends AskSide>(side: Side): Side {
  const { problem } = side;
  if (problem === undefined) return side;
  return { ...side, problem: { ...problem, message: plainMessage(problem.code, problem.message) } };
}

/** What there is that the client reads. */
async function namesOf(haypile: Haypile, client: Client): Promise<string[]> {
  const { namespaces } = await allowedMemories(haypile.memories, client).stats();
  return namespaces.length > 0 ? namespaces.map(({ namespace }) => namespace) : fallback(client);
}

function fallback({ rights, namespace }: Client): string[] {
  return mayRead(rights, namespace) ? [namespace] : [];
}

function isGiven(rights: Rights, folder: string): boolean {
  return insideAllowed(rights, folder) === folder;
}

function notIndexed(folder: unknown): HaypileError {
  const shown = (JSON.stringify(folder) ?? "nothing").slice(0, 200);
  return new HaypileError(
    "HAYPILE_NOT_INDEXED",
    `There is no index of ${shown} that this client may ask. Who runs the server gives folders to clients.`,
  );
}
