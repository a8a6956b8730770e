/*
 * Says which filters fit no file of the index, and what there is in their place. A filter that fits nothing is
 * mostly a slip, and an empty list of hits would hide it.
 */
import { existsSync } from "node:fs";
import { isAbsolute, join, normalize } from "node:path";
import { PatternWork, pathFilter } from "../../base/paths/path-filter.ts";
import { pathTraits } from "../../base/paths/path-traits.ts";
import { likelyName } from "../../base/text/suggest.ts";
import type { SearchFilter } from "../../ports/answers/search.ts";
import type { TextIndex } from "../../ports/store.ts";
import { fileMatcher } from "./filter.ts";

/** Languages named of an index. */
const mostLanguages = 8;
/** Characters of a pattern that are shown. */
const mostShown = 120;

/** @param root the indexed folder, to tell what is left out of the index from what is not there */
export function unfitted(
  texts: TextIndex,
  filter: SearchFilter | undefined,
  root: string | undefined,
): string[] {
  if (filter === undefined) return [];
  const { languages = [], paths = [] } = filter;
  const work = new PatternWork();
  const patterns = paths.map((pattern) => {
    return { pattern, fits: pathFilter(pattern, work), isMet: false };
  });
  const counts = new Map<string, number>();
  const fitsAll = fileMatcher(filter);
  let files = 0;
  let fitting = 0;
  let withoutTests = 0;
  const look = (file: { path: string; language: string }): boolean => {
    files += 1;
    counts.set(file.language, (counts.get(file.language) ?? 0) + 1);
    for (const one of patterns) one.isMet ||= one.fits(file.path);
    if (!pathTraits(file.path).isTest) withoutTests += 1;
    if (fitsAll(file)) fitting += 1;
    return false;
  };
  texts.where(look);
  if (files === 0) return [];
  const said = [
    ...languages
      .filter((language) => !counts.has(language))
      .map((language) => `no file of the index is in ${language}; ${languagesOf(counts)}`),
    ...unmet(patterns).map((pattern) => unfittedPath(texts, pattern, root)),
  ];
  if (said.length > 0) return said;
  if (fitting === 0) {
    return [
      filter.noTests === true && withoutTests === 0
        ? "every file of the index is a test, and tests were to be left out"
        : "each filter fits some files, but no file fits all of them together",
    ];
  }
  const { kinds } = filter;
  if (kinds === undefined || texts.where(fitsAll, kinds).length > 0) return [];
  return [`no ${kinds.join(" or ")} begins in the files that fit the other filters`];
}

/** Patterns that fit nothing. Of "a,b" either the whole was meant or its parts. */
function unmet(patterns: readonly { pattern: string; isMet: boolean }[]): string[] {
  const missed = patterns.filter(({ isMet }) => !isMet).map(({ pattern }) => pattern);
  const all = new Set(patterns.map(({ pattern }) => pattern));
  const wholes = patterns.filter(({ pattern }) => {
    const parts = pattern.split(",").filter((part) => part !== "");
    return parts.length > 1 && parts.every((part) => all.has(part));
  });
  const met = new Set(
    wholes.filter(({ isMet }) => isMet).flatMap(({ pattern }) => pattern.split(",")),
  );
  return missed.filter(
    (pattern) => !met.has(pattern) && !wholes.some((whole) => whole.pattern === pattern),
  );
}

function languagesOf(counts: ReadonlyMap<string, number>): string {
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const named = sorted.slice(0, mostLanguages).map(([language, count]) => `${language} (${count})`);
  const more = sorted.length - named.length;
  return `it has ${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function unfittedPath(texts: TextIndex, pattern: string, root: string | undefined): string {
  const shown = pattern.length <= mostShown ? pattern : `${pattern.slice(0, mostShown)}…`;
  const start = `no file of the index fits the path ${shown}`;
  const isOutside = isAbsolute(pattern) || normalize(pattern).startsWith("..");
  if (isOutside) return `${start}: it is not inside ${root ?? "the indexed folder"}`;
  const isPattern = /[*?{]/.test(pattern);
  if (root !== undefined && !isPattern && existsSync(join(root, pattern))) {
    return `${start}: it is there, but was skipped or ignored, or came after the last index run (haypile index --list-skipped)`;
  }
  if (/^["']/.test(pattern)) return `${start}: its quote is not closed`;
  const braces = [..."{}"].map((brace) => pattern.split(brace).length);
  if (braces[0] !== braces[1]) return `${start}: its braces do not close`;
  const likely = likelyPath(texts, pattern);
  if (likely !== undefined) return `${start}; did you mean ${likely}?`;
  const tops = new Set<string>();
  texts.where(({ path }) => {
    if (path.includes("/")) tops.add(`${path.slice(0, path.indexOf("/"))}/`);
    return false;
  });
  const named = [...tops].sort().slice(0, mostLanguages);
  return named.length === 0
    ? `${start}: it has no folders`
    : `${start}; its folders are ${named.join(", ")}${tops.size > named.length ? " …" : ""}`;
}

/** The path whose name is nearly the pattern: of a name alone, at any depth. */
function likelyPath(texts: TextIndex, pattern: string): string | undefined {
  const wanted = pattern.replace(/\/+$/, "");
  const depth = wanted.split("/").length;
  const paths = new Map<string, string>();
  const note = (name: string, path: string): void => {
    const known = paths.get(name);
    if (known === undefined || path.length < known.length) paths.set(name, path);
  };
  texts.where(({ path }) => {
    const parts = path.split("/");
    for (let end = depth; end <= parts.length; end += 1) {
      note(parts.slice(end - depth, end).join("/"), parts.slice(0, end).join("/"));
    }
    return false;
  });
  const likely = likelyName(wanted, paths.keys());
  return likely === undefined ? undefined : paths.get(likely);
}
