/*
 * The model of ranking. What speaks for a text is counted on scales that mean the same for every question, every
 * list and every store:
 *
 *   meaning   the cosine of its vector with the question's
 *   share     part of the question's words that it has, each counted by how rare it is, 0 to 1
 *   words     its BM25: of a chunk how far it stands above the list's last, in spreads of the list, up to 8; of a memory
 *             as part of what the question's words could give, which parts memories with equal shares
 *
 * evidence = meaning + a × share^p + b × words + c × share⁸, with a, b, c and p of ranking-parameters.ts. Two texts are told apart by what
 * each of them has, not by what else a list happens to hold: where scores are relative to their list, one common word
 * that three of fifty notes share says more than the only right vector. And because evidence is not relative, it says
 * how well a text answers: relevance().
 *
 * No candidate comes behind one that it beats in all of them: keepOrder().
 */

/** What speaks for one text. */
export interface Evidence {
  /** Cosine, less what crowding takes off; undefined: it has no vector, or the model cannot read the question. */
  meaning: number | undefined;
  /** 0 to 1. */
  share: number;
  /** 0 where it has none of the words. */
  words: number;
}

/** What share and words are worth, in cosines. */
export interface EvidenceWeights {
  share: number;
  /** Shares are raised to this: above 1 a small part of the words says less than its size. Default 1. */
  power?: number | undefined;
  words: number;
  /** What having every word is worth besides: next to nothing is left of it where a tenth of the share is missing. */
  whole: number;
  /** What stands in for a cosine that is not known: what a text of that share mostly has. */
  usual: { least: number; perShare: number };
}

const wholePower = 8;

/** Among few texts, and among many. */
export interface ShareWorth {
  few: number;
  many: number;
}

const few = 60;
const many = 1_500;

/**
 * What having all words of the question is worth, in cosines, among so many texts. The more there are, the more are
 * near in meaning by chance, while a rare word says as much as ever: on sets of 60 notes the best value is .2, on 1,500
 * turns or abstracts .6, between them it grows with the logarithm.
 */
export function shareAmong(worth: ShareWorth, texts: number): number {
  const part = Math.log(Math.max(1, texts) / few) / Math.log(many / few);
  return worth.few + (worth.many - worth.few) * Math.max(0, Math.min(1, part));
}

/** In cosines: about 0 for what has nothing to do with the question, above 1 for its very words. */
export function evidenceOf({ meaning, share, words }: Evidence, weights: EvidenceWeights): number {
  const { least, perShare } = weights.usual;
  const shared = weights.power === undefined ? share : share ** weights.power;
  const known = meaning ?? least + perShare * share;
  return known + weights.share * shared + weights.words * words + wholeOf(share, weights.whole);
}

/** @param worth of having every word of the question */
export function wholeOf(share: number, worth: number): number {
  return worth * share ** wholePower;
}

/** Where evidence is worth .5, and how fast it goes to 0 and 1 around that. */
export interface RelevanceScale {
  middle: number;
  width: number;
  /** Long questions have words that no answer repeats: so much of the evidence is made up, per e-fold of words. */
  perWords: number;
}

/** Relevance from which on a text is shown: see docs/search.md for what it keeps and what it loses. */
export const floor = 0.2;

/**
 * Share from which on a text has the telling words. On the twelve sets of notes .35 and above let no question through that
 * has no answer, .25 does.
 */
const telling = 0.5;

const mostForWords = 0.1;
/** A question of so many words gets nothing. */
const usualWords = 3;

/**
 * How well a text answers, 0 to 1, for whatever question: .5 is as often right as wrong, below the floor it is
 * next to never right.
 *
 * What has the telling words of the question is what a reader of these words looks for, however far its meaning seems: it
 * is near enough always.
 *
 * @param words of the question, common ones left out
 * @param share of these, see Evidence
 */
export function relevance(
  evidence: number,
  words: number,
  scale: RelevanceScale,
  share = 0,
): number {
  const least = share >= telling ? floor : 0;
  return Math.max(least, curve(evidence, words, scale));
}

function curve(evidence: number, words: number, scale: RelevanceScale): number {
  const madeUp = scale.perWords * Math.log(Math.max(1, words) / usualWords);
  const bounded = Math.max(-mostForWords, Math.min(mostForWords, madeUp));
  return 1 / (1 + Math.exp(-(evidence + bounded - scale.middle) / scale.width));
}

export interface Ordered {
  evidence: Evidence;
  score: number;
}

/**
 * Raises the score of a candidate to that of the best one which it beats by words, by their share and by meaning, so
 * that it stands before it. Order with compareOrdered().
 */
export function keepOrder(candidates: readonly Ordered[]): void {
  const raised = candidates.map((one) => {
    let most = one.score;
    for (const other of candidates) {
      if (other.score > most && beats(one.evidence, other.evidence)) most = other.score;
    }
    return most;
  });
  for (const [at, one] of candidates.entries()) one.score = raised[at] as number;
}

/** Best first; of equal scores the one with more of everything. */
export function compareOrdered(a: Ordered, b: Ordered): number {
  return b.score - a.score || total(b.evidence) - total(a.evidence);
}

/**
 * As good in each of the three, and better in one. What has every word and no vector yet is not held to be far in
 * meaning: who asks for a text just written in its own words would find its older likes alone.
 */
function beats(one: Evidence, other: Evidence): boolean {
  const isWaiting = one.meaning === undefined && one.share > 1 - 1e-9;
  const meaning = isWaiting ? 0 : known(one) - known(other);
  const words = one.words - other.words;
  const share = one.share - other.share;
  return meaning >= 0 && words >= 0 && share >= 0 && meaning + words + share > 0;
}

function total(evidence: Evidence): number {
  return known(evidence) + evidence.words + evidence.share;
}

function known({ meaning }: Evidence): number {
  return meaning ?? -1;
}
