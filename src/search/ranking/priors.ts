import { type Aside, asideOf, asksForAside } from "../../base/paths/asides.ts";
import { pathTraits } from "../../base/paths/path-traits.ts";

/**
 * What is taken off a score, in cosines: enough to let source pass what scores about the same, too little to hide the
 * only good hit.
 */
const testPrior = -0.03;
const generatedPrior = -0.045;
const vendoredPrior = -0.06;

/**
 * More than of tests: an entry that says a question word for word is .14 nearer
 * to it than the code that is asked for, and has all of its words besides, which is worth .2.
 */
const asidePriors: Readonly<Record<Aside, number>> = {
  changelog: -0.3,
  lock: -0.3,
  licence: -0.3,
};

const asksForTests = /\b(tests?|testing|specs?|fixtures?|mocks?|benchmarks?|examples?)\b/i;

/** @returns 0 or less */
export function pathPrior(path: string, query: string): number {
  const { isTest, isGenerated, isVendored } = pathTraits(path);
  if (isVendored) return vendoredPrior;
  if (isGenerated) return generatedPrior;
  if (isTest && !asksForTests.test(query)) return testPrior;
  const aside = asideOf(path);
  return aside === undefined || asksForAside(aside, path, query) ? 0 : asidePriors[aside];
}
