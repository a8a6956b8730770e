import { HaypileError } from "../base/errors.ts";
import { PatternWork, pathFilter, readList } from "../base/paths/path-filter.ts";
import { pathRank } from "../base/paths/path-traits.ts";
import { splitScoped } from "../base/text/names.ts";
import type { FindSymbolOptions, SymbolHit } from "../ports/answers/definitions.ts";
import { nameMatches, type SymbolRow, type SymbolTable } from "../ports/symbols.ts";

const maxHits = 1000;
const defaultHits = 10;
const maxNames = 200;
const maxDefinitions = 5000;

/** A declaration without a body, or an import that is passed on, stands behind the definition. */
const behind: ReadonlySet<string> = new Set([
  "declaration",
  "variable",
  "property",
  "key",
  "constant",
]);

/**
 * Definitions whose name is, contains or nearly is the query. A dotted query ("Manager.all",
 * "Foo::bar") asks for the last part inside the ones before. Order: how the name was met, then
 * definitions before declarations and plain values, source before tests, generated and vendored
 * code, public before private, the more used first, outer before inner, then by depth and path.
 *
 * @throws HaypileError HAYPILE_USAGE for an empty query or a bad k
 */
export function findSymbol(
  store: SymbolTable,
  query: string,
  options: FindSymbolOptions = {},
): SymbolHit[] {
  const { k = defaultHits, kinds, path } = options;
  if (query.trim() === "") {
    throw new HaypileError("HAYPILE_USAGE", "Expected a name but got an empty text.");
  }
  if (!Number.isInteger(k) || k < 1 || k > maxHits) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected a whole number from 1 to ${maxHits} for k but got ${k}.`,
    );
  }
  const { name, container } = splitScoped(query.trim());
  const candidates = store.findNames(name, maxNames);
  const matchOf = new Map(candidates.map((one) => [one.name, one.match]));
  const ids = candidates.map(({ nameId }) => nameId);
  const fits = insideAny(path);
  const hits = (ids.length === 0 ? [] : store.definitionsOf(ids, maxDefinitions))
    .filter((row) => kinds === undefined || kinds.includes(row.kind))
    .filter((row) => fits(row.path))
    .filter((row) => container === "" || isInside(row, container))
    .map((row): SymbolHit => ({ ...row, match: matchOf.get(row.name) ?? "part" }));
  return inOrder(hits, name).slice(0, k);
}

/** The best definition first; see findSymbol(). */
export function inOrder(hits: SymbolHit[], name: string): SymbolHit[] {
  const order = new Map<SymbolHit, number[]>(hits.map((hit) => [hit, keysOf(hit, name)]));
  return hits.sort(
    (a, b) =>
      compareKeys(order.get(a) ?? [], order.get(b) ?? []) ||
      // Of copies that of the project comes before that of a submodule in it.
      depthOf(a.path) - depthOf(b.path) ||
      (a.path < b.path ? -1 : a.path > b.path ? 1 : a.startLine - b.startLine),
  );
}

function depthOf(path: string): number {
  return path.split("/").length;
}

/** Smaller is better, the first that differs decides. */
function keysOf(hit: SymbolHit, query: string): number[] {
  return [
    nameMatches.indexOf(hit.match),
    hit.kind === "declaration" ? 1 : 0,
    pathRank(hit.path),
    behind.has(hit.kind) ? 1 : 0,
    hit.visibility === "public" ? 0 : 1,
    hit.match === "exact" || hit.match === "case" ? 0 : Math.abs(hit.name.length - query.length),
    hit.container === "" ? 0 : 1,
    -hit.uses,
    -(hit.endLine - hit.headLine),
  ];
}

function compareKeys(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < a.length; index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function insideAny(path: FindSymbolOptions["path"]): (path: string) => boolean {
  if (path === undefined) return () => true;
  const work = new PatternWork();
  const named = typeof path === "string" ? readList(path) : path;
  const filters = named.map((pattern) => pathFilter(pattern, work));
  return (one) => filters.some((isInside) => isInside(one));
}

/** "models.Manager.all": what no definition holds may be a folder or a file. */
function isInside({ container, path }: SymbolHit | SymbolRow, wanted: string): boolean {
  const parts = wanted.split(".");
  const places = path
    .toLowerCase()
    .replace(/\.[^/.]*$/, "")
    .split("/");
  for (let held = 0; held <= parts.length; held += 1) {
    if (held > 0 && !places.includes((parts[held - 1] as string).toLowerCase())) return false;
    const rest = parts.slice(held).join(".");
    if (rest === "" || endsWithNames(container, rest)) return true;
  }
  return false;
}

function endsWithNames(container: string, wanted: string): boolean {
  const have = container.toLowerCase();
  const want = wanted.toLowerCase();
  return have === want || have.endsWith(`.${want}`);
}
