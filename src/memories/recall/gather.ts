/*
 * Asks the words and the vectors for candidates, and says of each row what speaks for it: by its best part. Turns of a
 * conversation lean on each other, the question stands in one and the answer in the next: a turn has the words of
 * the turn before it too, in part, and gets some of what speaks for its neighbours.
 */
import type { MemoryKind } from "../../ports/memories.ts";
import type {
  AllowedRows,
  MemoryStore,
  MemoryTable,
  PartHit,
  StoredPart,
} from "../../ports/memory-rows.ts";
import { type CosineScale, seenCosine } from "../../search/ranking/cosine-scale.ts";
import {
  compareOrdered,
  type Evidence,
  evidenceOf,
  keepOrder,
  type Ordered,
  shareAmong,
} from "../../search/ranking/evidence.ts";
import {
  type NoteParameters,
  noteScale,
  notes,
  turns,
} from "../../search/ranking/ranking-parameters.ts";

/** A row that was found, with what speaks for it. */
export interface RankedRow extends Ordered {
  rowId: number;
  /** The best one. */
  partId: number;
  /** What the number of its parts takes off, and what its neighbours give. */
  length: number;
  context: number;
  /** BM25 of the part; undefined: it has no word of the query that tells anything. */
  bm25: number | undefined;
}

/** The question as its model sees it. */
export interface AskedByMeaning {
  /** Undefined: there is no model, or it cannot read the question. */
  vector: Float32Array | undefined;
  /** Of the model's cosines. */
  scale: CosineScale;
}

export interface Gathered {
  ranked: RankedRow[];
  /** Words of the query, common ones left out. */
  terms: number;
}

/** A turn of more characters (UTF-16 units) stands by itself. */
const shortTurn = 500;
/** Of the words that only the turn before has, so much counts. */
const wordsOfTurnBefore = 0.7;
/** Part of what speaks for the better neighbour, above `nothing`, that a turn gets. */
const turnContext = 0.25;
/** Evidence of what has nothing to do with the query. */
const nothing = noteScale.middle - noteScale.width * Math.log(4);

export function gatherEvidence(
  store: Pick<MemoryStore, "rows" | "words" | "vectors">,
  query: string,
  allowed: AllowedRows,
  words: readonly PartHit[],
  meaning: readonly PartHit[],
  { vector, scale }: AskedByMeaning,
): Gathered {
  const found = new Set([...words, ...meaning].map(({ rowId }) => rowId));
  const beside = neighboursOf(allowed, found);
  const whole = partsOf(store.rows, new Set([...found, ...beside.keys()]));
  const around = onlyShort(beside, whole);
  // Of rows that were found the parts that were; of their neighbours the only one.
  const hits = new Map([...words, ...meaning].map(({ partId, rowId }) => [partId, rowId]));
  for (const rowId of around.keys()) {
    for (const { partId } of whole.get(rowId) ?? []) hits.set(partId, rowId);
  }
  const partIds = [...hits.keys()];
  const { marks, weights, scores } = store.words.marks(query, partIds, allowed);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const cosines = vector === undefined ? undefined : store.vectors.cosines(vector, partIds);
  const marksOf = new Map(partIds.map((partId, at) => [partId, marks[at] as Uint8Array]));
  const before = (rowId: number): Uint8Array | undefined => {
    const previous = around.get(rowId)?.before;
    const part = previous === undefined ? undefined : whole.get(previous)?.[0];
    return part && marksOf.get(part.partId);
  };

  const best = new Map<number, RankedRow>();
  for (const [at, partId] of partIds.entries()) {
    const rowId = hits.get(partId) as number;
    const parameters = parametersOf(allowed.kindOf(rowId));
    const share = shareAmong(parameters.share, allowed.count);
    const own = marks[at] as Uint8Array;
    const score = scores[at] as number;
    const cosine = seenCosine(scale, cosines?.[at] ?? Number.NaN);
    const evidence: Evidence = {
      meaning: Number.isNaN(cosine) ? undefined : cosine,
      share: shareOf(own, before(rowId), weights, total),
      words: total === 0 ? 0 : score / total,
    };
    const length = parameters.parts * Math.log(whole.get(rowId)?.length ?? 1);
    const one: RankedRow = {
      rowId,
      partId,
      evidence,
      score: evidenceOf(evidence, { ...parameters, share }) - length,
      length,
      context: 0,
      bm25: score === 0 ? undefined : score,
    };
    const known = best.get(rowId);
    if (known === undefined || compareOrdered(one, known) < 0) best.set(rowId, one);
  }
  const ranked = [...best.values()];
  keepOrder(ranked);
  addContext(best, around);
  // Of what is worth the same, the newer first.
  ranked.sort((a, b) => compareOrdered(a, b) || b.rowId - a.rowId);
  return { ranked, terms: weights.length };
}

function parametersOf(kind: MemoryKind | undefined): NoteParameters {
  return kind === "turn" ? turns : notes;
}

/** Of the query's words, those that a part has; and in part those that only the turn before has. */
function shareOf(
  own: Uint8Array,
  before: Uint8Array | undefined,
  weights: Float64Array,
  total: number,
): number {
  if (total === 0) return 0;
  let sum = 0;
  for (const [at, weight] of weights.entries()) {
    if (own[at] === 1) sum += weight;
    else if (before?.[at] === 1) sum += weight * wordsOfTurnBefore;
  }
  return sum / total;
}

interface Neighbours {
  before: number | undefined;
  after: number | undefined;
}

/** Of turns that were found, and of those beside them: who stands before and after. */
function neighboursOf(allowed: AllowedRows, found: ReadonlySet<number>): Map<number, Neighbours> {
  const beside = new Map<number, Neighbours>();
  const look = (rowId: number): Neighbours | undefined => {
    if (allowed.kindOf(rowId) !== "turn") return undefined;
    const { before, after } = allowed.around(rowId, 1);
    const isTurn = (id: number | undefined): id is number =>
      id !== undefined && allowed.kindOf(id) === "turn";
    const [previous] = before;
    const [next] = after;
    const both = {
      before: isTurn(previous) ? previous : undefined,
      after: isTurn(next) ? next : undefined,
    };
    beside.set(rowId, both);
    return both;
  };
  for (const rowId of found) {
    const both = look(rowId);
    for (const other of [both?.before, both?.after]) {
      if (other !== undefined && !beside.has(other)) look(other);
    }
  }
  return beside;
}

function partsOf(table: MemoryTable, rowIds: ReadonlySet<number>): Map<number, StoredPart[]> {
  const parts = new Map<number, StoredPart[]>();
  for (const part of table.parts([...rowIds])) {
    const known = parts.get(part.rowId);
    if (known === undefined) parts.set(part.rowId, [part]);
    else known.push(part);
  }
  return parts;
}

/** Long turns stand by themselves. */
function onlyShort(
  beside: ReadonlyMap<number, Neighbours>,
  whole: ReadonlyMap<number, readonly StoredPart[]>,
): Map<number, Neighbours> {
  const isShort = (rowId: number): boolean => {
    const parts = whole.get(rowId) ?? [];
    const [first] = parts;
    return parts.length === 1 && first !== undefined && first.end - first.start <= shortTurn;
  };
  const short = (rowId: number | undefined): number | undefined =>
    rowId !== undefined && isShort(rowId) ? rowId : undefined;
  return new Map(
    [...beside]
      .filter(([rowId]) => isShort(rowId))
      .map(([rowId, { before, after }]) => [rowId, { before: short(before), after: short(after) }]),
  );
}

function addContext(
  best: ReadonlyMap<number, RankedRow>,
  around: ReadonlyMap<number, Neighbours>,
): void {
  const alone = new Map([...best].map(([rowId, { score }]) => [rowId, score]));
  const above = (rowId: number | undefined): number =>
    rowId === undefined ? 0 : Math.max(0, (alone.get(rowId) ?? nothing) - nothing);
  for (const [rowId, { before, after }] of around) {
    const one = best.get(rowId);
    if (one === undefined) continue;
    one.context = turnContext * Math.max(above(before), above(after));
    one.score += one.context;
  }
}
