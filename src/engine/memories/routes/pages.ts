/*
 * Lists over several stores. Each store gives its own pages; they are merged by the order that was asked for, and the cursor of
 * the whole says for each store where its page began and how much of it was taken.
 */
import { HaypileError } from "../../../base/errors.ts";
import type { Memory, MemoryListOptions, MemoryOrder } from "../../../ports/memories.ts";
import type { Part, Parts } from "./parts.ts";

type Page = { memories: Memory[]; total: number; nextCursor: string | undefined };

const mostInPage = 1_000;
const defaultLimit = 100;

export async function listAcross(parts: Parts, options: MemoryListOptions): Promise<Page> {
  const asked = await parts.askedForList(options.namespace);
  const [only] = asked;
  if (asked.length === 1 && only !== undefined && !isOurs(options.cursor)) {
    return await only.part.memories.list({ ...options, namespace: only.namespace });
  }
  const { limit = defaultLimit, skip = 0, order, cursor, textLimit } = options;
  const from = positionsOf(cursor, asked.length);
  const streams = asked.map(({ part, namespace }, at) => {
    // A part without any of its own is at its end from the first.
    const isNone = options.namespace === undefined && namespace?.length === 0;
    const place = isNone ? "end" : from[at];
    const said = { ...options, namespace, limit: skip > limit ? mostInPage : limit };
    // The whole text decides which is larger.
    if (order === "largest") said.textLimit = undefined;
    const total = isNone ? 0 : undefined;
    return new Stream(part, said, place === "end" ? undefined : place, place === "end", total);
  });
  const isBefore = comparers[order ?? "as written"];
  const memories: Memory[] = [];
  let passed = 0;
  while (memories.length < limit) {
    await Promise.all(streams.map((stream) => stream.fill()));
    const next = best(streams, isBefore);
    if (next === undefined) break;
    const memory = next.take();
    if (!parts.isOwn(next.part, memory.namespace)) continue;
    if (passed < skip) passed += 1;
    else memories.push(order === "largest" ? shortened(memory, textLimit) : memory);
  }
  await Promise.all(streams.map((stream) => stream.fill()));
  const isEnd = streams.every((stream) => stream.head === undefined);
  const totals = await Promise.all(streams.map((stream) => stream.count()));
  const total = totals.reduce((sum, one) => sum + one, 0);
  return { memories, total, nextCursor: isEnd ? undefined : cursorOf(streams) };
}

/** Where the page of a store begins, and how much of it was taken. */
type Position = { cursor: string | undefined; skip: number };

class Stream {
  readonly part: Part;
  #total: number | undefined;
  readonly #options: MemoryListOptions;
  #at: Position;
  #page: Page | undefined;
  #taken = 0;
  #isEnd: boolean;

  constructor(
    part: Part,
    options: MemoryListOptions,
    at: Position | undefined,
    isEnd: boolean,
    total: number | undefined,
  ) {
    this.part = part;
    this.#total = total;
    this.#options = options;
    this.#at = at ?? { cursor: undefined, skip: 0 };
    this.#isEnd = isEnd;
  }

  get head(): Memory | undefined {
    return this.#page?.memories[this.#taken];
  }

  take(): Memory {
    const memory = this.head as Memory;
    this.#taken += 1;
    return memory;
  }

  /** Sees to it that there is a head, if there is any more. */
  async fill(): Promise<void> {
    while (this.head === undefined && !this.#isEnd) {
      const next = this.#page?.nextCursor;
      if (this.#page !== undefined) this.#at = { cursor: next, skip: 0 };
      const isOver = this.#page !== undefined && next === undefined;
      this.#page = isOver ? undefined : await this.#ask();
      this.#taken = 0;
      this.#isEnd = isOver;
    }
  }

  /** How many there are in all; of one that had ended before it is asked now. */
  async count(): Promise<number> {
    if (this.#total !== undefined) return this.#total;
    const page = { ...this.#options, limit: 1, cursor: undefined, skip: 0 };
    return (await this.part.memories.list(page)).total;
  }

  get position(): Position | "end" {
    if (this.head === undefined) return "end";
    return { cursor: this.#at.cursor, skip: this.#at.skip + this.#taken };
  }

  async #ask(): Promise<Page> {
    const { cursor, skip } = this.#at;
    const page = await this.part.memories.list({ ...this.#options, cursor, skip });
    this.#total = page.total;
    return page;
  }
}

type Comparer = (a: Memory, b: Memory) => number;

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const newer: Comparer = (a, b) => byText(b.updatedAt, a.updatedAt);
const never = "~";

const comparers: Readonly<Record<MemoryOrder | "as written", Comparer>> = {
  "as written": (a, b) => byText(b.updatedAt, a.updatedAt),
  newest: (a, b) => byText(b.createdAt, a.createdAt),
  oldest: (a, b) => byText(a.createdAt, b.createdAt),
  updated: (a, b) => byText(b.updatedAt, a.updatedAt),
  expires: (a, b) => byText(a.expires ?? never, b.expires ?? never) || newer(a, b),
  "most used": (a, b) => b.uses - a.uses || newer(a, b),
  largest: (a, b) => b.text.length - a.text.length || newer(a, b),
};

function best(streams: readonly Stream[], compare: Comparer): Stream | undefined {
  let found: Stream | undefined;
  for (const stream of streams) {
    if (stream.head === undefined) continue;
    if (found?.head === undefined || compare(stream.head, found.head) < 0) found = stream;
  }
  return found;
}

function shortened(memory: Memory, limit: number | undefined): Memory {
  if (limit === undefined || memory.text.length <= limit) return memory;
  const begin = memory.text.slice(0, limit);
  return { ...memory, text: begin.isWellFormed() ? begin : begin.slice(0, -1) };
}

const mark = "r";

function isOurs(cursor: string | undefined): boolean {
  return String(cursor).startsWith(mark);
}

function cursorOf(streams: readonly Stream[]): string {
  const said = streams.map(({ position }) =>
    position === "end" ? 0 : [position.cursor ?? null, position.skip],
  );
  return mark + Buffer.from(JSON.stringify(said)).toString("base64url");
}

function positionsOf(cursor: string | undefined, count: number): (Position | "end" | undefined)[] {
  if (cursor === undefined) return [];
  try {
    const said: unknown = JSON.parse(Buffer.from(String(cursor).slice(1), "base64url").toString());
    if (!isOurs(cursor) || !Array.isArray(said) || said.length !== count) throw noCursor(cursor);
    return said.map((one: unknown) => {
      if (one === 0) return "end";
      const [at, skip] = one as [string | null, number];
      const isSound = (at === null || typeof at === "string") && Number.isSafeInteger(skip);
      if (!isSound || skip < 0) throw noCursor(cursor);
      return { cursor: at ?? undefined, skip };
    });
  } catch {
    throw noCursor(cursor);
  }
}

/**
 * One store after the other, for answers without an order. The cursor names the store that is at its turn.
 * @param ask gives so many at most, and where it ended
 */
export async function inTurn<T>(
  parts: readonly Part[],
  cursor: string | undefined,
  limit: number,
  ask: (
    part: Part,
    cursor: string | undefined,
    limit: number,
  ) => Promise<{ found: T[]; nextCursor: string | undefined; isUp?: boolean | undefined }>,
): Promise<{ found: T[]; nextCursor: string | undefined }> {
  const [, turn = "0", own = ""] = /^t(\d{1,4})\.(.*)$/su.exec(String(cursor ?? "t0.")) ?? [];
  if (cursor !== undefined && !String(cursor).startsWith("t")) throw noCursor(cursor);
  const found: T[] = [];
  let after = own === "" ? undefined : own;
  for (let at = Number(turn); at < parts.length; at += 1) {
    const answer = await ask(parts[at] as Part, after, limit - found.length);
    found.push(...answer.found);
    if (answer.nextCursor !== undefined) {
      return { found, nextCursor: `t${at}.${answer.nextCursor}` };
    }
    after = undefined;
    const isFull = found.length >= limit || answer.isUp === true;
    if (isFull && at + 1 < parts.length) return { found, nextCursor: `t${at + 1}.` };
  }
  return { found, nextCursor: undefined };
}

function noCursor(cursor: unknown): HaypileError {
  return new HaypileError(
    "HAYPILE_USAGE",
    `Expected a cursor that a list of this order gave, but got ${JSON.stringify(String(cursor).slice(0, 80))}. Leave it out to begin anew.`,
  );
}
