/*
 * The interface of memories over a list, for tests of the faces: found by the words they share with the
 * query. The service itself has tests of its own.
 */
import { createHash, randomUUID } from "node:crypto";
import { HaypileError } from "../../src/base/errors.ts";
import type {
  Memories,
  Memory,
  MemoryFilter,
  RecallHit,
  RememberOptions,
} from "../../src/ports/memories.ts";

const words = (text: string): Set<string> => new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu));
const listed = <T>(one: T | readonly T[]): readonly T[] =>
  Array.isArray(one) ? (one as readonly T[]) : [one as T];

export class PlainMemories implements Memories {
  readonly #kept = new Map<string, Memory>();
  readonly #deleted = new Map<string, Memory>();
  /** Waited for before each answer of recall(). */
  pauseMs = 0;

  async remember(text: string, options: RememberOptions = {}) {
    const namespace = options.namespace ?? "default";
    const same = this.#all().find((one) => one.text === text && one.namespace === namespace);
    if (same !== undefined) return { id: same.id, status: "merged" as const, similar: [] };
    const now = new Date().toISOString();
    const memory: Memory = {
      id: `m_${randomUUID().slice(0, 8)}`,
      text,
      namespace,
      kind: options.kind ?? "note",
      tags: [...(options.tags ?? [])],
      source: options.source ?? "user",
      importance: options.importance ?? 0.5,
      pinned: options.pinned ?? false,
      createdAt: now,
      updatedAt: now,
      validFrom: options.validFrom ?? now,
      expires: options.expires,
      anchors: [...(options.anchors ?? [])],
      links: [],
      uses: 0,
    };
    this.#kept.set(memory.id, memory);
    if (options.replaces === undefined)
      return { id: memory.id, status: "stored" as const, similar: [] };
    this.#kept.delete(options.replaces);
    return { id: memory.id, status: "superseded" as const, similar: [] };
  }

  async rememberMany(items: readonly ({ text: string } & RememberOptions)[]) {
    return await Promise.all(items.map(({ text, ...options }) => this.remember(text, options)));
  }

  async recall(query: string, options: Parameters<Memories["recall"]>[1] = {}) {
    if (this.pauseMs > 0) await new Promise((done) => setTimeout(done, this.pauseMs));
    const wanted = words(query);
    const fitting = this.#all().filter(fits(options));
    const hits = fitting
      .map((memory): RecallHit => {
        const own = words(memory.text);
        const relevance =
          [...wanted].filter((word) => own.has(word)).length / Math.max(1, wanted.size);
        return {
          memory,
          score: relevance,
          part: { text: memory.text.slice(0, 400), isWhole: memory.text.length <= 400 },
          unverifiedSince: undefined,
          before: [],
          after: [],
          why: { relevance, words: relevance, meaning: undefined, decay: 1, importance: 1, use: 1 },
        };
      })
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score || (a.memory.id < b.memory.id ? -1 : 1))
      .slice(0, options.k ?? 8);
    return { hits, searched: fitting.length, withoutVector: 0, isPartial: false };
  }

  async get(id: string) {
    return this.#kept.get(id);
  }

  async list(options: Parameters<Memories["list"]>[0] = {}) {
    const fitting = this.#all().filter(fits(options)).reverse();
    return {
      memories: fitting.slice(0, options.limit ?? 50),
      total: fitting.length,
      nextCursor: undefined,
    };
  }

  async forget(id: string) {
    const memory = this.#kept.get(id);
    if (memory === undefined) {
      throw new HaypileError(
        "HAYPILE_USAGE",
        `Expected the id of a memory, but there is none with ${id}.`,
      );
    }
    this.#kept.delete(id);
    this.#deleted.set(id, memory);
    return { deleted: 1, recoverableUntil: "2100-01-01T00:00:00.000Z" };
  }

  // biome-ignore lint/suspicious/noExplicitAny: one body for both overloads
  async forgetWhere(filter: MemoryFilter, options?: { confirm: string }): Promise<any> {
    const matched = this.#all().filter(fits(filter));
    const confirm = createHash("sha256")
      .update(matched.map(({ id }) => id).join())
      .digest("hex")
      .slice(0, 16);
    if (options === undefined)
      return { matched: matched.length, sample: matched.slice(0, 10), confirm };
    if (options.confirm !== confirm) {
      throw new HaypileError(
        "HAYPILE_USAGE",
        "Expected the token of the last preview. Ask for a new preview.",
      );
    }
    for (const { id } of matched) await this.forget(id);
    return { deleted: matched.length, recoverableUntil: "2100-01-01T00:00:00.000Z" };
  }

  async undelete(id: string) {
    const memory = this.#deleted.get(id);
    if (memory === undefined)
      throw new HaypileError("HAYPILE_USAGE", `Nothing deleted has the id ${id}.`);
    this.#kept.set(id, memory);
    return memory;
  }

  async update(id: string, change: { text?: string } & RememberOptions) {
    const memory = { ...(this.#kept.get(id) as Memory), ...(change as Partial<Memory>) };
    this.#kept.set(id, memory);
    return memory;
  }

  async link() {}

  async history() {
    return [];
  }

  async stats() {
    const spaces = Map.groupBy(this.#all(), ({ namespace }) => namespace);
    const namespaces = [...spaces].map(([namespace, all]) => ({
      namespace,
      memories: all.length,
      bytes: 0,
    }));
    return {
      memories: this.#kept.size,
      deleted: this.#deleted.size,
      withoutVector: 0,
      bytesOnDisk: 0,
      namespaces,
    };
  }

  async *export() {}

  async import() {
    return { stored: 0, merged: 0, refused: [] };
  }

  async close() {}

  #all(): Memory[] {
    return [...this.#kept.values()];
  }
}

function fits(filter: MemoryFilter): (memory: Memory) => boolean {
  const { namespace, kind, source, since, until, tags } = filter;
  return (memory) =>
    (namespace === undefined || listed(namespace).includes(memory.namespace)) &&
    (kind === undefined || listed(kind).includes(memory.kind)) &&
    (source === undefined || memory.source === source) &&
    (since === undefined || memory.createdAt >= since) &&
    (until === undefined || memory.createdAt < until) &&
    (tags?.all ?? []).every((tag) => memory.tags.includes(tag));
}
