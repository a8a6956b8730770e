/*
 * Pairs to look through. They were linked when they were written, or when their vectors came (vectors/near-duplicates.ts);
 * nothing is searched here. A pair that is dismissed is linked as "distinct", which an export takes along.
 */
import { assertMayChange } from "../../base/actor.ts";
import { yieldToEventLoop } from "../../base/yield.ts";
import type { DuplicatePair, DuplicatesOptions, DuplicatesResult } from "../../ports/memories.ts";
import type { MemoryRow, MemoryStore } from "../../ports/memory-rows.ts";
import { type CosineScale, cosineScaleOf, seenCosine } from "../../search/ranking/cosine-scale.ts";
import { cursorOfKeys, keysOfCursor } from "../checks/cursors.ts";
import { checkCount, checkNamespaces, mustHold } from "../checks/options.ts";
import { showRows } from "../recall/show.ts";
import { likeness } from "../text/same-text.ts";
import { whenFree } from "../writing/when-free.ts";

/** Links read between two turns of the event loop. */
const linksPerStep = 256;
/** Longer texts are not compared word by word. */
const longestCompared = 20_000;
const mostPairs = 200;

type Looking = Pick<MemoryStore, "rows" | "relations" | "vectors">;
type Link = { from: string; to: string };

/** @param modelId the model of the vectors @throws HaypileError HAYPILE_USAGE */
export async function duplicatesOf(
  store: Looking,
  modelId: string | undefined,
  options: DuplicatesOptions,
): Promise<DuplicatesResult> {
  const limit = checkCount("limit", options.limit ?? 50, 1, mostPairs);
  const namespaces = checkNamespaces(options.namespace);
  const [from = "", to = ""] = keysOfCursor(options.cursor, 2) ?? [];
  const pairs: DuplicatePair[] = [];
  const scale = cosineScaleOf(modelId);
  for (let after: Link = { from, to }; ; await yieldToEventLoop()) {
    const links = store.relations.linksOf("duplicate", after, linksPerStep);
    const dismissed = dismissedAmong(store, links);
    for (const link of links) {
      after = link;
      const pair = dismissed.has(nameOf(link)) ? undefined : pairOf(store, scale, link, namespaces);
      if (pair === undefined) continue;
      pairs.push(pair);
      if (pairs.length === limit) return { pairs, nextCursor: cursorOfKeys(link.from, link.to) };
    }
    if (links.length < linksPerStep) return { pairs, nextCursor: undefined };
  }
}

/** @throws HaypileError HAYPILE_MEMORY_MISSING, HAYPILE_USAGE */
export async function dismissPair(
  store: Looking & Pick<MemoryStore, "write">,
  id: string,
  other: string,
  isUndone: boolean,
): Promise<void> {
  for (const one of [id, other]) mustHold(store, one);
  const [first, second] = [id, other].sort() as [string, string];
  const write = (): void => {
    for (const one of [id, other]) assertMayChange(store.rows.current(one));
    if (isUndone) {
      store.relations.unlink(first, second, "distinct");
      store.relations.unlink(second, first, "distinct");
    } else store.relations.link(first, second, "distinct", Date.now());
  };
  await whenFree(() => store.write("dismiss a duplicate", write));
}

/** Pairs that were dismissed, and links whose other direction is the one that counts. */
function dismissedAmong({ relations }: Looking, links: readonly Link[]): ReadonlySet<string> {
  const keys = [...new Set(links.flatMap(({ from, to }) => [from, to]))];
  const known = new Set<string>();
  for (const { from, to, relation } of relations.links(keys)) {
    if (relation === "distinct")
      known.add(nameOf({ from, to })).add(nameOf({ from: to, to: from }));
    if (relation === "duplicate" && from < to) known.add(nameOf({ from: to, to: from }));
  }
  return known;
}

function nameOf({ from, to }: Link): string {
  return `${from}.${to}`;
}

function pairOf(
  store: Looking,
  scale: CosineScale,
  { from, to }: Link,
  namespaces: readonly string[] | undefined,
): DuplicatePair | undefined {
  const now = Date.now();
  const rows = [from, to].flatMap((key) => store.rows.current(key) ?? []);
  const isShown = (row: MemoryRow): boolean =>
    row.until === undefined &&
    row.deleted === undefined &&
    (row.expires ?? Number.POSITIVE_INFINITY) > now &&
    (namespaces === undefined || namespaces.includes(row.namespace));
  const [one, other] = rows.filter(isShown);
  if (one === undefined || other === undefined || one.namespace !== other.namespace) {
    return undefined;
  }
  const memories = showRows(store.relations, [one, other]);
  return { memories, score: scoreOf(store, scale, one, other) };
}

function scoreOf(store: Looking, scale: CosineScale, one: MemoryRow, other: MemoryRow): number {
  const isShort = one.text.length + other.text.length <= 2 * longestCompared;
  const words = isShort ? likeness(one.text, other.text) : 0;
  const parts = store.rows.parts([one.rowId, other.rowId]);
  const [first, second] = parts;
  if (parts.length !== 2 || first === undefined || second === undefined) return words;
  const vector = store.vectors.of(first.partId);
  const [cosine = Number.NaN] =
    vector === undefined ? [] : store.vectors.cosines(vector, [second.partId]);
  const meaning = Number.isNaN(cosine) ? 0 : seenCosine(scale, cosine);
  return Math.min(1, Math.max(0, words, meaning));
}
