import { type Aside, asideOf, asksForAside } from "../../base/paths/asides.ts";
import { pathTraits } from "../../base/paths/path-traits.ts";
import type { NameCandidate, SymbolRow } from "../../ports/symbols.ts";

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

/** What a definition with the query's name adds, in cosines, by how the name was met. */
const nameBonus: Readonly<Record<NameCandidate["match"], number>> = {
  exact: 0.45,
  case: 0.3,
  words: 0.3,
  typo: 0.18,
  prefix: 0.08,
  part: 0.08,
};

/** Declarations and plain values are worth less than what does something. */
const minor: ReadonlySet<string> = new Set(["declaration", "variable", "property", "key"]);

/** @param lookupShare how much the query is a name, 0 to 1 */
export function symbolBonus(
  match: NameCandidate["match"],
  symbol: SymbolRow,
  lookupShare: number,
): number {
  return nameBonus[match] * lookupShare * (minor.has(symbol.kind) ? 0.5 : 1);
}
