/* From which relevance on a memory is shown. */
import { floor } from "../../search/ranking/evidence.ts";
import { noteScale } from "../../search/ranking/ranking-parameters.ts";

/** A longer text has more in it than what is asked for, and comes less near to the question, right or wrong. */
const usualLength = 150;
const longest = 400;
/** In cosines, per e-fold of length. */
const perLength = 0.05;

/**
 * Relevance, 0 to 1: that of the code's floor up to 150 characters (UTF-16 units), less for longer texts. Seen on the learn
 * split of our own sets (bench/quality/recall.ts): of meeting notes of 360 characters the floor for all hid .22 of the answers
 * and let .01 of the questions on other topics through; of texts of 70, .09 and .06.
 */
export function floorOf(length: number): number {
  const efolds = Math.log(Math.max(usualLength, Math.min(longest, length)) / usualLength);
  const odds = (floor / (1 - floor)) * Math.exp((-perLength * efolds) / noteScale.width);
  return odds / (1 + odds);
}
