/* Takes memories out of a damaged file: as lines, or into a new store. */

import { tagKey } from "../../base/text/tags.ts";
import { yieldToEventLoop } from "../../base/yield.ts";
import type { MemoryFilter } from "../../ports/memories.ts";
import type {
  MemoryRow,
  MemoryStore,
  RowFilter,
  Salvage,
  WholeMemory,
} from "../../ports/memory-rows.ts";
import { checkFilter } from "../checks/options.ts";
import { type Restored, restoreMemory } from "../writing/restore.ts";
import { whenFree } from "../writing/when-free.ts";
import { exportLine } from "./own-format.ts";

const perStep = 200;
const charactersPerStep = 2_000_000;

export interface Rescued {
  /** Written, deleted ones that can be brought back among them. */
  memories: number;
  /** Of these, memories that may not be what was written. */
  damaged: number;
  /** Texts that were there and cannot be read. */
  lost: number;
}

/**
 * Lines as of an export.
 * @param written ids that are out already
 */
export function* salvagedLines(
  salvage: Salvage,
  filter: MemoryFilter,
  written: ReadonlySet<string>,
  counts: Rescued,
): Generator<string> {
  const wanted = checkFilter(filter, Date.now());
  counts.lost = salvage.lost;
  for (const whole of salvage.memories()) {
    const newest = whole.rows.at(-1) as MemoryRow;
    if (newest.deleted !== undefined || !fits(newest, wanted)) continue;
    counts.memories += 1;
    if (whole.isDamaged === true) counts.damaged += 1;
    if (!written.has(newest.key)) yield exportLine(whole);
  }
}

/** Everything, into a store that is empty. */
export async function rescueInto(
  store: Restored & Pick<MemoryStore, "write">,
  salvage: Salvage,
): Promise<Rescued> {
  const counts: Rescued = { memories: 0, damaged: 0, lost: salvage.lost };
  const links: { from: string; to: string; relation: string; at: number }[] = [];
  let step: WholeMemory[] = [];
  let characters = 0;
  const write = async (): Promise<void> => {
    const now = Date.now();
    await whenFree(() =>
      store.write("rescue memories", () => {
        for (const whole of step) {
          const { key } = whole.rows.at(-1) as MemoryRow;
          restoreMemory(store, key, whole);
          const said = "rescued from a damaged file; it may not be what was written";
          if (whole.isDamaged === true) store.relations.addNote(key, now, said);
        }
      }),
    );
    step = [];
    characters = 0;
    await yieldToEventLoop();
  };
  for (const whole of salvage.memories()) {
    const { key } = whole.rows.at(-1) as MemoryRow;
    counts.memories += 1;
    if (whole.isDamaged === true) counts.damaged += 1;
    for (const link of whole.links) links.push({ from: key, ...link });
    step.push(whole);
    for (const { text } of whole.rows) characters += text.length;
    if (step.length >= perStep || characters >= charactersPerStep) await write();
  }
  await write();
  await whenFree(() =>
    store.write("rescue links", () => {
      for (const { from, to, relation, at } of links) {
        if (store.rows.current(to) !== undefined) store.relations.link(from, to, relation, at);
      }
    }),
  );
  return counts;
}

/** As the store would filter it, with what has ended. */
function fits(row: MemoryRow, wanted: RowFilter): boolean {
  const { namespaces, kinds, source, createdFrom, createdBefore } = wanted;
  const keys = new Set(row.tags.map(tagKey));
  const has = (tag: string): boolean => keys.has(tagKey(tag));
  return (
    (namespaces === undefined || namespaces.includes(row.namespace)) &&
    (kinds === undefined || kinds.includes(row.kind)) &&
    (source === undefined || source === row.source) &&
    (createdFrom === undefined || row.created >= createdFrom) &&
    (createdBefore === undefined || row.created < createdBefore) &&
    (wanted.tagsAny === undefined || wanted.tagsAny.some(has)) &&
    (wanted.tagsAll === undefined || wanted.tagsAll.every(has)) &&
    wanted.tagsNot?.some(has) !== true &&
    (wanted.pinned === undefined || wanted.pinned === row.pinned) &&
    (wanted.expiresBefore === undefined ||
      (row.expires ?? Number.POSITIVE_INFINITY) < wanted.expiresBefore) &&
    hasWords(row, wanted.words ?? "")
  );
}

/** As they are written: the index of words may be what is damaged. */
function hasWords({ text, tags }: MemoryRow, asked: string): boolean {
  const own = [text, ...tags].join("\n").toLowerCase();
  return (asked.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []).every((word) => own.includes(word));
}
