/* What filters say, in words of the index: languages by any of their names, paths from the indexed folder. */
import { isAbsolute, relative, sep } from "node:path";
import { HaypileError } from "../../base/errors.ts";
import { toSlashes } from "../../base/paths/flavour.ts";
import { passGateForFilter } from "../../base/paths/path-gate.ts";
import { realPath } from "../../base/paths/real-path.ts";
import { leavesMachine } from "../../base/paths/windows-names.ts";
import { likelyName } from "../../base/text/suggest.ts";
import { languageNamed, languageNames } from "../../indexing/read/language.ts";
import type { SearchFilter } from "../../ports/answers/search.ts";
import { type FilterWords, fewPaths } from "../../search/question/filter.ts";

export function filterWords(root: string): FilterWords {
  return { language: checkedLanguage, path: (pattern) => insideRoot(root, pattern) };
}

/** @throws HaypileError HAYPILE_USAGE */
function checkedLanguage(word: string): string {
  const known = languageNamed(word);
  if (known !== undefined) return known;
  const likely = likelyName(word, languageNames);
  const hint = likely === undefined ? "" : ` Did you mean ${likely}?`;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected a language or an ending of its files for lang:, but got "${word}".${hint} Known are ${languageNames.join(", ")}.`,
    { data: { language: word, likely } },
  );
}

/** A path or pattern from the indexed folder, with "/"; one that lies outside is left as it is, and fits nothing. */
function insideRoot(root: string, pattern: string): string {
  const plain = toSlashes(pattern);
  if (!isAbsolute(pattern) || leavesMachine(root, pattern)) return plain;
  for (const one of [pattern, realPath(pattern)]) {
    const way = relative(root, one);
    if (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way)) {
      return toSlashes(way);
    }
  }
  return plain;
}

/** The filter with its paths as the index has them. @throws HaypileError HAYPILE_PATH_REFUSED */
export function throughGate(filter: SearchFilter, root: string): SearchFilter {
  const pass = (path: string): string => passGateForFilter(root, path);
  const { paths, notPaths } = filter;
  // Counted first: the disk is asked about each of them.
  return {
    ...filter,
    paths: paths && fewPaths(paths).map(pass),
    notPaths: notPaths && fewPaths(notPaths).map(pass),
  };
}
