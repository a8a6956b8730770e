/*
 * Turns a filter into the set of rows it lets through, before anything is searched: a search inside that set
 * gives as many rows as there are, however rare they are. One byte a row; the last few sets are kept until
 * something changes.
 */

import { tagKey } from "../../../base/text/tags.ts";
import type { MemoryKind } from "../../../ports/memories.ts";
import type { AllowedRows, RowFilter } from "../../../ports/memory-rows.ts";
import { endings, kinds, sources } from "./kinds.ts";
import type { ResidentRows, Special } from "./resident.ts";
import { slotOf } from "./sorted.ts";
import type { FilterSource } from "./sources.ts";

const mostKept = 8;
const mostTagsKept = 64;

/** Where the words of a text are looked for. */
interface WordSlots {
  /** For each word the places of rows that have it. */
  slotsWith(text: string): Uint8Array[];
}

interface Kept {
  version: number;
  goodUntil: number;
  rows: Allowed;
}

export class RowFilters {
  readonly #resident: ResidentRows;
  readonly #words: WordSlots;
  readonly #source: FilterSource;
  readonly #kept = new Map<string, Kept>();
  /** Rows of a tag as far as they were read, as places. Gone when a known row changes. */
  readonly #tags = new Map<string, { slots: number[]; last: number }>();
  #tagsOf = -1;

  constructor(source: FilterSource, resident: ResidentRows, words: WordSlots) {
    this.#source = source;
    this.#resident = resident;
    this.#words = words;
  }

  allowed(filter: RowFilter): Allowed {
    const { now, ...rest } = filter;
    const key = JSON.stringify(rest);
    const { version } = this.#resident;
    const known = this.#kept.get(key);
    if (known !== undefined && known.version === version && now < known.goodUntil) {
      return known.rows;
    }
    const made = this.#make(filter);
    this.#kept.delete(key);
    this.#kept.set(key, { version, ...made });
    if (this.#kept.size > mostKept) {
      this.#kept.delete(this.#kept.keys().next().value as string);
    }
    return made.rows;
  }

  drop(): void {
    this.#kept.clear();
    this.#tags.clear();
  }

  #make(filter: RowFilter): { rows: Allowed; goodUntil: number } {
    const { resident, namespaces, kinds: someKinds, source } = this.#choices(filter);
    const { createdFrom = Number.NEGATIVE_INFINITY, createdBefore = Number.POSITIVE_INFINITY } =
      filter;
    const latest = filter.asOf ?? Number.POSITIVE_INFINITY;
    const { pinned, expiresBefore } = filter;
    const pin = pinned === undefined ? undefined : Number(pinned);
    const { count, created } = resident;
    const mask = new Uint8Array(count);
    let goodUntil = Number.POSITIVE_INFINITY;
    for (let slot = 0; slot < count; slot += 1) {
      if (namespaces !== undefined && namespaces[resident.namespaces[slot] as number] !== 1)
        continue;
      if (someKinds !== undefined && someKinds[resident.kinds[slot] as number] !== 1) continue;
      if (source !== undefined && resident.sources[slot] !== source) continue;
      const made = created[slot] as number;
      if (made < createdFrom || made >= createdBefore || made > latest) continue;
      if (pin !== undefined && resident.pinned[slot] !== pin) continue;
      if (expiresBefore !== undefined) {
        const expires = resident.special.get(slot)?.expires ?? Number.POSITIVE_INFINITY;
        if (expires >= expiresBefore) continue;
      }
      if (resident.isSpecial[slot] === 1) {
        const turn = this.#turnOf(slot, filter);
        if (turn.changesAt < goodUntil) goodUntil = turn.changesAt;
        if (!turn.holds) continue;
      }
      mask[slot] = 1;
    }
    this.#applyTags(mask, filter);
    for (const slots of filter.words === undefined ? [] : this.#words.slotsWith(filter.words)) {
      for (let slot = 0; slot < count; slot += 1) {
        mask[slot] = (mask[slot] as number) & (slots[slot] as number);
      }
    }
    return { rows: new Allowed(resident, mask), goodUntil };
  }

  #choices({ namespaces, kinds: someKinds, source }: RowFilter): {
    resident: ResidentRows;
    namespaces: Uint8Array | undefined;
    kinds: Uint8Array | undefined;
    source: number | undefined;
  } {
    const chosen = (ids: number[], size: number): Uint8Array => {
      const flags = new Uint8Array(size);
      for (const id of ids) flags[id] = 1;
      return flags;
    };
    return {
      resident: this.#resident,
      namespaces: namespaces && chosen(this.#source.namespaceIds(namespaces), 65_536),
      kinds:
        someKinds &&
        chosen(
          someKinds.map((kind) => kinds.indexOf(kind)),
          kinds.length,
        ),
      source: source === undefined ? undefined : sources.indexOf(source),
    };
  }

  /** Whether a row with times of its own holds, and when that will be different. */
  #turnOf(slot: number, { now, asOf, evenEnded }: RowFilter): Turn {
    const special = this.#resident.special.get(slot);
    if (special === undefined || special.isDeleted) return never;
    const { since, until, validFrom, expires } = special;
    if (asOf === undefined) {
      const wasSuperseded = special.ended === endings.indexOf("superseded");
      if (until !== Number.POSITIVE_INFINITY) {
        return evenEnded === true && wasSuperseded ? always : never;
      }
      if (evenEnded === true) return always;
      if (now < validFrom) return { holds: false, changesAt: validFrom };
      return {
        holds: now < expires,
        changesAt: now < expires ? expires : Number.POSITIVE_INFINITY,
      };
    }
    const wasThere = since <= asOf && asOf < until;
    const wasValid = evenEnded === true || (validFrom <= asOf && asOf < expires);
    return wasThere && wasValid ? always : never;
  }

  #applyTags(mask: Uint8Array, { tagsAny, tagsAll, tagsNot }: RowFilter): void {
    const keepOnly = (tags: readonly string[]): void => {
      const marked = new Uint8Array(mask.length);
      for (const tag of tags) for (const slot of this.#slotsOf(tag)) marked[slot] = 1;
      for (let slot = 0; slot < mask.length; slot += 1) {
        mask[slot] = (mask[slot] as number) & (marked[slot] as number);
      }
    };
    if (tagsAny !== undefined) keepOnly(tagsAny);
    for (const tag of tagsAll ?? []) keepOnly([tag]);
    for (const tag of tagsNot ?? []) for (const slot of this.#slotsOf(tag)) mask[slot] = 0;
  }

  #slotsOf(given: string): readonly number[] {
    const tag = tagKey(given);
    const resident = this.#resident;
    if (this.#tagsOf !== resident.changed) {
      this.#tags.clear();
      this.#tagsOf = resident.changed;
    }
    const known = this.#tags.get(tag) ?? { slots: [], last: 0 };
    for (const rowId of this.#source.rowsWithTag(tag, known.last)) {
      const slot = resident.slot(rowId);
      if (slot === -1) break;
      known.slots.push(slot);
      known.last = rowId;
    }
    this.#tags.set(tag, known);
    if (this.#tags.size > mostTagsKept) {
      this.#tags.delete(this.#tags.keys().next().value as string);
    }
    return known.slots;
  }
}

interface Turn {
  holds: boolean;
  changesAt: number;
}

const always: Turn = { holds: true, changesAt: Number.POSITIVE_INFINITY };
const never: Turn = { holds: false, changesAt: Number.POSITIVE_INFINITY };

/** The rows a filter let through when it was asked. */
export class Allowed implements AllowedRows {
  /** As they were: places stay what they are when the arrays grow or go. */
  readonly rowIds: Uint32Array;
  readonly #namespaces: Uint32Array;
  readonly #kinds: Uint8Array;
  readonly created: Float64Array;
  readonly special: ReadonlyMap<number, Special>;
  readonly mask: Uint8Array;
  readonly count: number;

  constructor(resident: ResidentRows, mask: Uint8Array) {
    const { rowIds, namespaces, kinds: ofRows } = resident;
    this.created = resident.created;
    this.special = resident.special;
    this.rowIds = rowIds;
    this.#namespaces = namespaces;
    this.#kinds = ofRows;
    this.mask = mask;
    let count = 0;
    for (const one of mask) count += one;
    this.count = count;
  }

  has(rowId: number): boolean {
    const slot = slotOf(this.rowIds, this.mask.length, rowId);
    return slot !== -1 && this.mask[slot] === 1;
  }

  kindOf(rowId: number): MemoryKind | undefined {
    const slot = slotOf(this.rowIds, this.mask.length, rowId);
    if (slot === -1 || this.mask[slot] !== 1) return undefined;
    return kinds[this.#kinds[slot] as number];
  }

  newest(limit: number, before = Number.POSITIVE_INFINITY): number[] {
    const { rowIds } = this;
    const found: number[] = [];
    for (let slot = this.mask.length - 1; slot >= 0 && found.length < limit; slot -= 1) {
      const rowId = rowIds[slot] as number;
      if (this.mask[slot] === 1 && rowId < before) found.push(rowId);
    }
    return found;
  }

  toldBetween(from: number, to: number, limit: number): number[] {
    const found: number[] = [];
    for (let slot = this.mask.length - 1; slot >= 0 && found.length < limit; slot -= 1) {
      if (this.mask[slot] !== 1) continue;
      const own = this.special.get(slot);
      const said = own?.validFrom ?? Number.NEGATIVE_INFINITY;
      const told =
        said === Number.NEGATIVE_INFINITY ? (own?.since ?? (this.created[slot] as number)) : said;
      if (from <= told && told < to) found.push(this.rowIds[slot] as number);
    }
    return found;
  }

  oldest(limit: number, after: number): number[] {
    const { rowIds } = this;
    const found: number[] = [];
    for (let slot = 0; slot < this.mask.length && found.length < limit; slot += 1) {
      const rowId = rowIds[slot] as number;
      if (this.mask[slot] === 1 && rowId > after) found.push(rowId);
    }
    return found;
  }

  around(rowId: number, count: number): { before: number[]; after: number[] } {
    const { rowIds } = this;
    const namespaces = this.#namespaces;
    const at = slotOf(rowIds, this.mask.length, rowId);
    const walk = (step: 1 | -1): number[] => {
      const found: number[] = [];
      for (let slot = at + step; found.length < count; slot += step) {
        if (at === -1 || slot < 0 || slot >= this.mask.length) break;
        if (this.mask[slot] === 1 && namespaces[slot] === namespaces[at]) {
          found.push(rowIds[slot] as number);
        }
      }
      return found;
    };
    return { before: walk(-1).reverse(), after: walk(1) };
  }
}
