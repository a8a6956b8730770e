/*
 * The nearest parts of a query among allowed rows. Where vectors are held here, those that are about the nearest are found
 * here, and the server compares these few; else the server searches. Which parts are let through is known here, of the
 * rows that are held for filters, and goes there as a list of parts or a bit for each.
 */

import type { PartHit } from "../../../../ports/memory-rows.ts";
import type { Allowed } from "../../../shared/rows/filter.ts";
import type { ResidentRows } from "../../../shared/rows/resident.ts";
import type { PgLink } from "../../link/link.ts";
import {
  choiceOf,
  comparedUpTo,
  everything,
  type Found,
  type LetThrough,
  letThrough,
  type Share,
  widerLook,
} from "../../vectors/choice.ts";
import { asText } from "../../vectors/halves.ts";
import type { HeldVectors, Near } from "./held-vectors.ts";
import type { OwnModel } from "./own-model.ts";
import type { HeldModel } from "./read-vectors.ts";

const ask = "SELECT found, score FROM memory_nearest($1::vector, $2, $3, $4, $5, $6, $7, $8, $9)";

/** Of some parts, in their order; NULL where there is no vector that can be compared. */
const compare = `SELECT (SELECT value FROM memory_meta WHERE name = 'model') IS NOT DISTINCT FROM $4 AS "isSame",
    array_agg((-(v.v::vector <#> $1::vector) * v.scale)::float8 ORDER BY a.place) AS scores
  FROM unnest($2::int4[], $3::int8[]) WITH ORDINALITY AS a(namespace, id, place)
  LEFT JOIN memory_vectors v ON v.namespace_id = a.namespace AND v.part_id = a.id AND v.scale > 0
    AND vector_dims(v.v) = vector_dims($1::vector)`;
/**
 * What four bits a value find is in a little different order, so that some more are compared: by their share, and how many at
 * least. Among 100,000 the last of sixty stands behind the 70th in one question of a hundred.
 */
const heldMore = 1.25;
const leastMore = 16;

const none = new Uint32Array(0);

/** Allowed parts by namespace, as far as parts were known. */
interface AllowedParts {
  generation: number;
  partCount: number;
  shares: Share[];
  ids: ReadonlyMap<number, Uint32Array>;
}

export class PartSearch {
  readonly #link: PgLink;
  readonly #resident: ResidentRows;
  readonly #model: OwnModel;
  readonly #held: HeldVectors;
  readonly #comparedUpTo: number;
  readonly #known = new WeakMap<Allowed, AllowedParts>();

  /** @param upTo most vectors of a namespace that are compared one by one */
  constructor(
    link: PgLink,
    resident: ResidentRows,
    model: OwnModel,
    held: HeldVectors,
    upTo = comparedUpTo,
  ) {
    this.#link = link;
    this.#resident = resident;
    this.#model = model;
    this.#held = held;
    this.#comparedUpTo = upTo;
  }

  /** What is held says which are about the nearest; undefined: search() asks the server. @param limit parts wanted */
  near(vector: Float32Array, limit: number, allowed: Allowed): Near | undefined {
    const model = this.#heldModel(vector);
    const wanted = Math.ceil(Math.max(limit * heldMore, limit + leastMore));
    return model && this.#held.near(vector, wanted, allowed, model);
  }

  async search(vector: Float32Array, limit: number, allowed: Allowed): Promise<PartHit[]> {
    if (limit < 1 || vector.every((value) => value === 0)) return [];
    // Once more where another client put vectors of another model in place meanwhile.
    for (let attempt = 0; attempt < 2; attempt += 1) {
      if (this.#model.dimensions !== vector.length) this.#model.read();
      if (this.#model.dimensions !== vector.length) return [];
      const near = this.near(vector, limit, allowed);
      const found =
        near === undefined
          ? await this.#ask(vector, limit, this.#parts(allowed))
          : await this.#compare(vector, near);
      if (found !== undefined) return this.#hits(found, limit, allowed);
      this.#model.read();
    }
    return [];
  }

  #heldModel(vector: Float32Array): HeldModel | undefined {
    const note = this.#model.seen;
    if (note === undefined || this.#model.dimensions !== vector.length) return undefined;
    return { note, dimensions: vector.length };
  }

  /** Undefined: the vectors are of another model by now. */
  async #compare(vector: Float32Array, { parts, missing }: Near): Promise<Found[] | undefined> {
    const ids = [...parts, ...missing];
    if (ids.length === 0) return [];
    const namespaces = ids.map((id) => this.#namespaceOf(id) ?? null);
    const values = [asText(vector), namespaces, ids, this.#model.seen ?? null];
    const [row] = await this.#link.later<{ isSame: boolean; scores: (number | null)[] }>(
      compare,
      values,
      { name: "memory-compare", on: "replica" },
    );
    if (row?.isSame !== true) return undefined;
    const found = ids.map((id, at) => ({ found: id, score: row.scores[at] ?? null }));
    this.#held.saw(missing.filter((_, at) => row.scores[parts.length + at] !== null));
    return found;
  }

  /** Undefined: the vectors are of another model by now. */
  async #ask(
    vector: Float32Array,
    limit: number,
    { shares, ids }: AllowedParts,
  ): Promise<Found[] | undefined> {
    const { exactly, byGraph, look } = choiceOf(shares, limit, this.#comparedUpTo);
    const text = asText(vector);
    const asked = async (exact: number[], graphs: number[], near: number[]): Promise<Found[]> => {
      if (exact.length + graphs.length === 0) return [];
      const through = this.#through([...exact, ...graphs], shares, ids, graphs.length === 0);
      const values = [text, limit, this.#model.seen ?? null, exact, through.ids, graphs, near];
      return await this.#link.later<Found>(ask, [...values, through.base, through.bits], {
        name: "memory-nearest",
        on: "replica",
      });
    };
    // A part that came since the rows were read may be of any of them.
    const isSure = (rows: readonly Found[], owner: number): boolean =>
      rows.filter(({ found }) => (this.#namespaceOf(found) ?? owner) === owner).length >= limit;
    const rows = await asked(exactly, byGraph, look);
    if (rows.some(({ found }) => found === null)) return undefined;
    this.#held.saw(rows.map(({ found }) => found as number));
    // Where too few were let through, more are looked at, or all compared.
    const wider: [owners: number[], look: number[]] = [[], []];
    const rest: number[] = [];
    for (const [at, owner] of byGraph.entries()) {
      if (isSure(rows, owner)) continue;
      const share = shares.find((one) => one.owner === owner) as Share;
      const more = widerLook(look[at] as number, share);
      if (more === undefined) rest.push(owner);
      else {
        wider[0].push(owner);
        wider[1].push(more);
      }
    }
    const again = await asked([], ...wider);
    rest.push(...wider[0].filter((owner) => !isSure(again, owner)));
    return [...rows, ...again, ...(await asked(rest, [], []))];
  }

  #namespaceOf(partId: number | null): number | undefined {
    const slot = partId === null ? -1 : this.#resident.slotOfPart(partId);
    return slot === -1 ? undefined : this.#resident.namespaces[slot];
  }

  #through(
    owners: readonly number[],
    shares: readonly Share[],
    ids: AllowedParts["ids"],
    isList: boolean,
  ): LetThrough {
    const meant = shares.filter(({ owner }) => owners.includes(owner));
    if (meant.every((share) => share.allowed === share.all)) return everything;
    const all = meant.reduce((sum, share) => sum + share.all, 0);
    const lists = meant.map(({ owner }) => ids.get(owner) ?? none);
    return letThrough(lists, all, isList);
  }

  #hits(found: readonly Found[], limit: number, allowed: Allowed): PartHit[] {
    const hits = new Map<number, PartHit>();
    for (const { found: partId, score } of found) {
      if (partId === null || score === null) continue;
      const slot = this.#resident.slotOfPart(partId);
      const rowId = slot === -1 ? undefined : this.#resident.rowIds[slot];
      // A part that came since the rows were read is found by the next search.
      if (rowId !== undefined && allowed.has(rowId)) hits.set(partId, { partId, rowId, score });
    }
    return [...hits.values()]
      .sort((a, b) => b.score - a.score || a.partId - b.partId)
      .slice(0, limit);
  }

  #parts(allowed: Allowed): AllowedParts {
    const { generation, partCount } = this.#resident;
    const known = this.#known.get(allowed);
    if (known?.generation === generation && known.partCount === partCount) return known;
    const made = { generation, partCount, ...this.#countParts(allowed) };
    this.#known.set(allowed, made);
    return made;
  }

  #countParts(allowed: Allowed): Pick<AllowedParts, "shares" | "ids"> {
    const { partCount, partIds, partSlots, rowIds, namespaces } = this.#resident;
    const shares = new Map<number, Share>();
    const places = new Map<number, number[]>();
    for (let at = 0; at < partCount; at += 1) {
      const slot = partSlots[at] as number;
      const owner = namespaces[slot] as number;
      let share = shares.get(owner);
      if (share === undefined) {
        share = { owner, all: 0, allowed: 0 };
        shares.set(owner, share);
        places.set(owner, []);
      }
      share.all += 1;
      const rowId = rowIds[slot] as number;
      const isSame = allowed.rowIds[slot] === rowId && slot < allowed.mask.length;
      if (isSame ? allowed.mask[slot] !== 1 : !allowed.has(rowId)) continue;
      share.allowed += 1;
      (places.get(owner) as number[]).push(partIds[at] as number);
    }
    const ids = new Map([...places].map(([owner, own]) => [owner, Uint32Array.from(own)]));
    return { shares: [...shares.values()], ids };
  }
}
