/*
 * The few numbers of the model of ranking (evidence.ts), each beside what it was learnt on. Learnt by
 * bench/quality/learn.ts and bench/quality/learn-notes.ts on several kinds of text at once, by MRR and recall@10; around the
 * values here the figures are flat.
 *
 * prose       documents found as files: Cranfield (odd topics), turns of LoCoMo (dev)
 * code        CoSQA (dev), and on the learn split of bench/quality/own doc comments to functions in eleven languages, phrases out
 *             of comments, Debian's patches to files: a share of .2 gives own sets .01 to .03 and takes .025 off CoSQA, so it
 *             stays at 0 (docs/decisions/0154); the worth of a whole question besides by the same sets: .3 gives
 *             phrases .03 and takes .004 off CoSQA, .4 twice that
 * together    Django's commit subjects to files (222), CoSQA, Cranfield: .03 to .08 are flat; CoSQA loses from .08 on
 * names       a name or one or two words, among code: not learnt; words count as much as they did before
 * statics     the same where the static model has made the vectors, among prose and among code
 * notes       memories of every kind: twelve sets of short notes (bench/memories/notes), short facts, DevBench, and the
 *             facts, meeting notes and pooled facts that bench/quality/own makes
 * turns       memories that are turns of a conversation: LoCoMo (dev), BEAM 1-6, chats and turns of bench/quality/own
 *             (both by bench/quality/learn-notes.ts, docs/decisions/0151)
 */
import type { EvidenceWeights, RelevanceScale, ShareWorth } from "./evidence.ts";

/** How chunks are ranked. */
export interface ChunkParameters extends Omit<EvidenceWeights, "share"> {
  share: ShareWorth;
  /** Part of a candidate's likeness to its ten nearest candidates, above the mean of all, that is taken off. */
  crowding: number;
  /** Part of a score that comes from the candidates nearest to it, 0 to 1. */
  agreement: number;
  /** How much worse other chunks of a file may be and still speak for it, in cosines (by-file.ts). */
  together: number;
}

const usualProse = { least: 0.25, perShare: 0.25 };
const usualCode = { least: 0.33, perShare: 0.37 };

export const chunkParameters = {
  prose: {
    share: { few: 0.2, many: 0.6 },
    whole: 0,
    words: 0.03,
    crowding: 0,
    agreement: 0.4,
    together: 0.04,
    usual: usualProse,
  },
  code: {
    share: { few: 0, many: 0 },
    whole: 0.3,
    words: 0.008,
    crowding: 0.25,
    agreement: 0.25,
    together: 0.04,
    usual: usualCode,
  },
  names: {
    share: { few: 0.3, many: 0.3 },
    whole: 0,
    words: 0.03,
    crowding: 0.1,
    agreement: 0.2,
    together: 0.01,
    usual: usualCode,
  },
  staticProse: {
    share: { few: 0.3, many: 0.7 },
    whole: 0,
    words: 0.02,
    crowding: 0,
    agreement: 0.2,
    together: 0.04,
    usual: usualProse,
  },
  staticCode: {
    share: { few: 0.2, many: 0.2 },
    whole: 0,
    words: 0.01,
    crowding: 0,
    agreement: 0.2,
    together: 0.04,
    usual: usualCode,
  },
} satisfies Record<string, ChunkParameters>;

export type ChunkParameterTable = Record<keyof typeof chunkParameters, ChunkParameters>;

/** What the numbers are chosen by. 0 to 1 each. */
export interface QueryTraits {
  /** How much the query looks a thing up by name instead of describing it. */
  lookupShare: number;
  /** Share of code, as opposed to prose, among the best candidates of both lists. */
  codeShare: number;
  /** True when the static model made the vectors. */
  isStatic: boolean;
}

export function parametersFor(
  { lookupShare, codeShare, isStatic }: QueryTraits,
  table: ChunkParameterTable = chunkParameters,
): ChunkParameters {
  if (isStatic) return between(table.staticProse, table.staticCode, codeShare);
  return between(table.prose, between(table.code, table.names, lookupShare), codeShare);
}

function between(none: ChunkParameters, all: ChunkParameters, part: number): ChunkParameters {
  const mix = (a: number, b: number): number => (1 - part) * a + part * b;
  return {
    share: { few: mix(none.share.few, all.share.few), many: mix(none.share.many, all.share.many) },
    whole: mix(none.whole, all.whole),
    words: mix(none.words, all.words),
    crowding: mix(none.crowding, all.crowding),
    agreement: mix(none.agreement, all.agreement),
    together: mix(none.together, all.together),
    usual: {
      least: mix(none.usual.least, all.usual.least),
      perShare: mix(none.usual.perShare, all.usual.perShare),
    },
  };
}

/** How memories are ranked. */
export interface NoteParameters extends Omit<EvidenceWeights, "share"> {
  share: ShareWorth;
  /** Words of the question that stand side by side in the text as well, each counted by how rare it is: all of them. */
  phrase: number;
  /** Taken off per e-fold of parts: the best of many parts is good by chance. */
  parts: number;
}

/** What turns have of the turns beside them, when both are short. */
export interface TurnContext {
  /** Of the words that only the turn before has, so much counts. */
  words: number;
  /** Part of what speaks for the better of the two beside it, and of the two behind these. */
  next: number;
  second: number;
}

const usualNote = { least: 0.1, perShare: 0.5 };

export const notes: NoteParameters = {
  share: { few: 0.15, many: 0.15 },
  power: 1.2,
  whole: 0,
  words: 0.02,
  phrase: 0.03,
  parts: 0.05,
  usual: usualNote,
};
export const turns: NoteParameters = {
  share: { few: 0.3, many: 0.8 },
  power: 1.25,
  whole: 0,
  words: 0.05,
  phrase: 0.15,
  parts: 0.1,
  usual: usualNote,
};
export const turnContext: TurnContext = { words: 0.7, next: 0.3, second: 0.15 };

export const noteScale: RelevanceScale = { middle: 0.57, width: 0.2, perWords: 0.1 };
const proseScale: RelevanceScale = { middle: 0.57, width: 0.2, perWords: 0.1 };
const codeScale: RelevanceScale = { middle: 0.5, width: 0.1, perWords: 0 };

export function chunkScale({ codeShare }: Pick<QueryTraits, "codeShare">): RelevanceScale {
  const mix = (a: number, b: number): number => (1 - codeShare) * a + codeShare * b;
  return {
    middle: mix(proseScale.middle, codeScale.middle),
    width: mix(proseScale.width, codeScale.width),
    perWords: mix(proseScale.perWords, codeScale.perWords),
  };
}
