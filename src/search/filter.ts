import { HaypileError } from "../base/errors.ts";
import { globMatcher } from "../base/glob.ts";
import { pathTraits } from "../base/path-traits.ts";
import { definitionKinds } from "../ports/syntax.ts";

/** What hits must be like, as read off the query or given beside it. */
export interface SearchFilter {
  /** Languages, any of them: "python", "typescript". */
  languages?: readonly string[];
  /** Folders or patterns (* and **), any of them. */
  paths?: readonly string[];
  /** Folders or patterns that must not fit. */
  notPaths?: readonly string[];
  /** Kinds of definitions that begin in the chunk, any of them: "function", "class". */
  kinds?: readonly string[];
  /** Leave out tests. */
  noTests?: boolean;
}

const term = /(?:^|\s)(-?)(lang|language|path|in|kind):(\S+)/giu;
const noTests = /(?:^|\s)-tests?(?=\s|$)/giu;

/**
 * Takes filters out of a query: lang:python, path:src/**, -path:docs, kind:function,class, -test.
 *
 * @throws HaypileError HAYPILE_USAGE for an unknown kind, or when nothing but filters is left
 */
export function parseFilters(query: string): { text: string; filter: SearchFilter } {
  const languages: string[] = [];
  const paths: string[] = [];
  const notPaths: string[] = [];
  const kinds: string[] = [];
  let text = query.replace(term, (_, minus: string, name: string, value: string) => {
    const values = value.split(",").filter((one) => one !== "");
    const key = name.toLowerCase();
    if (key.startsWith("lang")) languages.push(...values.map((one) => one.toLowerCase()));
    else if (key === "kind") kinds.push(...values.map(checkedKind));
    else (minus === "-" ? notPaths : paths).push(...values);
    return " ";
  });
  const withTests = text;
  text = text.replace(noTests, " ");
  const filter: SearchFilter = {
    ...(languages.length > 0 && { languages }),
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

function checkedKind(kind: string): string {
  const known = kind.toLowerCase();
  if ((definitionKinds as readonly string[]).includes(known)) return known;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected kind: with one of ${definitionKinds.join(", ")}, but got "${kind}".`,
    { data: { kind } },
  );
}

/** Both filters together; undefined when neither says anything. */
export function joinFilters(
  a: SearchFilter,
  b: SearchFilter | undefined,
): SearchFilter | undefined {
  const joined = { ...b, ...a };
  return Object.values(joined).some((value) => value !== undefined && value !== false)
    ? joined
    : undefined;
}

/** Whether a file fits all but the kinds. */
export function fileMatcher(
  filter: SearchFilter,
): (file: { path: string; language: string }) => boolean {
  const inside = filter.paths?.map(globMatcher);
  const outside = filter.notPaths?.map(globMatcher);
  return ({ path, language }) =>
    (filter.languages === undefined || filter.languages.includes(language)) &&
    (inside === undefined || inside.some((fits) => fits(path))) &&
    (outside === undefined || !outside.some((fits) => fits(path))) &&
    (filter.noTests !== true || !pathTraits(path).isTest);
}
