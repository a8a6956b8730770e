import { defined } from "../../base/defined.ts";
import { HaypileError } from "../../base/errors.ts";
import { PatternWork, pathFilter, readItems } from "../../base/paths/path-filter.ts";
import { pathTraits } from "../../base/paths/path-traits.ts";
import type { SearchFilter } from "../../ports/answers/search.ts";
import { definitionKinds } from "../../ports/syntax.ts";

const term = /(?<=^|\s)(-?)(lang|language|path|in|kind):(?=\S)/giu;
const noTests = /(?:^|\s)-tests?(?=\s|$)/giu;
const isSpace = (letter: string): boolean => /\s/u.test(letter);

/**
 * Takes filters out of a query: lang:python, path:src/**, path:"my app",docs, -path:docs, kind:function,class, -test.
 *
 * @throws HaypileError HAYPILE_USAGE for an unknown kind, or when nothing but filters is left
 */
export function parseFilters(query: string): { text: string; filter: SearchFilter } {
  const languages: string[] = [];
  const notLanguages: string[] = [];
  const paths: string[] = [];
  const notPaths: string[] = [];
  const kinds: string[] = [];
  let text = "";
  let done = 0;
  for (const match of query.matchAll(term)) {
    if (match.index < done) continue;
    const [head, minus, name = ""] = match;
    const { items, end } = readItems(query, match.index + head.length, isSpace);
    text += `${query.slice(done, match.index)} `;
    done = end;
    const key = name.toLowerCase();
    const isNot = minus === "-";
    if (key.startsWith("lang"))
      (isNot ? notLanguages : languages).push(...parts(items).map((one) => one.toLowerCase()));
    else if (key !== "kind") (isNot ? notPaths : paths).push(...items);
    else if (isNot) throw notAKindTo(items);
    else kinds.push(...parts(items).map(checkedKind));
  }
  text += query.slice(done);
  const withTests = text;
  text = text.replace(noTests, " ");
  const filter: SearchFilter = {
    ...(languages.length > 0 && { languages }),
    ...(notLanguages.length > 0 && { notLanguages }),
    ...(paths.length > 0 && { paths }),
    ...(notPaths.length > 0 && { notPaths }),
    ...(kinds.length > 0 && { kinds }),
    ...(text !== withTests && { noTests: true }),
  };
  const isFiltered = Object.keys(filter).length > 0;
  const left = isFiltered ? text.trim() : query;
  if (isFiltered && left === "") {
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected a question beside the filters, but got only "${query.trim()}". Say what to look for.`,
      { data: { query } },
    );
  }
  return { text: left, filter };
}

/** Without the whole that stands for a name with a comma: no language and no kind has one. */
function parts(items: readonly string[]): readonly string[] {
  return items.filter((item) => !item.includes(","));
}

function checkedKind(kind: string): string {
  const known = kind.toLowerCase();
  if ((definitionKinds as readonly string[]).includes(known)) return known;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected kind: with one of ${definitionKinds.join(", ")}, but got "${kind}".`,
    { data: { kind } },
  );
}

function notAKindTo(kinds: readonly string[]): HaypileError {
  return new HaypileError(
    "HAYPILE_USAGE",
    `Expected kind: without "-", but got "-kind:${kinds.join(",")}": kinds can be asked for, not left out. Name those that you want.`,
    { data: { kinds } },
  );
}

/** How words of filters are understood by who knows languages and the machine's paths. */
export interface FilterWords {
  /** The name of a language as the index has it. @throws HaypileError HAYPILE_USAGE for an unknown one */
  language: (word: string) => string;
  /** A path or pattern from the indexed folder. */
  path: (pattern: string) => string;
}

/** The filter in words of the index. @throws HaypileError HAYPILE_USAGE for an unknown kind or language */
export function inIndexWords(filter: SearchFilter, words: FilterWords | undefined): SearchFilter {
  const { languages, notLanguages, paths, notPaths, kinds, noTests: isWithoutTests } = filter;
  const language = words?.language ?? ((word: string) => word.toLowerCase());
  const path = words?.path ?? ((pattern: string) => pattern);
  return {
    ...(languages !== undefined && { languages: [...new Set(languages.map(language))] }),
    ...(notLanguages !== undefined && { notLanguages: [...new Set(notLanguages.map(language))] }),
    ...(paths !== undefined && { paths: fewPaths(paths).map(path) }),
    ...(notPaths !== undefined && { notPaths: fewPaths(notPaths).map(path) }),
    ...(kinds !== undefined && { kinds: kinds.map(checkedKind) }),
    noTests: isWithoutTests,
  };
}

/** Patterns of one kind in a query: each is held against each file. */
const mostPaths = 100;

/** Each once. @throws HaypileError HAYPILE_USAGE when there are too many */
export function fewPaths(paths: readonly string[]): string[] {
  const different = [...new Set(paths)];
  if (different.length <= mostPaths) return different;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected at most ${mostPaths} path filters but got ${different.length}. Name folders above them, or use patterns such as "src/{a,b}/**".`,
    { data: { paths: different.length, mostPaths } },
  );
}

/** Both filters together; undefined when neither says anything. */
export function joinFilters(
  a: SearchFilter,
  b: SearchFilter | undefined,
): SearchFilter | undefined {
  const joined = { ...b, ...defined(a) };
  return Object.values(joined).some((value) => value !== undefined && value !== false)
    ? joined
    : undefined;
}

/** Whether a file fits all but the kinds. */
export function fileMatcher(
  filter: SearchFilter,
): (file: { path: string; language: string }) => boolean {
  const work = new PatternWork();
  const filterOf = (pattern: string): ((path: string) => boolean) => pathFilter(pattern, work);
  const inside = filter.paths?.map(filterOf);
  const outside = filter.notPaths?.map(filterOf);
  return ({ path, language }) =>
    (filter.languages === undefined || filter.languages.includes(language)) &&
    (filter.notLanguages === undefined || !filter.notLanguages.includes(language)) &&
    (inside === undefined || inside.some((fits) => fits(path))) &&
    (outside === undefined || !outside.some((fits) => fits(path))) &&
    (filter.noTests !== true || !pathTraits(path).isTest);
}
