/*
 * Memories that lie in several stores, as one: what names a namespace goes where that is kept, what names a memory goes where
 * that is, and all else is asked of all and put together.
 */
import { HaypileError } from "../../../base/errors.ts";
import { removedOfOwn } from "../../../memories/looking/removed.ts";
import type { MemoryStats } from "../../../ports/answers/memory-reports.ts";
import type { MigrateCallOptions, MigrationResult } from "../../../ports/answers/migration.ts";
import type { AnchoredOptions } from "../../../ports/answers/time/history.ts";
import {
  ask,
  checkCall,
  memoriesFromTable,
  memoryCalls,
  type PlainMemoryCall,
} from "../../../ports/calls.ts";
import type {
  DuplicatesOptions,
  Memories,
  MemoryFilter,
  RememberOptions,
  RememberResult,
  UnverifiedOptions,
} from "../../../ports/memories.ts";
import { ownFiles, type StoreName } from "../../store/store-for.ts";
import { between, type Confirmed, forgetAcross } from "./forget.ts";
import { namespaceOf, RoutedImport } from "./import.ts";
import { inTurn, listAcross } from "./pages.ts";
import { apart, isMissing, isRefused, type Part, type Parts } from "./parts.ts";
import { recallAcross } from "./recall.ts";

type Handlers = {
  [Name in PlainMemoryCall]: (...args: never[]) => Promise<unknown>;
};

/** @param close of all of them */
export function routedMemories(parts: Parts, close: () => Promise<void>): Memories {
  const handlers = handlersOf(parts) as unknown as Record<
    string,
    (...args: readonly unknown[]) => Promise<unknown>
  >;
  return memoriesFromTable(
    (name, _, args) => (handlers[name] as (...args: readonly unknown[]) => unknown)(...args),
    {
      export: async function* (filter: MemoryFilter = {}) {
        checkCall(memoryCalls, "export", [filter]);
        for (const { part, namespace } of parts.asked(filter.namespace)) {
          for await (const line of part.memories.export({ ...filter, namespace })) {
            const own = filter.namespace === undefined ? namespaceOf(line) : undefined;
            if (own === undefined || parts.isOwn(part, own)) yield line;
          }
        }
      },
      import: async (lines, options = {}) => {
        checkCall(memoryCalls, "import", [lines, options]);
        const importing = await RoutedImport.open(parts, options);
        for await (const line of lines) await importing.push([line]);
        return await importing.end();
      },
      openImport: async (options = {}) => {
        checkCall(memoryCalls, "openImport", [options]);
        return await RoutedImport.open(parts, options);
      },
      close,
    },
  );
}

function handlersOf(parts: Parts): Handlers {
  const files = parts.all.find(({ store }) => store === ownFiles) ?? (parts.all[0] as Part);
  /** By the id that comes first. */
  const ofMemory =
    (name: PlainMemoryCall) =>
    (id: string, ...rest: unknown[]): Promise<unknown> =>
      parts.withMemory(id, async (memories) => await ask(memories, name, [id, ...rest]));
  const ofFiles =
    (name: PlainMemoryCall) =>
    async (...args: unknown[]): Promise<unknown> =>
      await ask(files.memories, name, args);
  const each = async <T>(run: (part: Part) => Promise<T>): Promise<T[]> => {
    const answers: T[] = [];
    for (const part of parts.all) answers.push(await run(part));
    return answers;
  };
  return {
    remember: (text: string, options: RememberOptions = {}) => rememberIn(parts, text, options),
    rememberMany: (items: Items) => rememberManyIn(parts, items),
    recall: (query: string, options = {}) => recallAcross(parts, query, options),
    get: (id: string, options = {}) =>
      parts.withMemory(
        id,
        (memories) => memories.get(id, options),
        (found) => found !== undefined,
      ),
    list: (options = {}) => listAcross(parts, options),
    forget: ofMemory("forget"),
    forgetWhere: (filter: MemoryFilter, options?: Confirmed) =>
      forgetAcross(parts, filter, options),
    undelete: ofMemory("undelete"),
    undeleteAt: async (at: string) => {
      let restored = 0;
      for (const one of String(at).split(between)) {
        let refused: unknown;
        let own = 0;
        await each(async ({ memories, sharedAs }) => {
          try {
            own += (await memories.undeleteAt(one)).restored;
          } catch (error) {
            // Another login of the same store may have the right.
            if (sharedAs === undefined || !isRefused(error)) throw error;
            refused = error;
          }
        });
        if (own === 0 && refused !== undefined) throw refused;
        restored += own;
      }
      return { restored };
    },
    update: (id: string, change: RememberOptions) =>
      parts.withMemory(id, async (memories, part) => {
        const { namespace } = change;
        if (namespace !== undefined && !parts.isInStore(part, namespace)) {
          // It is missing here, or it may not go there.
          if ((await memories.get(id)) === undefined) return await memories.update(id, {});
          throw apart(
            "a memory stays in its store, so remember it anew in the other namespace, and forget this one",
            [part.store, parts.of(namespace).store],
          );
        }
        return await memories.update(id, change);
      }),
    merge: (ids: readonly string[], ...rest: unknown[]) =>
      together(parts, ids, (memories) => ask(memories, "merge", [ids, ...rest])),
    unmerge: ofMemory("unmerge"),
    link: (from: string, to: string, relation: string) =>
      together(parts, [from, to], (memories) => memories.link(from, to, relation)),
    dismiss: (id: string, other: string, ...rest: unknown[]) =>
      together(parts, [id, other], (memories) => ask(memories, "dismiss", [id, other, ...rest])),
    duplicates: async (options: DuplicatesOptions = {}) => {
      const { found, nextCursor } = await inTurn(
        ...turns(parts, options, 50),
        async (part, cursor, limit) => {
          const answer = await part.memories.duplicates({ ...options, cursor, limit });
          const own = answer.pairs.filter(({ memories }) =>
            memories.every((one) => parts.isOwn(part, one.namespace)),
          );
          return { found: own, nextCursor: answer.nextCursor };
        },
      );
      return { pairs: found, nextCursor };
    },
    unverified: async (options: UnverifiedOptions = {}) => {
      let looked = 0;
      const end = performance.now() + (options.deadlineMs ?? 2_000);
      const { found, nextCursor } = await inTurn(
        ...turns(parts, options, 20),
        async (part, cursor, limit) => {
          const deadlineMs = Math.round(Math.max(50, end - performance.now()));
          const said = { ...options, cursor, limit, deadlineMs };
          const answer = await part.memories.unverified(said);
          looked += answer.looked;
          const own = answer.memories.filter(({ memory }) => parts.isOwn(part, memory.namespace));
          const isUp = performance.now() > end;
          return { found: own, nextCursor: answer.nextCursor, isUp };
        },
      );
      return { memories: found, looked, nextCursor };
    },
    anchored: async (options: AnchoredOptions) => {
      const { namespace, limit = 100 } = options;
      const answers = [];
      for (const { part, namespace: own } of parts.asked(namespace)) {
        const answer = await part.memories.anchored({ ...options, namespace: own });
        const memories = answer.memories.filter((one) => parts.isOwn(part, one.namespace));
        answers.push({ ...answer, memories });
      }
      const all = answers.flatMap(({ memories }) => memories);
      all.sort((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1));
      const leftOut = answers.reduce((sum, answer) => sum + answer.leftOut, 0);
      return { memories: all.slice(0, limit), leftOut: leftOut + Math.max(0, all.length - limit) };
    },
    verify: ofMemory("verify"),
    history: ofMemory("history"),
    stats: async () => {
      const asked = await each(async (part) => ({ part, stats: await statsUnlessAway(part) }));
      const answers = asked.flatMap(({ part, stats }) =>
        stats === undefined ? [] : { part, stats },
      );
      const stores = asked.flatMap(({ part: { store }, stats }) =>
        store === ownFiles ? [] : { store, isUp: stats !== undefined },
      );
      // Of a store that several logins reach, the one that sees most.
      const sum = (of: (stats: MemoryStats) => number): number => {
        const most = new Map<StoreName, number>();
        for (const { part, stats } of answers) {
          const name = part.sharedAs ?? part.store;
          most.set(name, Math.max(most.get(name) ?? 0, of(stats)));
        }
        return [...most.values()].reduce((all, one) => all + one, 0);
      };
      const namespaces = answers.flatMap(({ part, stats }) =>
        stats.namespaces.filter((one) => parts.isOwn(part, one.namespace)),
      );
      return {
        // What a namespace left behind in another store is not counted.
        memories: namespaces.reduce((all, { memories }) => all + memories, 0),
        deleted: sum(({ deleted }) => deleted),
        withoutVector: sum(({ withoutVector }) => withoutVector),
        bytesOnDisk: sum(({ bytesOnDisk }) => bytesOnDisk),
        namespaces,
        stores,
      };
    },
    collect: async () => {
      const answers = await each(({ memories }) => memories.collect());
      const erased = answers.reduce((sum, answer) => sum + answer.erased, 0);
      return { removed: answers.flatMap(({ removed }) => removed), erased };
    },
    removed: async (limit = 100) => {
      const answers = await each((part) =>
        removedOfOwn(
          (most) => part.memories.removed(most),
          ({ namespace }) => parts.isOwn(part, namespace),
          limit,
        ),
      );
      return answers
        .flat()
        .sort((a, b) => (a.at < b.at ? 1 : -1))
        .slice(0, limit);
    },
    migrate: async (options: MigrateCallOptions = {}) => {
      const answers = await each(({ memories }) => memories.migrate(options));
      return answers.reduce(togetherMigrated);
    },
    settled: async () =>
      void (await Promise.all(parts.all.map(({ memories }) => memories.settled()))),
    // They are of files of this machine; where there are none, the store says why it has none.
    snapshot: ofFiles("snapshot"),
    snapshots: ofFiles("snapshots"),
    removeSnapshot: ofFiles("removeSnapshot"),
    verifySnapshot: ofFiles("verifySnapshot"),
    restoreSnapshot: ofFiles("restoreSnapshot"),
    pruneSnapshots: ofFiles("pruneSnapshots"),
    bringBack: ofFiles("bringBack"),
    sync: ofFiles("sync"),
  } as Handlers;
}

/** Undefined: its server is away, which is what stats are to tell. */
async function statsUnlessAway({ memories }: Part): Promise<MemoryStats | undefined> {
  try {
    return await memories.stats();
  } catch (error) {
    if (HaypileError.isInstance(error) && error.code === "HAYPILE_STORE_AWAY") return undefined;
    throw error;
  }
}

type Items = readonly ({ text: string } & RememberOptions)[];

async function rememberIn(
  parts: Parts,
  text: string,
  options: RememberOptions,
): Promise<RememberResult> {
  const { namespace, replaces } = options;
  if (replaces === undefined) return await parts.of(namespace).memories.remember(text, options);
  if (namespace === undefined) {
    return await parts.withMemory(replaces, (memories) => memories.remember(text, options));
  }
  const part = parts.of(namespace);
  try {
    return await part.memories.remember(text, options);
  } catch (error) {
    const holder = isMissing(error) ? await parts.holder(replaces) : undefined;
    if (holder === undefined || holder === part) throw error;
    throw apart("a memory can take the place of one of its own store only", [
      holder.store,
      part.store,
    ]);
  }
}

/** Runs of one store go there together. */
async function rememberManyIn(parts: Parts, items: Items): Promise<RememberResult[]> {
  const stored: RememberResult[] = [];
  for (let at = 0; at < items.length; ) {
    const part = parts.of(items[at]?.namespace);
    let end = at;
    while (end < items.length && parts.of(items[end]?.namespace) === part) end += 1;
    try {
      stored.push(...(await part.memories.rememberMany(items.slice(at, end))));
    } catch (error) {
      if (!HaypileError.isInstance(error) || at === 0) throw error;
      const {
        stored: own = [],
        failedAt = 0,
        ...data
      } = error.data as {
        stored?: RememberResult[];
        failedAt?: number;
      };
      const all = [...stored, ...own];
      throw new HaypileError(
        error.code,
        `${error.message} Of ${items.length} memories for several stores the first ${all.length} were stored.`,
        { cause: error, data: { ...data, stored: all, failedAt: at + failedAt } },
      );
    }
    at = end;
  }
  return stored;
}

/** What is asked of several memories needs them in one store. */
async function together(
  parts: Parts,
  ids: readonly string[],
  run: (memories: Memories) => unknown,
): Promise<unknown> {
  const [first = ""] = Array.isArray(ids) ? ids : [];
  try {
    return await parts.withMemory(first, async (memories) => await run(memories));
  } catch (error) {
    if (!isMissing(error)) throw error;
    const holders = new Set<Part>();
    for (const id of ids) {
      const holder = await parts.holder(id).catch(() => undefined);
      if (holder === undefined) throw error;
      holders.add(holder);
    }
    if (holders.size < 2) throw error;
    throw apart(
      "these memories lie in different ones",
      [...holders].map(({ store }) => store),
    );
  }
}

function turns(
  parts: Parts,
  { namespace, cursor, limit }: Pick<DuplicatesOptions, "namespace" | "cursor" | "limit">,
  usual: number,
): [readonly Part[], string | undefined, number] {
  return [parts.asked(namespace).map(({ part }) => part), cursor, limit ?? usual];
}

const worst = ["elsewhere", "short", "cancelled", "done", "current"] as const;

function togetherMigrated(a: MigrationResult, b: MigrationResult): MigrationResult {
  const [first, second] = worst.indexOf(a.state) <= worst.indexOf(b.state) ? [a, b] : [b, a];
  return {
    ...first,
    vectors: first.vectors + second.vectors,
    embedded: first.embedded + second.embedded,
    totalMs: first.totalMs + second.totalMs,
  };
}
