/*
 * Writes memories. Calls that come in the same turn of the event loop are written together: one transaction,
 * one wait for the disk, and each call ends when it is on it. No model is asked: the text is found by words at
 * once, and its vector follows.
 */

import { assertMayChange, callNow, type MadeCall } from "../../base/actor.ts";
import { HaypileError } from "../../base/errors.ts";
import { yieldToEventLoop } from "../../base/yield.ts";
import type { RememberResult } from "../../ports/memories.ts";
import type {
  MemoryRelations,
  MemoryRow,
  MemoryStore,
  StoredAnchor,
  WholeMemory,
} from "../../ports/memory-rows.ts";
import { alreadyReplaced, missing, notThere } from "../checks/options.ts";
import { oneForm } from "../text/equal-text.ts";
import { likeness, nearFrom, similarFrom, sketchOf, textHash } from "../text/same-text.ts";
import { splitText } from "../text/split.ts";
import { describeChange } from "./describe-change.ts";
import { saidAgain, succeeding } from "./inherit.ts";
import { newKey } from "./new-key.ts";
import type { Prepared } from "./prepared.ts";
import { type Restored, restoreMemory } from "./restore.ts";
import { whenFree } from "./when-free.ts";

/** Texts written in one transaction, at most; and their characters. */
const mostPerWrite = 500;
const mostCharactersPerWrite = 2_000_000;
const mostSimilar = 5;
/** Longer texts are not compared with others word by word. */
const longestCompared = 20_000;

const ofDatabase = /^HAYPILE_(?:DB|STORE)_/u;

export interface Limits {
  /** Makes room in a namespace for so many more memories and bytes, or refuses. In the transaction. */
  makeRoom(namespace: string, memories: number, bytes: number): void;
}

type Outcome =
  | { result: RememberResult; rowId: number | undefined; isToBeCompared?: boolean | undefined }
  | { error: unknown };

interface Waiting {
  item: Prepared;
  call: MadeCall;
  settle(outcome: Outcome): void;
}

/** Undefined: of the call that writes it now. */
type Called = Prepared & { call?: MadeCall | undefined };

type Writing = Restored & Pick<MemoryStore, "write">;

export class MemoryWriter {
  readonly #store: Writing;
  readonly #limits: Limits;
  readonly #onStored: (rowIds: readonly number[], toBeCompared: readonly number[]) => void;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;

  /**
   * @param onStored is told the rows that have no vector yet, after they are on disk, and those of them that are
   *   to be compared with others by their vectors
   */
  constructor(
    store: Writing,
    limits: Limits,
    onStored: (rowIds: readonly number[], toBeCompared: readonly number[]) => void,
  ) {
    this.#store = store;
    this.#limits = limits;
    this.#onStored = onStored;
  }

  async write(item: Prepared): Promise<RememberResult> {
    const outcome = await new Promise<Outcome>((settle) => {
      this.#waiting.push({ item, call: callNow(), settle });
      this.#flushing ??= this.#flush();
    });
    if ("error" in outcome) throw outcome.error;
    return outcome.result;
  }

  /** In order; those before an error are kept, and named by its data. */
  async writeMany(items: readonly Prepared[]): Promise<RememberResult[]> {
    const results: RememberResult[] = [];
    for (let at = 0; at < items.length; ) {
      const end = runFrom(items, at);
      const outcomes = await this.#writeNow(items.slice(at, end), true);
      for (const outcome of outcomes) {
        if ("error" in outcome) throw partly(outcome.error, results, items.length);
        results.push(outcome.result);
      }
      at = end;
      if (at < items.length) await yieldToEventLoop();
    }
    return results;
  }

  /** Resolves when everything that was given is on disk, or was refused. */
  async settled(): Promise<void> {
    await this.#flushing;
  }

  async #flush(): Promise<void> {
    await yieldToEventLoop();
    while (this.#waiting.length > 0) {
      const first = this.#waiting[0] as Waiting;
      const items = this.#waiting.map(({ item, call }) => ({ ...item, call }));
      // A write is of one who made it: that is what a store keeps account of.
      const others = items.findIndex(({ call }) => call.actor !== first.call.actor);
      const ofOne = others === -1 ? items : items.slice(0, others);
      const run = this.#waiting.splice(0, runFrom(ofOne, 0));
      const outcomes = await first.call.within(() => this.#writeNow(ofOne.slice(0, run.length)));
      for (const [at, { settle }] of run.entries()) settle(outcomes[at] as Outcome);
      await yieldToEventLoop();
    }
    this.#flushing = undefined;
  }

  /** @param stopsAtError what comes after the first that is refused is not written */
  async #writeNow(items: readonly Called[], stopsAtError = false): Promise<Outcome[]> {
    let outcomes: Outcome[];
    const writeAll = (): Outcome[] => {
      const done: Outcome[] = [];
      for (const item of items) {
        const { call, ...prepared } = item;
        const one = (): Outcome => this.#one(prepared);
        const outcome = call === undefined ? one() : call.within(one);
        done.push(outcome);
        if (stopsAtError && "error" in outcome) break;
      }
      return done;
    };
    try {
      outcomes = await whenFree(() => this.#store.write("remember", writeAll));
    } catch (error) {
      // Who may not write in one namespace is refused alone.
      if (items.length > 1 && isOfRights(error)) return await this.#oneByOne(items, stopsAtError);
      outcomes = items.map(() => ({ error }));
    }
    const rowIds = outcomes.flatMap((one) => ("result" in one ? (one.rowId ?? []) : []));
    const compared = outcomes.flatMap((one) =>
      "result" in one && one.isToBeCompared === true ? (one.rowId ?? []) : [],
    );
    if (rowIds.length > 0) this.#onStored(rowIds, compared);
    return outcomes;
  }

  async #oneByOne(items: readonly Called[], stopsAtError: boolean): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const item of items) {
      const [outcome] = await this.#writeNow([item], stopsAtError);
      outcomes.push(outcome as Outcome);
      if (stopsAtError && "error" in (outcome as Outcome)) break;
    }
    return outcomes;
  }

  /** Looks before it writes: what it refuses has changed nothing. */
  #one(given: Prepared): Outcome {
    const store = this.#store;
    try {
      const now = Date.now();
      const replaced = given.replaces === undefined ? undefined : this.#replaced(given.replaces);
      const item =
        replaced === undefined
          ? given
          : succeeding(given, replaced, store.relations.anchors([replaced.key]));
      const standsAlone =
        item.onDuplicate === "keep" || replaced !== undefined || hasEnded(item.past);
      const equal = standsAlone ? undefined : this.#equal(item, now);
      if (equal !== undefined && item.onDuplicate === "merge") {
        this.#merge(equal, item, now);
        const similar = [{ id: equal.key, score: 1 }];
        const { key: id, namespace } = equal;
        return { result: { id, status: "merged", namespace, similar }, rowId: undefined };
      }
      const bytes = Buffer.byteLength(item.text);
      if (replaced?.namespace === item.namespace) {
        const more = bytes - Buffer.byteLength(replaced.text);
        if (more > 0) this.#limits.makeRoom(item.namespace, 0, more);
      } else this.#limits.makeRoom(item.namespace, 1, bytes);
      return this.#insert(item, replaced, equal, now);
    } catch (error) {
      // What is wrong with the database takes back all that was written with it.
      if (HaypileError.isInstance(error) && !ofDatabase.test(error.code)) return { error };
      throw error;
    }
  }

  /** @throws HaypileError HAYPILE_MEMORY_MISSING, HAYPILE_USAGE when another has its place already */
  #replaced(id: string): MemoryRow {
    const row = this.#store.rows.current(id);
    if (row === undefined) throw notThere(this.#store.rows, id);
    assertMayChange(row);
    if (row.deleted !== undefined) throw missing(id);
    if (row.until !== undefined) throw alreadyReplaced(id, newestAfter(this.#store.relations, id));
    return row;
  }

  #insert(
    item: Prepared,
    replaced: MemoryRow | undefined,
    equal: MemoryRow | undefined,
    now: number,
  ): Outcome {
    const store = this.#store;
    const similar =
      item.onDuplicate === "keep" || item.past !== undefined ? [] : this.#similar(item, replaced);
    if (equal !== undefined && !similar.some(({ id }) => id === equal.key)) {
      similar.unshift({ id: equal.key, score: 1 });
    }
    const { namespace } = item;
    const key = item.key ?? newKey();
    if (item.past !== undefined) {
      const rowId = restoreMemory(store, key, item.past);
      return { result: { id: key, status: "stored", namespace, similar: [] }, rowId };
    }
    const created = item.created ?? now;
    const rowId = store.rows.insert({
      ...item,
      key,
      created,
      since: created,
      validFrom: item.validFrom ?? created,
      hash: textHash(item.namespace, item.text),
      sketch: sketchOf(item.namespace, item.text),
      parts: splitText(item.text),
    });
    if (item.anchorsSeen.length > 0) store.relations.setAnchors(key, item.anchorsSeen);
    const near = similar.filter(({ score }) => score >= nearFrom);
    for (const { id } of near) store.relations.link(key, id, "duplicate", now);
    if (replaced !== undefined) {
      store.rows.end(replaced.rowId, now, "superseded");
      store.relations.link(key, replaced.key, "supersedes", now);
      return { result: { id: key, status: "superseded", namespace, similar }, rowId };
    }
    const isLinked = item.onDuplicate === "link" && near.length > 0;
    const isToBeCompared = item.onDuplicate !== "keep";
    const status = isLinked ? "linked" : "stored";
    return { result: { id: key, status, namespace, similar }, rowId, isToBeCompared };
  }

  #equal(item: Prepared, now: number): MemoryRow | undefined {
    const store = this.#store;
    // The hash is that of a coarser form: what may mean something else is among them.
    const { namespace, text } = item;
    const isCompared = item.past === undefined && text.length <= longestCompared;
    const sketch = isCompared ? sketchOf(namespace, text) : undefined;
    const rowIds = store.rows.equal(namespace, textHash(namespace, text), sketch);
    if (rowIds.length === 0) return undefined;
    const form = oneForm(item.text);
    return store.rows
      .get(rowIds)
      .filter(({ key }) => item.apart?.has(key) !== true)
      .find((row) => (row.expires ?? Number.POSITIVE_INFINITY) > now && oneForm(row.text) === form);
  }

  #similar(item: Prepared, except: MemoryRow | undefined): { id: string; score: number }[] {
    if (item.text.length > longestCompared) return [];
    const rows = this.#store.rows.get(this.#store.rows.alike(sketchOf(item.namespace, item.text)));
    return rows
      .filter((row) => row.namespace === item.namespace && row.key !== except?.key)
      .filter((row) => row.until === undefined && row.deleted === undefined)
      .filter((row) => row.text.length <= longestCompared)
      .map((row) => ({ id: row.key, score: likeness(item.text, row.text) }))
      .filter(({ score }) => score >= similarFrom)
      .sort((a, b) => b.score - a.score)
      .slice(0, mostSimilar);
  }

  /** What is said now holds; the other wording, and what was before, stand in the history. */
  #merge(row: MemoryRow, item: Prepared, now: number): void {
    const store = this.#store;
    const change = saidAgain(row, item, now);
    const said = describeChange(row, change);
    store.relations.addNote(
      row.key,
      now,
      item.text === row.text ? "said again" : `said again as: ${item.text}`,
    );
    if (said.length > 0) {
      store.rows.change(row.rowId, change);
      store.relations.addNote(row.key, now, said.join("; "));
    }
    if (item.anchorsSeen.length > 0) {
      const isNew = ({ path, symbol }: StoredAnchor): boolean =>
        !item.anchorsSeen.some((one) => one.path === path && one.symbol === symbol);
      const kept = store.relations.anchors([row.key]).filter(isNew);
      store.relations.setAnchors(row.key, [...kept, ...item.anchorsSeen]);
    }
  }
}

/** What holds no more is no copy of what does. */
function hasEnded(past: WholeMemory | undefined): boolean {
  return past?.rows.at(-1)?.until !== undefined;
}

/** The memory that stands at the end of a row of replacements; undefined where that is not known. */
function newestAfter(relations: MemoryRelations, id: string): string | undefined {
  const seen = new Set([id]);
  let newest: string | undefined;
  for (let next = relations.successor(id); next !== undefined; next = relations.successor(next)) {
    if (seen.has(next)) break;
    seen.add(next);
    newest = next;
  }
  return newest;
}

/** Where the run that goes into one transaction ends. */
function runFrom(items: readonly Prepared[], from: number): number {
  let characters = 0;
  let end = from;
  while (end < items.length && end - from < mostPerWrite && characters < mostCharactersPerWrite) {
    characters += (items[end] as Prepared).text.length;
    end += 1;
  }
  return end;
}

/** The error for one of many texts, before any was stored. */
export function refusedOne(error: unknown, at: number): unknown {
  if (!HaypileError.isInstance(error)) return error;
  return new HaypileError(
    error.code,
    `Memory ${at} of the list: ${error.message} None was stored.`,
    {
      cause: error,
      data: { ...error.data, stored: [], failedAt: at },
    },
  );
}

/** Several were given: says which are there. */
function partly(error: unknown, stored: readonly RememberResult[], given: number): unknown {
  if (!HaypileError.isInstance(error)) return error;
  return new HaypileError(
    error.code,
    `${error.message} Of ${given} memories the first ${stored.length} were stored.`,
    { cause: error, data: { ...error.data, stored, failedAt: stored.length } },
  );
}

function isOfRights(error: unknown): boolean {
  return HaypileError.isInstance(error) && error.code === "HAYPILE_STORE_RIGHTS";
}
