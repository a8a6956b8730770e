import { HaypileError } from "../base/errors.ts";
import { PatternWork, pathFilter, readList } from "../base/paths/path-filter.ts";
import { pathRank } from "../base/paths/path-traits.ts";
import { splitScoped } from "../base/text/names.ts";
import { joined, type ScopedName, writtenNames } from "../base/text/scoped-names.ts";
import type { FindSymbolOptions, SymbolHit } from "../ports/answers/definitions.ts";
import { type NameMatch, nameMatches, type SymbolRow, type SymbolTable } from "../ports/symbols.ts";

const maxHits = 1000;
const defaultHits = 10;
const maxNames = 200;
/** Hits that are held at once: a name may have very many. */
const mostHeld = 5000;

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
 * "Foo::bar") asks for the last part inside the ones before, or for a name that is written so ("tool.ruff",
 * a key "editor.fontSize"). Order: how the name was met, then
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
  const fits = insideAny(path);
  const isWanted = (row: SymbolRow): boolean =>
    (kinds === undefined || kinds.includes(row.kind)) && fits(row.path);
  const text = query.trim();
  const last = splitScoped(text);
  const written = writtenNames(text).filter(({ name }) => name !== last.name);
  const best = new Best(last.name, k, isWanted);
  takeWritten(store, written, best);
  takeLike(store, last, text, best);
  if (!best.isEmpty || last.container === "") return best.hits();
  // What stands before the dots holds no definition: the whole may be a name in other words.
  const others = new Best(text, k, isWanted);
  takeLike(store, { name: text, container: "" }, text, others);
  return others.hits();
}

/** The best hits of all that are taken in, of which only so many are held at once. */
class Best {
  readonly #name: string;
  readonly #most: number;
  readonly #isWanted: (row: SymbolRow) => boolean;
  readonly #seen = new Set<number>();
  #held: SymbolHit[] = [];

  /** @param name that was asked for */
  constructor(name: string, most: number, isWanted: (row: SymbolRow) => boolean) {
    this.#name = name;
    this.#most = most;
    this.#isWanted = isWanted;
  }

  get isEmpty(): boolean {
    return this.#held.length === 0;
  }

  take(row: SymbolRow, match: NameMatch): void {
    if (this.#seen.has(row.id) || !this.#isWanted(row)) return;
    this.#seen.add(row.id);
    this.#held.push({ ...row, match });
    if (this.#held.length >= mostHeld + this.#most) this.#held = this.hits();
  }

  hits(): SymbolHit[] {
    return inOrder(this.#held, this.#name).slice(0, this.#most);
  }
}

/** Definitions whose name is one of these letter by letter, where what holds them fits too. */
function takeWritten(store: SymbolTable, wanted: readonly ScopedName[], best: Best): void {
  if (wanted.length === 0) return;
  const names = store.namesWritten([...new Set(wanted.map(({ name }) => name))]);
  const ids = names.map(({ nameId }) => nameId);
  store.eachDefinitionOf(ids, (row) => {
    const fits = wanted.some(
      ({ name, container }) => name === row.name && (container === "" || isInside(row, container)),
    );
    if (fits) best.take(row, "exact");
  });
}

/** Definitions whose name is met by a name; see findNames(). @param query the name with what holds it */
function takeLike(
  store: SymbolTable,
  { name, container }: ScopedName,
  query: string,
  best: Best,
): void {
  const candidates = store.findNames(name, maxNames);
  const matchOf = new Map(candidates.map((one) => [one.name, one.match]));
  const ids = candidates.map(({ nameId }) => nameId);
  const holder = joined(container);
  store.eachDefinitionOf(ids, (row) => {
    if (container !== "" && !isInside(row, holder) && !says(row, query)) return;
    best.take(row, matchOf.get(row.name) ?? "part");
  });
}

/** The name stands with what holds it in the head of its definition: "class V1::Orders". */
function says({ signature }: SymbolRow, query: string): boolean {
  const at = signature.indexOf(query);
  if (at < 0) return false;
  const around = `${signature[at - 1] ?? " "}${signature[at + query.length] ?? " "}`;
  return !/[\p{L}\p{N}_]/u.test(around);
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
  return (
    have === want ||
    have.endsWith(`.${want}`) ||
    joined(have).endsWith(`.${want}`) ||
    joined(have) === want
  );
}
