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

/** Whether something else answers, so that what nobody asked for need not be shown. */
export function hasAnswer(ranked: readonly Judged[]): boolean {
  return ranked.some((one) => !isUnasked(one) && one.relevance >= answers);
}

/** Without what nobody asked for, where something else answers; the same order. */
export function withoutUnasked(near: readonly RankedChunk[]): RankedChunk[] {
  return hasAnswer(near) ? near.filter((one) => !isUnasked(one)) : [...near];
}

/** Left out of a list by withoutUnasked(). */
export function isLeftOut(one: Judged, ranked: readonly Judged[]): boolean {
  return isUnasked(one) && hasAnswer(ranked);
}
