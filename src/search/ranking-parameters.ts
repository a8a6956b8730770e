/*
 * The few numbers of the model of ranking (evidence.ts), each beside what it was learnt on. Learnt by
 * bench/quality/learn.ts and bench/quality/notes.ts on several kinds of text at once, by MRR and recall@10; around the
 * values here the figures are flat.
 *
 * prose       documents found as files: Cranfield (odd topics), turns of LoCoMo (dev)
 * code        descriptions of functions: CoSQA (dev)
 * names       a name or one or two words, among code: not learnt; words count as much as they did before
 * statics     the same where the static model has made the vectors, among prose and among code
 * notes       memories of every kind: twelve sets of short notes (bench/quality/notes), DevBench, chats (BEAM 1-6)
 * turns       memories that are turns of a conversation: LoCoMo (dev), BEAM 1-6
 */
import type { EvidenceWeights, RelevanceScale } from "./evidence.ts";

/** How chunks are ranked. */
export interface ChunkParameters extends EvidenceWeights {
  /** Part of a candidate's likeness to its ten nearest candidates, above the mean of all, that is taken off. */
  crowding: number;
  /** Part of a score that comes from the candidates nearest to it, 0 to 1. */
  agreement: number;
}

export const prose: ChunkParameters = { share: 0.45, words: 0.4, crowding: 0, agreement: 0.5 };
export const code: ChunkParameters = { share: 0, words: 0.1, crowding: 0.35, agreement: 0.2 };
export const names: ChunkParameters = { share: 0.3, words: 0.3, crowding: 0.1, agreement: 0.2 };
export const staticProse: ChunkParameters = { share: 0.8, words: 0.1, crowding: 0, agreement: 0.3 };
export const staticCode: ChunkParameters = { share: 0.4, words: 0.1, crowding: 0, agreement: 0.2 };

/** How memories are ranked. */
export interface NoteParameters extends EvidenceWeights {
  /** Taken off per e-fold of parts: the best of many parts is good by chance. */
  parts: number;
}

export const notes: NoteParameters = { share: 0.45, words: 0.05, parts: 0.05 };
export const turns: NoteParameters = { share: 0.6, words: 0.05, parts: 0.1 };

export const noteScale: RelevanceScale = { middle: 0.59, width: 0.2 };
export const proseScale: RelevanceScale = { middle: 0.57, width: 0.2 };
export const codeScale: RelevanceScale = { middle: 0.5, width: 0.1 };
