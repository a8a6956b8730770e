/*
 * One question to several indexes, one after the other, so that no more than one is at work and those that were asked
 * may be closed again. The scores of one model are on one scale in every index (docs/decisions/0090), so hits are merged
 * by score. A folder that fails is told, and the others answer.
 */
import { basename, dirname } from "node:path";
import { abortedError } from "../../base/abort.ts";
import { HaypileError } from "../../base/errors.ts";
import type { SearchCallOptions, SearchResult } from "../../ports/answers/search.ts";
import type {
  AskedFolder,
  FolderHit,
  FoldersSearchResult,
  SearchedFolder,
} from "../../ports/answers/search-folders.ts";

/** What is asked of each. */
export interface FolderAnswers {
  search(folder: string, options: SearchCallOptions): Promise<SearchResult>;
  /** The model of its vectors; it was searched just now. */
  modelOf(folder: string): Promise<string | undefined>;
}

export interface AcrossRequest {
  folders: readonly AskedFolder[];
  answers: FolderAnswers;
  options: SearchCallOptions;
}

const defaultHits = 10;
/** Of the time that is left a folder may take its share, or so much of it: the first one may have to load a model. */
const leastShare = 0.5;
/** What a search may take beyond its deadline before it is not waited for, milliseconds. */
const graceMs = 250;

/**
 * @throws HaypileError HAYPILE_ABORTED; what the first folder failed with where none answered
 */
export async function searchFolders(request: AcrossRequest): Promise<FoldersSearchResult> {
  const start = performance.now();
  const { folders, answers, options } = request;
  const { k = defaultHits, deadlineMs, signal } = options;
  const names = shortNames(folders.map(({ folder }) => folder));
  const searched: SearchedFolder[] = [];
  let hits: FolderHit[] = [];
  let firstError: unknown;
  let late = 0;
  for (const [at, { folder, context, problem }] of folders.entries()) {
    const name = names[at] as string;
    const none = { folder, name, context, hits: 0, isIndexing: false, changedFiles: 0, cut: [] };
    if (signal?.aborted === true) throw abortedError("Searching");
    const leftMs = deadlineMs === undefined ? undefined : deadlineMs - (performance.now() - start);
    if (problem !== undefined || (leftMs !== undefined && leftMs < 1)) {
      if (problem === undefined) late += 1;
      searched.push({ ...none, failed: problem ?? "the time was up before it was asked" });
      continue;
    }
    try {
      const shareMs = leftMs && Math.max(leftMs / (folders.length - at), leftMs * leastShare);
      const found = await inTime(answers, folder, { ...options, deadlineMs: shareMs });
      const own = found.hits.map((hit): FolderHit => ({ ...hit, folder, name, context }));
      hits = merge(hits, own, k);
      searched.push({
        ...none,
        model: await answers.modelOf(folder).catch(() => undefined),
        at: found.at,
        isIndexing: found.indexing !== undefined,
        changedFiles: found.changedFiles.length,
        cut: found.cut,
        nearest: found.nearest,
      });
    } catch (error) {
      if (HaypileError.isInstance(error) && error.code === "HAYPILE_ABORTED") throw error;
      firstError ??= error;
      searched.push({ ...none, failed: error instanceof Error ? error.message : String(error) });
    }
  }
  if (firstError !== undefined && searched.every(({ failed }) => failed !== undefined)) {
    throw firstError;
  }
  const kept = fitting(hits, options.maxTokens);
  for (const one of searched) one.hits = kept.filter(({ folder }) => folder === one.folder).length;
  return {
    hits: kept,
    folders: searched,
    notes: notesOf(searched, late, hits.length - kept.length),
    timesMs: { total: performance.now() - start },
  };
}

/** A search minds its deadline, but opening an index on a disk that hangs does not. */
async function inTime(
  answers: FolderAnswers,
  folder: string,
  options: SearchCallOptions,
): Promise<SearchResult> {
  const { deadlineMs } = options;
  if (deadlineMs === undefined) return await answers.search(folder, options);
  const most = Math.max(1, Math.floor(deadlineMs));
  const asked = answers.search(folder, { ...options, deadlineMs: most });
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    const fail = (): void =>
      reject(
        new HaypileError("HAYPILE_OVERLOADED", `It did not answer within ${most} ms.`, {
          data: { folder, deadlineMs: most },
        }),
      );
    timer = setTimeout(fail, most + graceMs);
  });
  try {
    return await Promise.race([asked, tooLate]);
  } finally {
    clearTimeout(timer);
    // Nobody hears of it any more.
    asked.catch(() => undefined);
  }
}

/**
 * Both in their order, the better of the two next ones first. What comes among the first n depends on no more than the
 * first n of each, so that pages stay as they are when more is asked for.
 */
export function merge<Hit extends { score: number }>(
  a: readonly Hit[],
  b: readonly Hit[],
  k: number,
): Hit[] {
  const merged: Hit[] = [];
  for (let i = 0, j = 0; merged.length < k; ) {
    const left = a[i];
    const right = b[j];
    if (left !== undefined && (right === undefined || left.score >= right.score)) {
      merged.push(left);
      i += 1;
    } else if (right !== undefined) {
      merged.push(right);
      j += 1;
    } else break;
  }
  return merged;
}

/** Each answer keeps to the tokens; together they are more. The same estimate as for memories: three characters a token. */
function fitting(hits: readonly FolderHit[], maxTokens: number | undefined): FolderHit[] {
  if (maxTokens === undefined) return [...hits];
  let left = maxTokens;
  return hits.filter(({ snippet }) => {
    const cost = Math.ceil(snippet.lines.join("\n").length / charactersOfToken);
    if (cost > left) return false;
    left -= cost;
    return true;
  });
}

const charactersOfToken = 3;

function notesOf(searched: readonly SearchedFolder[], late: number, leftOut: number): string[] {
  const models = [...new Set(searched.flatMap(({ model }) => model ?? []))];
  return [
    ...(models.length < 2
      ? []
      : [
          `the indexes are of different models (${models.join(", ")}): their scores are brought to one scale, but compare less surely than those of one model`,
        ]),
    ...(late === 0
      ? []
      : [`${late} ${late === 1 ? "folder was" : "folders were"} not asked: the time was up`]),
    ...(leftOut === 0
      ? []
      : [`${leftOut} ${leftOut === 1 ? "hit was" : "hits were"} left out to fit the tokens`]),
  ];
}

/** The last part of each path, and as many before it as tell it from the others. */
export function shortNames(folders: readonly string[]): string[] {
  return folders.map((folder) => {
    let name = basename(folder) || folder;
    let above = dirname(folder);
    const isTaken = (): boolean =>
      folders.some((other) => other !== folder && (other === name || endsWithPath(other, name)));
    while (isTaken() && dirname(above) !== above) {
      name = `${basename(above)}/${name}`;
      above = dirname(above);
    }
    return isTaken() ? folder : name;
  });
}

function endsWithPath(path: string, end: string): boolean {
  const plain = path.replaceAll("\\", "/");
  return plain.endsWith(`/${end}`);
}
