import { asideOf, asksForAside } from "../../base/paths/asides.ts";
import { pathTraits } from "../../base/paths/path-traits.ts";

/*
 * What a path takes off a score, in cosines: enough to let source pass what scores about the same, too little to hide the
 * only good hit. Chosen on changes and the files they were made in, over whole trees with tests and documents (Django
 * 5.2, and bison, coreutils, grep and wget by their ChangeLogs; bench/quality/intents.ts): each is better than half of
 * itself on every tree, and flat beyond. Documents could take more there, .08 and above, but headings of Django's
 * documents, asked as questions, lose their page by it: .05 costs these .05 of MRR and gives changes .07.
 */
const priors = {
  vendored: -0.1,
  generated: -0.1,
  test: -0.1,
  locale: -0.1,
  document: -0.05,
};

/**
 * More than of tests: an entry that says a question word for word is .14 nearer
 * to it than the code that is asked for, and has all of its words besides, which is worth .2. At .3 three questions in
 * ten to grep and wget had one among their ten files, at .5 one in twenty.
 */
export const asidePrior = -0.5;

const asksForTests = /\b(tests?|testing|specs?|fixtures?|mocks?|benchmarks?|examples?)\b/i;
const asksForLocale =
  /\b(locales?|translat\w*|i18n|l10n|locali[sz]\w*|languages?|messages?|msgids?|strings?)\b/i;
const asksForDocuments =
  /\b(docs?|documentation|documented|readme|guides?|tutorials?|manuals?|faq|how (to|do|does|can|should)|what (is|are)|getting started|overview|introduction|install(ing|ation)?)\b/i;

/** Prose with the code; a list of packages or a build may end in ".txt" as well. */
const document =
  /\.(md|mdx|markdown|rst|adoc|asciidoc|texi|texinfo|org)$|(^|\/)docs?\/.*\.(txt|html?|[1-9])$|(^|\/)man\/.*\.([1-9]|x)$|(^|\/)(README|INSTALL|HACKING|TODO|FAQ)(\.txt)?$/;

/** Left out by their names: what is in an index all the same was brought back, or is the project's own. */
const broughtBack = /(^|\/)(vendor|third[_-]party|node_modules|bower_components|site-packages)\//;

/** @returns 0 or less */
export function pathPrior(path: string, query: string): number {
  const { isTest, isGenerated, isVendored, isLocale } = pathTraits(path);
  const aside = asideOf(path);
  return Math.min(
    isVendored && !broughtBack.test(path) ? priors.vendored : 0,
    isGenerated ? priors.generated : 0,
    isTest && !asksForTests.test(query) ? priors.test : 0,
    isLocale && !asksForLocale.test(query) ? priors.locale : 0,
    aside === undefined && document.test(path) && !asksForDocuments.test(query)
      ? priors.document
      : 0,
    aside === undefined || asksForAside(aside, path, query) ? 0 : asidePrior,
  );
}
