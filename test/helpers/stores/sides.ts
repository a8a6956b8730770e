/* Two memory services that differ in their store alone, and a run of operations on both. */
import { MemoryService } from "../../../src/memories/service.ts";
import { scanKernels } from "../../../src/native/vector-scan.ts";
import { wordSplitter } from "../../../src/native/words.ts";
import {
  type OpenedMemoryStore,
  openMemoryStore,
} from "../../../src/storage/sqlite/memories/store.ts";
import { HashEmbedder } from "../hash-embedder.ts";
import { addonFolder } from "../model.ts";
import { makeFolder } from "../sqlite-files.ts";
import { difference } from "./differ.ts";
import { openPostgresMemories } from "./open-postgres.ts";
import { firstTime, type Operation } from "./operations.ts";
import { MadeUpCode, type Performer, perform, type Said } from "./perform.ts";
import { withSeededIds } from "./seeded-ids.ts";

export interface Side extends Performer {
  close(): Promise<void>;
}

export function sideOver(store: OpenedMemoryStore, after: () => Promise<void> | void): Side {
  withSeededIds(store);
  const code = new MadeUpCode();
  const service = new MemoryService({
    store,
    embedder: new HashEmbedder(),
    anchorReader: code,
    quotas: { small: { memories: 12 } },
    isScheduled: () => true,
  });
  return {
    store,
    service,
    code,
    ids: [],
    times: [],
    forgotten: [],
    merged: [],
    close: async () => {
      await service.close();
      await after();
    },
  };
}

export function sqliteSide(): Side {
  const { folder, remove } = makeFolder();
  const store = openMemoryStore({
    path: `${folder}/memories.db`,
    kernels: scanKernels(addonFolder),
    wordSplitter: wordSplitter(addonFolder),
  });
  return sideOver(store, remove);
}

/** In a schema of its own of this database. */
export function postgresSide(url: string, schema: string): Side {
  return sideOver(openPostgresMemories({ url, schema }), () => undefined);
}

export interface Differs {
  /** Which operation it was. */
  at: number;
  operation: Operation;
  where: string;
}

/** What a test's clock and its maker of ids are told before each operation. */
export interface Rules {
  setTime(now: number): void;
  setSeed(seed: number): void;
}

/** How often each operation was done and refused, and how much was in its answers. */
export type Tally = Record<string, { done: number; refused: number; items: number }>;

function count(tally: Tally, what: string, answer: unknown): void {
  tally[what] ??= { done: 0, refused: 0, items: 0 };
  const one = tally[what];
  if (typeof answer === "object" && answer !== null && "error" in answer) {
    one.refused += 1;
    return;
  }
  one.done += 1;
  const { hits, memories, pairs } = (answer ?? {}) as Record<string, unknown>;
  const list = [hits, memories, pairs, answer].find(Array.isArray) as unknown[] | undefined;
  one.items += list?.length ?? 0;
}

/** Performs them on both, one after the other; stops where the answers differ. */
export async function runOnBoth(
  sides: readonly [Side, Side],
  operations: readonly Operation[],
  { setTime, setSeed }: Rules,
  tally: Tally = {},
): Promise<Differs | undefined> {
  let now = firstTime;
  for (const [at, operation] of operations.entries()) {
    const differs = (where: string): Differs => ({ at, operation, where });
    now += operation.afterMs;
    const said: Said[] = [];
    for (const side of sides) {
      setTime(now);
      setSeed(operation.seed);
      try {
        said.push(await perform(side, operation, now));
      } catch (error) {
        return differs(`side ${said.length} failed: ${(error as Error).stack}`);
      }
    }
    count(tally, operation.what, said[0]?.answer);
    const where = difference(said[0]?.answer, said[1]?.answer);
    if (where !== undefined) {
      const messages = said.flatMap(({ message }) => message ?? []);
      return differs([where, ...messages].join("; "));
    }
  }
  return undefined;
}
