/* What an index is asked for by meaning and by word, and what it answers. */
import type { IndexRun } from "./index-run.ts";
import type { AnsweredAt } from "./time/answered-at.ts";

/** What hits must be like, as read off the query or given beside it. */
export interface SearchFilter {
  /** Languages, any of them: "python", "typescript"; an ending ("ts") or a common name ("golang") will do. */
  languages?: readonly string[] | undefined;
  /** Languages that must not be. */
  notLanguages?: readonly string[] | undefined;
  /** Folders or patterns (*, ** and {a,b}), any of them: from the indexed folder, or absolute ones inside it. */
  paths?: readonly string[] | undefined;
  /** Folders or patterns that must not fit. */
  notPaths?: readonly string[] | undefined;
  /** Kinds of definitions that begin in the chunk, any of them: "function", "class". */
  kinds?: readonly string[] | undefined;
  /** Leave out tests. */
  noTests?: boolean | undefined;
}

export interface SearchCallOptions {
  /** Hits wanted, 1 to 1000. Default 10. */
  k?: number | undefined;
  /**
   * Hits of a page, 1 to 1000: of each page every file has one hit while others have something, and what stands on it does
   * not depend on k. Default: k.
   */
  pageSize?: number | undefined;
  /** Ends the call. */
  signal?: AbortSignal | undefined;
  /** Most lines of a snippet. Default 5. */
  snippetLines?: number | undefined;
  /** Beside the filters in the query: lang:, path:, -path:, kind:, -test. */
  filter?: SearchFilter | undefined;
  /** Time for the whole answer, milliseconds. Default: no limit. */
  deadlineMs?: number | undefined;
  /** Most tokens of all snippets together. Default: no limit. */
  maxTokens?: number | undefined;
  /**
   * Least score, 0 to 1. Default: hits whose relevance is below .2 are left out. 0: as many come as there are, up to
   * k, however little they have to do with the query.
   */
  minScore?: number | undefined;
  /**
   * Look at the best candidates once more: by the reranker that open() was given, else token by token with the model of
   * the index. Default: when there is a reranker, or the option search.rerank is "on" and the model can.
   */
  rerank?: boolean | undefined;
  /** "on-demand": the best candidates that have no vector yet get one, which is kept. Default "on-demand". */
  fillIn?: "off" | "on-demand" | undefined;
  /**
   * false: caches of results are neither asked nor filled by this call, as if nothing had been asked before. What it
   * makes of an index (vectors of candidates) stays. Default true.
   */
  cache?: boolean | undefined;
  /**
   * The code as a commit had it: a commit, branch or tag, or a day or time, which means the last commit by then. Answered
   * from git's objects; the working tree is left as it is. Default: the folder as it is now.
   */
  at?: string | undefined;
}

/** How far a revision can be searched: files that the index has as they were then need not be taken in. */
export interface TakenIn {
  /** Files that were taken in, of those which differ from the index. */
  files: number;
  of: number;
}

/**
 * Why a hit stands where it does: what was seen of it, and what each of that gives, in cosines. What is given adds up to
 * the evidence, of which the score is made (docs/search.md); nothing else moves it but a reranker.
 */
export interface ScoreParts {
  /** BM25 as the store gave it; null when the word list has not got the chunk. */
  words: number | null;
  /** Part of the query's words that it has, each by how rare it is, 0 to 1. Counted among prose only. */
  share: number;
  /** Cosine; null when it has no vector, or the model cannot read the query. */
  meaning: number | null;
  /** Given by the cosine; where there is none, what a text of its share mostly has. */
  fromMeaning?: number | undefined;
  /** Given by BM25. */
  fromWords?: number | undefined;
  /** Given by the share of words. */
  fromShare?: number | undefined;
  /** Given for having every word, or nearly. */
  fromWhole?: number | undefined;
  /** Taken off for being near to many other candidates (neighbours.ts); below 0, -.04 at least, for standing alone. */
  crowding?: number | undefined;
  /** Added or taken off by what the candidates nearest to it score. */
  neighbours?: number | undefined;
  /** Added so that it stands before what it beats in meaning, share and words. */
  order?: number | undefined;
  /** Added because a definition in it has the query's name, or one that the query holds. */
  name?: number | undefined;
  /** Taken off for tests, generated and vendored code, translations, documents, and files about the project. */
  path?: number | undefined;
  /** Added for what else its file says to the query. */
  file?: number | undefined;
  /** Taken off where the static model alone found it: it is near by chance. */
  chance?: number | undefined;
  /** What the reranker gave, on its model's own scale; without it, it was not among those looked at. */
  rerank?: number | undefined;
  /** Added or taken off, in cosines, by comparing it with the query token by token; without it, it was not among those looked at. */
  late?: number | undefined;
}

/** A few lines of a chunk that show best why it was found. */
export interface Snippet {
  /** Number of the first line in the file, 1-based. */
  startLine: number;
  lines: string[];
}

export interface Place {
  path: string;
  /** 1-based, inclusive. */
  startLine: number;
  endLine: number;
}

/** Another place of a hit's file that answers as well, though less. */
export interface PlaceInFile {
  /** 1-based, inclusive. */
  startLine: number;
  endLine: number;
  /** 0 to 1, as that of a hit. */
  score: number;
  /** As that of a hit. */
  symbol?: HitSymbol | undefined;
}

/** The innermost definition that a hit begins in. */
export interface HitSymbol {
  name: string;
  kind: string;
  container: string;
}

export interface SearchHit extends Place {
  language: string;
  /** 0 to 1, on one scale for every question (docs/search.md): relevance, with what the path and a reranker say. */
  score: number;
  /** 0 to 1: how well it answers. */
  relevance: number;
  parts: ScoreParts;
  snippet: Snippet;
  /** The whole chunk. */
  text: string;
  /** The innermost definition it begins in; undefined outside all. */
  symbol?: HitSymbol | undefined;
  /** The file has changed and the text is not in it any more. Otherwise it is there. */
  stale: boolean;
  /** Further places of the same text, or of nearly the same. */
  alsoAt: Place[];
  /** The next best places of the same file, at most four, best first. */
  inFile: PlaceInFile[];
}

/**
 * Milliseconds of a search or recall, by what they went into; all but the total add up to it. What went on at the same
 * time counts once: the question becomes a vector while words are looked up, and only what was waited for is "embed".
 */
export interface SearchTimes {
  /** Until its turn came, behind other calls of a daemon. */
  turn: number;
  /** Until index, memories and model were open. */
  open: number;
  /** Files that changed were taken in first. */
  disk: number;
  /** Until there was room under the limit of memory. */
  room: number;
  /** Until the model was free. */
  queue: number;
  /** The question became a vector, and passages got theirs that had none. */
  embed: number;
  words: number;
  meaning: number;
  /** Definitions with a name of the query. 0 for a recall. */
  names: number;
  /** What speaks for each candidate was put together, and brought into order. */
  fuse: number;
  rerank: number;
  /** Hits were cut out, and compared with the disk. */
  show: number;
  /** All else. */
  other: number;
  /** From when it was asked. */
  total: number;
}

export interface RerankReport {
  /** Candidates it scored, of so many. */
  pairs: number;
  of: number;
  /** false: the time was up, and the order is the one without it. */
  complete: boolean;
  why?: "deadline" | undefined;
}

/** Why a path stands where it does for a query, or why it does not. */
export interface WhyResult {
  path: string;
  /** One sentence that says the most important thing. */
  verdict: string;
  isIndexed: boolean;
  /** Filters of the query leave it in. */
  fitsFilter: boolean;
  chunks: WhyChunk[];
  /** The revision it was asked of; left out: the folder as it is now. */
  at?: AnsweredAt | undefined;
}

export interface WhyChunk {
  startLine: number;
  endLine: number;
  /** 1 = best; null = not among those looked at. */
  rankByWords: number | null;
  rankByMeaning: number | null;
  /** Among the candidates the reranker looked at. */
  rankByReranker: number | null;
  rank: number | null;
  /** As in a hit, 0 to 1. */
  score: number | null;
  /** Below the floor a search leaves it out. */
  relevance: number | null;
  parts: ScoreParts | null;
  hasVector: boolean;
}

/** What the search itself found. */
export interface FoundHits {
  hits: SearchHit[];
  /** Candidates each route gave; all 0 means that nothing in the index has to do with the query. */
  candidates: { words: number; meaning: number; symbols: number };
  /** Best score of what was left out because it is not near enough; undefined: nothing was. */
  nearest: number | undefined;
  /** Chunks that the model of the index has not seen yet. */
  withoutVector: number;
  /** The meaning is by the static model, because of that. */
  isStatic: boolean;
  /** What was cut, and why; empty when nothing was. */
  cut: string[];
  /** Files that differ from the index, among those looked at: index again. */
  changedFiles: string[];
  /** Chunks that got their vector for this query. */
  filledIn: number;
  /** What the reranker did; undefined when it was not asked. */
  reranked: RerankReport | undefined;
  /**
   * The ranking is that of an earlier search: of the same query, or of one in nearly the same words. The
   * hits were compared with the disk now. Undefined when it was made for this query.
   */
  fromCache: "same" | "similar" | undefined;
  /** Milliseconds. */
  timesMs: SearchTimes;
}

export type SearchResult = FoundHits & {
  /** The run that is at work on the index, in this process or another: hits may be missing yet. */
  indexing: IndexRun | undefined;
  /** The revision that was searched; left out: the folder as it is now. */
  at?: AnsweredAt | undefined;
  /** How far it was taken in when it was searched; left out where the folder as it is now was. */
  takenIn?: TakenIn | undefined;
};

/** One question, as it goes from who asks to who ranks. */
export interface SearchRequest extends SearchCallOptions {
  /** What to look for, 1 to 20,000 characters; may hold filters (see parseFilters). */
  query: string;
  /** When it was asked, as performance.now() tells time: the deadline counts from then. Default: now. */
  askedAt?: number | undefined;
}
