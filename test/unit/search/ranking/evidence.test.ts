import { describe, expect, it } from "vitest";
import {
  compareOrdered,
  type Evidence,
  evidenceOf,
  floor,
  keepOrder,
  relevance,
  shareAmong,
} from "../../../../src/search/ranking/evidence.ts";
import {
  chunkParameters,
  chunkScale,
  noteScale,
  notes,
  parametersFor,
} from "../../../../src/search/ranking/ranking-parameters.ts";
import { seededRandom } from "../../../helpers/temp-tree.ts";

const weights = { share: 0.45, words: 0.1, whole: 0, usual: { least: 0.1, perShare: 0.4 } };

describe("evidence", () => {
  it("is the same for the same text, whatever else there is", () => {
    const one = { meaning: 0.5, share: 0.5, words: 0.2 };
    expect(evidenceOf(one, weights)).toBeCloseTo(0.5 + 0.225 + 0.02);
  });

  it("takes what texts of that share mostly have for a cosine that is not known", () => {
    const known = { meaning: undefined, share: 0.5, words: 0 };
    expect(evidenceOf(known, weights)).toBeCloseTo(0.3 + 0.225);
  });
});

describe("relevance", () => {
  it("goes from 0 to 1 with the evidence, and is a half in the middle", () => {
    expect(relevance(noteScale.middle, 3, noteScale)).toBeCloseTo(0.5);
    expect(relevance(0, 3, noteScale)).toBeLessThan(floor / 2);
    expect(relevance(1.2, 3, noteScale)).toBeGreaterThan(0.9);
    expect(relevance(9, 3, noteScale)).toBeLessThanOrEqual(1);
    // Whoever asks for words wants to see where they stand, with filling words beside them too.
    expect(relevance(0, 3, noteScale, 0.6)).toBe(floor);
    expect(relevance(0, 3, noteScale, 1)).toBe(floor);
    expect(relevance(0, 3, noteScale, 0.4)).toBeLessThan(floor / 2);
  });

  it("makes up for the words of a long question that no answer repeats, within bounds", () => {
    const of = (words: number): number => relevance(0.4, words, noteScale);
    expect(of(8)).toBeGreaterThan(of(3));
    expect(of(64)).toBe(of(1_000));
    expect(of(1)).toBeLessThan(of(3));
    expect(of(0)).toBe(of(1));
  });

  it("keeps what words alone have found, and loses what nothing speaks for", () => {
    // Without a vector: all, half and none of the words.
    const of = (share: number): number =>
      relevance(
        evidenceOf({ meaning: undefined, share, words: 0 }, { ...notes, share: notes.share.many }),
        4,
        noteScale,
      );
    expect(of(1)).toBeGreaterThan(0.7);
    expect(of(0.5)).toBeGreaterThan(floor);
    expect(of(0)).toBeLessThan(floor);
  });
});

describe("the words of a question", () => {
  it("are worth more among many texts than among few, within bounds", () => {
    const of = (texts: number): number => shareAmong({ few: 0.2, many: 0.6 }, texts);
    expect(of(0)).toBe(0.2);
    expect(of(60)).toBe(0.2);
    expect(of(300)).toBeCloseTo(0.4, 1);
    expect(of(1_500)).toBeCloseTo(0.6);
    expect(of(1_000_000)).toBeCloseTo(0.6);
  });
});

describe("order", () => {
  it("never puts a candidate before one that beats it by words and by meaning (recall put the second best first)", () => {
    const random = seededRandom(7);
    for (let round = 0; round < 300; round += 1) {
      const candidates = Array.from({ length: 2 + Math.floor(random() * 30) }, () => {
        const evidence: Evidence = {
          meaning: random() < 0.1 ? undefined : random(),
          share: random(),
          words: Math.floor(random() * 4) / 4,
        };
        // Whatever else moved the score.
        return { evidence, score: evidenceOf(evidence, weights) + random() - 0.5 };
      });
      keepOrder(candidates);
      candidates.sort(compareOrdered);
      for (const [at, later] of candidates.entries()) {
        for (const earlier of candidates.slice(0, at)) {
          const beats =
            (later.evidence.meaning ?? -1) > (earlier.evidence.meaning ?? -1) &&
            later.evidence.words > earlier.evidence.words &&
            later.evidence.share > earlier.evidence.share;
          expect(beats).toBe(false);
        }
      }
    }
  });

  it("does not put a text just written, whose vector is still to come, behind all that are like it", () => {
    // Kind of report: writers were killed before the vector was made, and recall in the very words gave twenty others.
    const like = Array.from({ length: 30 }, (_, at) => {
      const evidence = { meaning: 0.95 - at / 1000, share: 0.9, words: 0.8 };
      return { evidence, score: evidenceOf(evidence, weights) };
    });
    const evidence = { meaning: undefined, share: 1, words: 1 };
    const written = { evidence, score: evidenceOf(evidence, weights) };
    const others = { meaning: undefined, share: 0.5, words: 1 };
    const partly = { evidence: others, score: evidenceOf(others, weights) };
    const all = [...like, written, partly];
    keepOrder(all);
    all.sort(compareOrdered);
    expect(all.indexOf(written)).toBeLessThan(2);
    expect(all.indexOf(partly)).toBe(31);
  });
});

describe("parameters", () => {
  it("are read off the query and the candidates", () => {
    const of = (lookupShare: number, codeShare: number, isStatic = false) =>
      parametersFor({ lookupShare, codeShare, isStatic });
    expect(of(0, 0)).toEqual(chunkParameters.prose);
    expect(of(1, 0)).toEqual(chunkParameters.prose);
    expect(of(0, 1)).toEqual(chunkParameters.code);
    expect(of(1, 1)).toEqual(chunkParameters.names);
    expect(of(0, 1, true)).toEqual(chunkParameters.staticCode);
    expect(of(0, 0.5).share.many).toBeCloseTo(
      (chunkParameters.prose.share.many + chunkParameters.code.share.many) / 2,
    );
  });

  it("scale the relevance of code by itself", () => {
    const inCode = chunkScale({ codeShare: 1 });
    expect(relevance(0.3, 3, inCode)).toBeLessThan(relevance(0.3, 3, chunkScale({ codeShare: 0 })));
    expect(relevance(0.72, 3, inCode)).toBeGreaterThan(0.85);
  });
});
