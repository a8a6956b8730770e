/*
 * Files about a project (licences, changelogs, lock files) that a question does not ask for: they answer a little of
 * everything, and fill ten hits up behind the one that answers.
 */
import { asidePrior } from "./priors.ts";
import type { RankedChunk } from "./rank.ts";

/** Right as often as wrong. */
const answers = 0.5;

type Judged = Pick<RankedChunk, "relevance" | "parts">;

function isUnasked({ parts }: Judged): boolean {
  return (parts.path ?? 0) <= asidePrior;
}

/** Without what nobody asked for, where something else answers, or answers as well; the same order. */
export function withoutUnasked(near: readonly RankedChunk[]): RankedChunk[] {
  const best = bestOther(near);
  return near.filter((one) => !isBehind(one, best));
}

/** Left out of a list by withoutUnasked(). */
export function isLeftOut(one: Judged, ranked: readonly Judged[]): boolean {
  return isBehind(one, bestOther(ranked));
}

function isBehind(one: Judged, best: number): boolean {
  return isUnasked(one) && best >= Math.min(answers, one.relevance);
}

/** Best relevance among what is asked for; 0 when nothing is. */
function bestOther(ranked: readonly Judged[]): number {
  return ranked.reduce((most, one) => (isUnasked(one) ? most : Math.max(most, one.relevance)), 0);
}
