/*
 * Memories as one client of a server may have them. Every call has a rule, and the compiler asks for one where a call is
 * new. What a filter leaves open is narrowed down to what the client reads; what is named by its id is looked at first, and
 * one in another namespace is as missing as one that is not there.
 */

import { asActor, type Changed, changingOnly } from "../../../base/actor.ts";
import { HaypileError } from "../../../base/errors.ts";
import { removedOfOwn } from "../../../memories/looking/removed.ts";
import type {
  MemoryStats,
  RemovedMemory,
  Unverified,
} from "../../../ports/answers/memory-reports.ts";
import { ask, memoriesFromTable, type PlainMemoryCall } from "../../../ports/calls.ts";
import type {
  Memories,
  Memory,
  MemoryAnchor,
  MemoryEdit,
  MemoryFilter,
  RecallHit,
  RecallResult,
  RememberOptions,
} from "../../../ports/memories.ts";
import { insideAllowed } from "./allowed-folders.ts";
import { toldTo } from "./failures.ts";
import { type Client, fits, mayRead, mayWrite, readsAll, refused, writesAll } from "./rights.ts";

type Args = readonly unknown[];
type Ask = (args: Args) => Promise<unknown>;
type Rule = (args: Args, next: Ask, of: Parts) => Promise<unknown>;

interface Parts {
  client: Client;
  /** What is looked at before a call. */
  memories: Pick<Memories, "get" | "stats">;
}

/** Looks after the store as a whole; none of them takes a path of the server's machine. */
const admin: Rule = async (args, next, { client }) => {
  if (client.rights.admin) return await next(args);
  throw refused("look after the store");
};

/** Names a folder or a file of the server's machine: who is there does that. */
const never: Rule = async () => {
  throw refused("have files of the server's machine read or written; it is done there");
};

/** The filter is the argument at this place. */
const filtered =
  (at: number, isWriting = false): Rule =>
  async (args, next, of) => {
    const asked = [...args];
    while (asked.length <= at) asked.push(undefined);
    const filter = (asked[at] ?? {}) as MemoryFilter;
    asked[at] = { ...filter, namespace: await namespacesFor(of, filter.namespace, isWriting) };
    return await next(asked);
  };

/** The first argument is the id of one that the client may change. */
const changing: Rule = async ([id, ...rest], next, of) => {
  await mine(of, id, true);
  return await next([id, ...rest]);
};

const rules: Readonly<Record<PlainMemoryCall, Rule>> = {
  remember: async ([text, options], next, of) => {
    const said = (options ?? {}) as RememberOptions;
    return await next([text, await kept(of, said)]);
  },
  rememberMany: async ([items], next, of) => {
    if (!Array.isArray(items)) return await next([items]);
    const checked: unknown[] = [];
    for (const item of items as ({ text: string } & RememberOptions)[]) {
      checked.push({ ...item, ...(await kept(of, item)) });
    }
    return await next([checked]);
  },
  recall: async (args, next, of) => {
    const result = (await filtered(1)(args, next, of)) as RecallResult;
    return { ...result, hits: result.hits.filter(seenBy(of)).map(withoutOthers(of)) };
  },
  get: async (args, next, { client }) => {
    const memory = (await next(args)) as Memory | undefined;
    return memory !== undefined && mayRead(client.rights, memory.namespace) ? memory : undefined;
  },
  list: filtered(0),
  forget: changing,
  forgetWhere: filtered(0, true),
  // What is forgotten cannot be looked at by its id: the write itself asks whose it is.
  undelete: async ([id, ...rest], next, { client }) => {
    try {
      return await next([id, ...rest]);
    } catch (error) {
      const isMissing = HaypileError.isInstance(error) && error.code === "HAYPILE_MEMORY_MISSING";
      throw isMissing && !writesAll(client.rights) ? missing(id) : error;
    }
  },
  // One moment's work, whosever it was.
  undeleteAt: async (args, next, { client }) => {
    if (writesAll(client.rights)) return await next(args);
    throw refused("bring back all that went at one time; undelete does it by id");
  },
  update: async ([id, change, ...rest], next, of) => {
    const { namespace } = await mine(of, id, true);
    const said = (change ?? {}) as MemoryEdit;
    const { replaces, anchors } = said;
    if (replaces !== undefined) await mine(of, replaces, true);
    if (said.namespace !== undefined) assertWrites(of, said.namespace);
    checkAnchors(of, anchors);
    // Moved by another meanwhile, it is not the one that was looked at.
    const was = { namespace, ...said.was };
    return await next([id, writesAll(of.client.rights) ? said : { ...said, was }, ...rest]);
  },
  merge: async ([ids, ...rest], next, of) => {
    if (Array.isArray(ids)) for (const id of ids) await mine(of, id, true);
    return await next([ids, ...rest]);
  },
  unmerge: changing,
  duplicates: filtered(0),
  dismiss: async ([id, other, ...rest], next, of) => {
    await mine(of, id, true);
    await mine(of, other, true);
    return await next([id, other, ...rest]);
  },
  unverified: filtered(0),
  anchored: filtered(0),
  verify: changing,
  link: async ([from, to, ...rest], next, of) => {
    await mine(of, from, true);
    await mine(of, to, true);
    return await next([from, to, ...rest]);
  },
  history: async ([id, ...rest], next, of) => {
    await mine(of, id, false);
    return await next([id, ...rest]);
  },
  stats: async (args, next, { client }) => {
    const stats = (await next(args)) as MemoryStats;
    return readsAll(client.rights) ? stats : ofNamespaces(stats, client);
  },
  collect: admin,
  removed: async ([limit], next, { client }) => {
    if (readsAll(client.rights)) return await next([limit]);
    const ask = async (most: number) => (await next([most])) as RemovedMemory[];
    const isOwn = (one: RemovedMemory): boolean => mayRead(client.rights, one.namespace);
    return await removedOfOwn(ask, isOwn, limit as number | undefined);
  },
  migrate: async ([options, ...rest], next, of) => {
    const { modelFolder } = (options ?? {}) as { modelFolder?: unknown };
    return await (modelFolder === undefined ? admin : never)([options, ...rest], next, of);
  },
  snapshot: admin,
  snapshots: admin,
  removeSnapshot: admin,
  verifySnapshot: admin,
  restoreSnapshot: async ([id, options, ...rest], next, of) => {
    const { to } = (options ?? {}) as { to?: unknown };
    return await (to === undefined ? admin : never)([id, options, ...rest], next, of);
  },
  pruneSnapshots: admin,
  bringBack: admin,
  sync: never,
  settled: admin,
};

/** @param memories all of them */
export function allowedMemories(memories: Memories, client: Client): Memories {
  const looked: Pick<Memories, "get" | "stats"> = {
    get: (...args) => toldTo(client, () => memories.get(...args)),
    stats: () => toldTo(client, () => memories.stats()),
  };
  const of: Parts = { client, memories: looked };
  // What is looked at before a call may be another's when it is changed: the write asks once more.
  const mayChange = ({ key, namespace }: Changed): void => {
    if (!mayRead(client.rights, namespace)) throw missing(key);
    assertWrites(of, namespace);
  };
  return memoriesFromTable(
    async (name, _call, args) => {
      const next: Ask = async (asked) =>
        await toldTo(
          client,
          async () =>
            await asActor(client.name, () =>
              changingOnly(mayChange, () => ask(memories, name, asked)),
            ),
        );
      return await rules[name as PlainMemoryCall](args, next, of);
    },
    {
      export: (filter) => exported(of, memories, filter),
      // Lines bring ids, histories and anchors of their own, whatever namespace is said.
      import: async (lines, options) => {
        assertAdmin(of);
        return await asActor(client.name, () => memories.import(lines, options));
      },
      openImport: async (options) => {
        assertAdmin(of);
        const importing = await asActor(client.name, () => memories.openImport(options));
        return {
          push: (pieces) => asActor(client.name, () => importing.push(pieces)),
          end: () => asActor(client.name, () => importing.end()),
        };
      },
      close: async () => undefined,
    },
  );
}

async function* exported(
  of: Parts,
  memories: Pick<Memories, "export">,
  filter: MemoryFilter | undefined,
): AsyncGenerator<string> {
  const namespace = await namespacesFor(of, filter?.namespace, false);
  const lines = memories.export({ ...filter, namespace })[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await toldTo(of.client, () => lines.next());
      if (done === true) return;
      yield value;
    }
  } finally {
    await lines.return?.();
  }
}

function assertAdmin({ client }: Parts): void {
  if (!client.rights.admin) throw refused("import memories");
}

/** Options of what is kept: where it goes, what it replaces and what it speaks of are looked at. */
async function kept(of: Parts, said: RememberOptions): Promise<RememberOptions> {
  const { client } = of;
  const before = said.replaces === undefined ? undefined : await mine(of, said.replaces, true);
  const namespace = said.namespace ?? before?.namespace ?? client.namespace;
  assertWrites(of, namespace);
  checkAnchors(of, said.anchors);
  return { ...said, namespace };
}

function assertWrites({ client }: Parts, namespace: string): void {
  if (mayWrite(client.rights, namespace)) return;
  throw refused(`write to the namespace ${JSON.stringify(String(namespace).slice(0, 128))}`);
}

/** The server would look at what they name. */
function checkAnchors({ client }: Parts, anchors: readonly MemoryAnchor[] | undefined): void {
  if (!Array.isArray(anchors)) return;
  for (const anchor of anchors as readonly MemoryAnchor[]) {
    for (const path of [anchor?.path, anchor?.root]) {
      if (path === undefined || insideAllowed(client.rights, path) !== undefined) continue;
      throw refused("anchor a memory to that file of the server's machine");
    }
  }
}

/** The memory, when it is one of the client's. @throws HaypileError HAYPILE_MEMORY_MISSING, the right to write */
async function mine(
  { client, memories }: Parts,
  id: unknown,
  isWriting: boolean,
): Promise<{ namespace: string }> {
  const memory = typeof id === "string" ? await memories.get(id) : undefined;
  if (memory === undefined || !mayRead(client.rights, memory.namespace)) throw missing(id);
  if (isWriting) assertWrites({ client, memories }, memory.namespace);
  return memory;
}

function missing(id: unknown): HaypileError {
  const shown = (JSON.stringify(id) ?? "nothing").slice(0, 80);
  return new HaypileError(
    "HAYPILE_MEMORY_MISSING",
    `There is no memory ${shown} that this client may have. recall and list show what there is.`,
  );
}

/** What a filter may mean; undefined: all. Never an empty list, which would mean all, too. @throws the right that lacks */
async function namespacesFor(
  { client, memories }: Parts,
  said: string | readonly string[] | undefined,
  isWriting: boolean,
): Promise<string | readonly string[] | undefined> {
  const { rights } = client;
  const may = isWriting ? mayWrite : mayRead;
  const patterns = isWriting ? rights.write : [...rights.read, ...rights.write];
  const doing = isWriting ? "write to" : "read";
  if (said !== undefined && !(Array.isArray(said) && said.length === 0)) {
    for (const name of [said].flat() as unknown[]) {
      if (typeof name === "string" && may(rights, name)) continue;
      throw refused(`${doing} the namespace ${(JSON.stringify(name) ?? "").slice(0, 128)}`);
    }
    return said;
  }
  if (patterns.includes("*")) return undefined;
  if (patterns.length === 0) throw refused(`${doing} any namespace`);
  const whole = patterns.filter((pattern) => !pattern.endsWith("*"));
  if (whole.length === patterns.length) return [...new Set(whole)];
  const { namespaces } = await memories.stats();
  const there = namespaces.map(({ namespace }) => namespace);
  const meant = new Set([...whole, ...there.filter((name) => fits(patterns, name))]);
  // There is nothing yet. A name that fits and is not there has nothing in it; the client's usual one may be another's.
  return meant.size > 0 ? [...meant] : patterns.map((pattern) => `${pattern.slice(0, -1)}-`);
}

const seenBy =
  ({ client }: Parts) =>
  ({ memory }: RecallHit): boolean =>
    mayRead(client.rights, memory.namespace);

/** The store keeps to namespaces by itself; this is the second look. Commits tell of the server's repositories. */
const withoutOthers =
  ({ client }: Parts) =>
  (hit: RecallHit): RecallHit => {
    const isOwn = (memory: Memory): boolean => mayRead(client.rights, memory.namespace);
    const { unverifiedSince, before, after } = hit;
    return {
      ...hit,
      before: before.filter(isOwn),
      after: after.filter(isOwn),
      unverifiedSince: client.rights.folders.length > 0 ? unverifiedSince : bare(unverifiedSince),
    };
  };

function bare(since: Unverified | undefined): Unverified | undefined {
  return since && { at: since.at, changes: [], commits: [] };
}

/** Numbers of the whole store are not the client's. */
function ofNamespaces(stats: MemoryStats, { rights }: Client): MemoryStats {
  const namespaces = stats.namespaces.filter(({ namespace }) => mayRead(rights, namespace));
  const sum = (pick: (one: MemoryStats["namespaces"][number]) => number): number =>
    namespaces.reduce((all, one) => all + pick(one), 0);
  return {
    memories: sum(({ memories }) => memories),
    deleted: 0,
    withoutVector: 0,
    bytesOnDisk: sum(({ bytes }) => bytes),
    namespaces,
  };
}
