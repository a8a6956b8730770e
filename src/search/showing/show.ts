/* From ranked chunks to hits: chosen, compared with the disk, cut to a snippet and to a budget. */
import { inTime } from "../../base/deadline.ts";
import type {
  HitSymbol,
  Place,
  PlaceInFile,
  SearchHit,
  SearchRequest,
} from "../../ports/answers/search.ts";
import type { ChunkPlace, FileRecord } from "../../ports/store.ts";
import type { SymbolRow, SymbolTable } from "../../ports/symbols.ts";
import type { Query } from "../question/query.ts";
import type { RankedChunk } from "../ranking/rank.ts";
import type { SearchParts } from "../routes/candidates.ts";
import { FreshnessCheck } from "./freshness.ts";
import { mostPlaces, type Selected, select } from "./select.ts";
import { makeSnippet, type SnippetOptions } from "./snippet.ts";

interface Shown {
  hits: SearchHit[];
  cut: string[];
  changedFiles: string[];
}

/** @param end when the answer must be there: hits are not compared with the disk after it */
export async function show(
  parts: SearchParts,
  ranked: readonly RankedChunk[],
  query: Query,
  request: SearchRequest,
  end: number,
): Promise<Shown> {
  const { files, symbols } = parts.store;
  let uncompared = 0;
  const check = parts.root === undefined ? undefined : new FreshnessCheck(parts.root);
  check?.expect(ranked.slice(0, query.k).flatMap(({ places }) => places[0]?.path ?? []));
  const located = new Map<RankedChunk, { place: ChunkPlace; stale: boolean }>();
  const isUsable = async (chunk: RankedChunk): Promise<boolean> => {
    const looked = whereNow(chunk, check, (path) => files.records([path]).get(path));
    const found = await inTime(looked, end);
    if (found === "late") {
      uncompared += 1;
      located.set(chunk, { place: chunk.places[0] as ChunkPlace, stale: false });
      return true;
    }
    if (found !== undefined) located.set(chunk, found);
    return found !== undefined;
  };
  const holders = new Holders(symbols, ranked);
  const placeKey = (chunk: RankedChunk): string => {
    const id = holders.of(chunk)?.id;
    return id === undefined ? `chunk ${chunk.chunkId}` : `definition ${id}`;
  };
  const selected = await select(ranked, query.k, { isUsable, placeKey }, request.pageSize);
  const chosen = selected.flatMap((one) => {
    const at = located.get(one.chunk);
    return at === undefined ? [] : [{ ...one, ...at }];
  });
  const hits = chosen.map((one): SearchHit => {
    const inFile = one.inFile.flatMap((chunk) => {
      const at = located.get(chunk);
      // What is not there as it was, or stands in another file now, is no place to go to.
      if (at === undefined || at.stale || at.place.path !== one.place.path) return [];
      const symbol = holders.of(chunk);
      return [{ place: placeInFile(at.place, chunk, symbol), definition: symbol?.id }];
    });
    const options = { maxLines: request.snippetLines };
    const own = holders.of(one.chunk);
    const places = differentPlaces(inFile);
    return toHit({ ...one, inFile: places }, own, query.text, options);
  });
  const cut = fitTokens(hits, request.maxTokens);
  if (uncompared > 0)
    cut.unshift(
      `the deadline passed before ${uncompared} of ${hits.length} hits were compared with their files: these may have changed`,
    );
  return { hits, cut, changedFiles: [...(check?.changed ?? [])].sort() };
}

/** The first place of a chunk that is still there; undefined when none is. */
async function whereNow(
  chunk: RankedChunk,
  check: FreshnessCheck | undefined,
  recordOf: (path: string) => FileRecord | undefined,
): Promise<{ place: ChunkPlace; stale: boolean } | undefined> {
  let stale: ChunkPlace | undefined;
  for (const place of chunk.places) {
    const now =
      check === undefined
        ? { state: "fresh" as const }
        : await check.check(place, recordOf(place.path));
    if (now.state === "fresh") return { place, stale: false };
    if (now.state === "moved") return { place: { ...place, ...now }, stale: false };
    if (now.state === "stale") stale ??= place;
  }
  return stale === undefined ? undefined : { place: stale, stale: true };
}

/** What each chunk begins in, looked up file by file. */
class Holders {
  readonly #symbols: Pick<SymbolTable, "definitionsAt">;
  readonly #chunksOf = new Map<string, RankedChunk[]>();
  readonly #found = new Map<RankedChunk, SymbolRow | undefined>();

  constructor(symbols: Pick<SymbolTable, "definitionsAt">, chunks: readonly RankedChunk[]) {
    this.#symbols = symbols;
    for (const chunk of chunks) {
      const path = placeIn(chunk).path;
      const others = this.#chunksOf.get(path);
      if (others === undefined) this.#chunksOf.set(path, [chunk]);
      else others.push(chunk);
    }
  }

  of(chunk: RankedChunk): SymbolRow | undefined {
    if (!this.#found.has(chunk)) this.#find(this.#chunksOf.get(placeIn(chunk).path) ?? [chunk]);
    return this.#found.get(chunk);
  }

  #find(chunks: readonly RankedChunk[]): void {
    const own = chunks.map(placeIn);
    const found = this.#symbols.definitionsAt([
      ...own.map(({ path, startLine }) => ({ path, line: startLine })),
      ...own.map(({ path, endLine }) => ({ path, line: endLine })),
    ]);
    chunks.forEach((chunk, i) => {
      const one = found[i];
      const last = found[chunks.length + i];
      // A constant above a function is not what the chunk is about.
      this.#found.set(chunk, one === undefined || asides.has(one.kind) ? (last ?? one) : one);
    });
  }
}

function placeIn({ places }: RankedChunk): ChunkPlace {
  return places[0] as ChunkPlace;
}

function placeInFile(
  { startLine, endLine }: ChunkPlace,
  { score }: RankedChunk,
  symbol: SymbolRow | undefined,
): PlaceInFile {
  return { startLine, endLine, score, symbol: symbolOf(symbol) };
}

/** The best places, one for each definition: pieces of one are told as one. */
function differentPlaces(
  places: readonly { place: PlaceInFile; definition: number | undefined }[],
): PlaceInFile[] {
  const known = new Map<number, PlaceInFile>();
  const told: PlaceInFile[] = [];
  for (const { place, definition } of places) {
    const same = definition === undefined ? undefined : known.get(definition);
    if (same !== undefined) {
      same.startLine = Math.min(same.startLine, place.startLine);
      same.endLine = Math.max(same.endLine, place.endLine);
    } else if (told.length < mostPlaces) {
      told.push(place);
      if (definition !== undefined) known.set(definition, place);
    }
  }
  return told;
}

function symbolOf(symbol: SymbolRow | undefined): HitSymbol | undefined {
  return symbol && { name: symbol.name, kind: symbol.kind, container: symbol.container };
}

interface Shaped extends Pick<Selected, "chunk" | "copies"> {
  place: ChunkPlace;
  stale: boolean;
  inFile: PlaceInFile[];
}

function toHit(
  { chunk, copies, place, stale, inFile }: Shaped,
  symbol: SymbolRow | undefined,
  query: string,
  options: SnippetOptions | undefined,
): SearchHit {
  const others = [...chunk.places, ...copies.flatMap((copy) => copy.places)];
  return {
    ...placeOf(place),
    language: place.language,
    score: chunk.score,
    relevance: chunk.relevance,
    parts: chunk.parts,
    snippet: makeSnippet(place.text, place.startLine, query, options),
    text: place.text,
    symbol: symbolOf(symbol),
    stale,
    alsoAt: others
      .filter((one) => one.path !== place.path || one.chunkId !== place.chunkId)
      .map(placeOf),
    inFile,
  };
}

/** Kinds that stand beside what a chunk is about. */
const asides: ReadonlySet<string> = new Set(["variable", "constant", "property", "type", "key"]);

/** A token has three characters or more in code and prose alike: an upper estimate. */
const charsPerToken = 3;
/** Path, numbers and signs around a snippet. */
const tokensAround = 24;
/** Lines and name of another place in the file. */
const tokensOfPlace = 12;

/** Cuts from the end of the list, and then the last snippet, until the answer fits. */
function fitTokens(hits: SearchHit[], maxTokens: number | undefined): string[] {
  if (maxTokens === undefined) return [];
  let left = maxTokens;
  for (const [at, hit] of hits.entries()) {
    const cost = (): number =>
      tokensAround +
      hit.inFile.length * tokensOfPlace +
      Math.ceil(hit.snippet.lines.join("\n").length / charsPerToken);
    while (cost() > left && hit.inFile.length > 0) hit.inFile.pop();
    while (cost() > left && hit.snippet.lines.length > 1) hit.snippet.lines.pop();
    if (cost() > left) {
      const gone = hits.length - at;
      hits.length = at;
      return [
        `${gone} ${gone === 1 ? "hit was" : "hits were"} left out to fit ${maxTokens} tokens`,
      ];
    }
    left -= cost();
  }
  return [];
}

function placeOf({ path, startLine, endLine }: Place): Place {
  return { path, startLine, endLine };
}
