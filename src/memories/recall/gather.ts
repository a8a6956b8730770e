/*
 * Says of each row that words or vectors found what speaks for it: by its best part, of all it has. Turns of a conversation
 * have the words of the turn before them too, in part, and get some of what speaks for those beside them (turns.ts).
 */
import type { MemoryKind } from "../../ports/memories.ts";
import {
  type AllowedRows,
  type MemoryMarks,
  type MemoryStore,
  type MemoryTable,
  type PartHit,
  type StoredPart,
  toldAt,
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
  notes,
  turnContext,
  turns,
} from "../../search/ranking/ranking-parameters.ts";
import { type AskedTimes, meeting } from "../time/asked-times.ts";
import { contextOf, onlyShort, turnsBeside } from "./turns.ts";

/** A row that was found, with what speaks for it. */
export interface RankedRow extends Ordered {
  rowId: number;
  /** The best one. */
  partId: number;
  /** What words side by side give, what the number of its parts takes off, and what its neighbours give. */
  phrase: number;
  length: number;
  context: number;
  /** How well it meets the times that are asked for, 0 to 1. */
  met: number;
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

/** What was found, by any route. */
export interface Candidates {
  words: readonly PartHit[];
  meaning: readonly PartHit[];
  /** Rows of the times that are asked for. */
  dated: readonly number[];
}

export interface Gathered {
  ranked: RankedRow[];
  /** Words of the query, common ones left out. */
  terms: number;
}

/** Of a row with more parts only those that were found are looked at. */
const mostParts = 24;

export function gatherEvidence(
  store: Pick<MemoryStore, "rows" | "words" | "vectors">,
  query: string,
  allowed: AllowedRows,
  { words, meaning, dated }: Candidates,
  { vector, scale }: AskedByMeaning,
  times?: AskedTimes,
): Gathered {
  const found = new Set([...words, ...meaning].map(({ rowId }) => rowId));
  for (const rowId of dated) found.add(rowId);
  const beside = turnsBeside(allowed, found);
  const whole = partsOf(store.rows, new Set([...found, ...beside.keys()]));
  const around = onlyShort(beside, whole);
  const hits = new Map([...words, ...meaning].map(({ partId, rowId }) => [partId, rowId]));
  for (const rowId of new Set([...found, ...around.keys()])) {
    const own = whole.get(rowId) ?? [];
    if (own.length <= mostParts) for (const { partId } of own) hits.set(partId, rowId);
  }
  const partIds = [...hits.keys()];
  const marks = store.words.marks(query, partIds, allowed);
  const worth = worthOf(marks.weights);
  const cosines = vector === undefined ? undefined : store.vectors.cosines(vector, partIds);
  const placeOf = new Map(partIds.map((partId, at) => [partId, at]));
  const before = (rowId: number): Uint8Array | undefined => {
    const previous = around.get(rowId)?.before;
    const part = previous === undefined ? undefined : whole.get(previous)?.[0];
    return part && marks.marks[placeOf.get(part.partId) as number];
  };

  const rest = times && store.words.marks(times.rest, partIds, allowed);
  const worthOfRest = rest && worthOf(rest.weights);
  const meetings = times && meetingsOf(store.rows, times, new Set(hits.values()));
  const best = new Map<number, RankedRow>();
  for (const [at, partId] of partIds.entries()) {
    const rowId = hits.get(partId) as number;
    const parameters = parametersOf(allowed.kindOf(rowId));
    const share = shareAmong(parameters.share, allowed.count);
    const score = marks.scores[at] as number;
    const cosine = seenCosine(scale, cosines?.[at] ?? Number.NaN);
    const met = meetings?.get(rowId) ?? 0;
    let ownShare = shareOf(marks.marks[at] as Uint8Array, before(rowId), worth);
    if (rest !== undefined && worthOfRest !== undefined && met > 0) {
      // What meets a time has the words for it.
      const shareOfRest = shareOf(rest.marks[at] as Uint8Array, undefined, worthOfRest);
      ownShare += met * Math.max(0, shareOfRest - ownShare);
    }
    const evidence: Evidence = {
      meaning: Number.isNaN(cosine) ? undefined : cosine,
      share: ownShare,
      words: worth.total === 0 ? 0 : score / worth.total,
    };
    const phrase = parameters.phrase * phraseOf(marks.besides[at] as Uint8Array, worth);
    const length = parameters.parts * Math.log(whole.get(rowId)?.length ?? 1);
    const one: RankedRow = {
      rowId,
      partId,
      evidence,
      score: evidenceOf(evidence, { ...parameters, share }) + phrase - length,
      phrase,
      length,
      context: 0,
      met,
      bm25: score === 0 ? undefined : score,
    };
    const known = best.get(rowId);
    if (known === undefined || compareOrdered(one, known) < 0) best.set(rowId, one);
  }
  const ranked = [...best.values()];
  keepOrderOf(ranked);
  const alone = new Map(ranked.map(({ rowId, score }) => [rowId, score]));
  for (const [rowId, context] of contextOf(alone, around)) {
    const one = best.get(rowId);
    if (one === undefined) continue;
    one.context = context;
    one.score += context;
  }
  // Of what is worth the same, the newer first.
  ranked.sort((a, b) => compareOrdered(a, b) || b.rowId - a.rowId);
  return { ranked, terms: marks.weights.length };
}

function meetingsOf(
  rows: MemoryTable,
  times: AskedTimes,
  rowIds: ReadonlySet<number>,
): Map<number, number> {
  const found = rows.get([...rowIds]);
  return new Map(found.map((row) => [row.rowId, meeting(times, toldAt(row), row.text)]));
}

/** As keepOrder(): what has more parts, and no more than that, need not stand before another. */
function keepOrderOf(ranked: readonly RankedRow[]): void {
  const compared = ranked.map(({ evidence, phrase, length, score }) => {
    const meaning = evidence.meaning === undefined ? undefined : evidence.meaning + phrase - length;
    return { evidence: { ...evidence, meaning }, score };
  });
  keepOrder(compared);
  for (const [at, one] of ranked.entries()) one.score = (compared[at] as Ordered).score;
}

function parametersOf(kind: MemoryKind | undefined): NoteParameters {
  return kind === "turn" ? turns : notes;
}

/** What each word of the query is worth, all together, and all that stand behind another. */
interface Worth {
  weights: Float64Array;
  total: number;
  pairs: number;
}

function worthOf(weights: MemoryMarks["weights"]): Worth {
  let total = 0;
  let pairs = 0;
  for (const [at, weight] of weights.entries()) {
    total += weight;
    if (at > 0) pairs += (weight + (weights[at - 1] as number)) / 2;
  }
  return { weights, total, pairs };
}

/** Of the query's words, those that a part has; and in part those that only the turn before has. */
function shareOf(
  own: Uint8Array,
  before: Uint8Array | undefined,
  { weights, total }: Worth,
): number {
  if (total === 0) return 0;
  let sum = 0;
  for (const [at, weight] of weights.entries()) {
    if (own[at] === 1) sum += weight;
    else if (before?.[at] === 1) sum += weight * turnContext.words;
  }
  return sum / total;
}

/** 0 to 1: of the query's words that stand behind another, those that stand beside it in the part as well. */
function phraseOf(besides: Uint8Array, { weights, pairs }: Worth): number {
  if (pairs === 0) return 0;
  let sum = 0;
  for (let at = 1; at < weights.length; at += 1) {
    if (besides[at] === 1) sum += ((weights[at] as number) + (weights[at - 1] as number)) / 2;
  }
  return sum / pairs;
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
