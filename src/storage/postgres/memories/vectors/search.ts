/*
 * The nearest parts of a query among allowed rows. The server compares; which parts are let through is known here, of the
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
import type { OwnModel } from "./own-model.ts";

const ask = "SELECT found, score FROM memory_nearest($1::vector, $2, $3, $4, $5, $6, $7, $8, $9)";

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
  readonly #comparedUpTo: number;
  readonly #known = new WeakMap<Allowed, AllowedParts>();

  /** @param upTo most vectors of a namespace that are compared one by one */
  constructor(link: PgLink, resident: ResidentRows, model: OwnModel, upTo = comparedUpTo) {
    this.#link = link;
    this.#resident = resident;
    this.#model = model;
    this.#comparedUpTo = upTo;
  }

  async search(vector: Float32Array, limit: number, allowed: Allowed): Promise<PartHit[]> {
    if (limit < 1 || vector.every((value) => value === 0)) return [];
    // Once more where another client put vectors of another model in place meanwhile.
    for (let attempt = 0; attempt < 2; attempt += 1) {
      if (this.#model.dimensions !== vector.length) this.#model.read();
      if (this.#model.dimensions !== vector.length) return [];
      const found = await this.#ask(vector, limit, this.#parts(allowed));
      if (found !== undefined) return this.#hits(found, limit, allowed);
      this.#model.read();
    }
    return [];
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
