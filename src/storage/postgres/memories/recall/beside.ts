/*
 * What stands beside the memories of an answer, in one statement: their links, how often they were used, whether they have anchors; with
 * the vectors by which the best are compared with each other, which are asked for right before.
 */
import type { MemoryRelations } from "../../../../ports/memory-rows.ts";
import type { PgLink } from "../../link/link.ts";
import { restored } from "../../stored-text.ts";
import { codesSent, scaledCodes } from "../../vectors/halves.ts";

type Raw = [
  links: [from: string, to: string, relation: string, at: number][] | null,
  uses: [key: string, count: number, at: number][] | null,
  anchored: string[] | null,
  vectors: [partId: number, scale: number, sent: string][] | null,
];

const text = `SELECT
  (SELECT json_agg(json_build_array(from_key, to_key, relation, at) ORDER BY from_key, to_key, relation)
   FROM memory_links WHERE from_key = ANY($1::text[])),
  (SELECT json_agg(json_build_array(key, count, at)) FROM memory_uses WHERE key = ANY($1::text[])),
  (SELECT array_agg(DISTINCT key) FROM memory_anchors WHERE key = ANY($1::text[])),
  (SELECT json_agg(json_build_array(part_id, scale, encode(halfvec_send(v), 'base64')))
   FROM memory_vectors WHERE part_id = ANY($2::int8[]))`;

export class BesideRows {
  readonly #link: PgLink;
  readonly #known = new Set<string>();
  readonly #anchored = new Set<string>();
  readonly #uses = new Map<string, { count: number; at: number }>();
  readonly #links: ReturnType<MemoryRelations["links"]> = [];

  constructor(link: PgLink) {
    this.#link = link;
  }

  /** @param keys of memories that are asked about next */
  vectors(partIds: readonly number[], keys: readonly string[]): (Float32Array | undefined)[] {
    const found = this.#ask(keys, partIds);
    return partIds.map((partId) => found.get(partId));
  }

  /** In the order of the keys of both ends. */
  links(keys: readonly string[]): ReturnType<MemoryRelations["links"]> {
    this.#read(keys);
    const wanted = new Set(keys);
    return this.#links.filter(({ from }) => wanted.has(from));
  }

  uses(keys: readonly string[]): ReturnType<MemoryRelations["uses"]> {
    this.#read(keys);
    const found = keys.flatMap((key) => {
      const use = this.#uses.get(key);
      return use === undefined ? [] : [[key, use] as const];
    });
    return new Map(found);
  }

  hasAnchors(keys: readonly string[]): boolean {
    this.#read(keys);
    return keys.some((key) => this.#anchored.has(key));
  }

  #read(keys: readonly string[]): void {
    if (keys.some((key) => !this.#known.has(key))) this.#ask(keys, []);
  }

  /** All of these keys anew, so that links stay in one order. */
  #ask(keys: readonly string[], partIds: readonly number[]): Map<number, Float32Array> {
    if (keys.length + partIds.length === 0) return new Map();
    const all = [...new Set([...this.#known, ...keys])];
    const [row] = this.#link.lists(text, [all, [...partIds]], { name: "memory-beside" });
    const [links, uses, anchored, vectors] = row as Raw;
    for (const key of all) this.#known.add(key);
    for (const key of anchored ?? []) this.#anchored.add(key);
    for (const [key, count, at] of uses ?? []) this.#uses.set(key, { count, at });
    this.#links.splice(
      0,
      this.#links.length,
      ...(links ?? []).map(([from, to, relation, at]) => ({
        ...{ from, to, at },
        relation: restored(relation),
      })),
    );
    return new Map(
      (vectors ?? []).map(([partId, scale, sent]) => [
        partId,
        scaledCodes(codesSent(Buffer.from(sent, "base64")), scale),
      ]),
    );
  }
}
