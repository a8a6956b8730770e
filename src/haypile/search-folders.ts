/* A search over several folders, by whatever answers: which folders are meant, and the questions to each. */
import { isAbsolute, resolve } from "node:path";
import { checkOptions, checkTextArgument } from "../base/check-options.ts";
import { HaypileError } from "../base/errors.ts";
import { realPathSync } from "../base/paths/real-path.ts";
import { readEnvironment } from "../config/environment/env.ts";
import {
  type Collections,
  everyFolder,
  readCollections,
  unknown,
} from "../config/places/collections.ts";
import type { KnownIndex } from "../ports/answers/index-facts.ts";
import type {
  AskedFolder,
  FoldersSearchOptions,
  FoldersSearchResult,
} from "../ports/answers/search-folders.ts";
import { checkCall, codeCalls } from "../ports/calls.ts";
import type { Haypile } from "../ports/haypile.ts";
import { searchFolders } from "../search/across/search-folders.ts";

/** Folders of one search. */
const mostFolders = 1_000;

/**
 * Searches several folders, and merges what they have by score. One that fails is told; the others answer.
 *
 * @throws HaypileError HAYPILE_USAGE for a name that is no collection and no folder, HAYPILE_NOT_INDEXED where there is
 *   no index at all, HAYPILE_ABORTED, HAYPILE_CONFIG_INVALID; and what the first failed with where none answered
 */
export async function searchIn(
  haypile: Pick<Haypile, "code" | "indexes">,
  query: string,
  { in: names, ...options }: FoldersSearchOptions,
): Promise<FoldersSearchResult> {
  checkTextArgument("searchFolders()", "query", query);
  checkOptions("searchFolders()", { in: names }, { in: "text or texts" });
  checkCall(codeCalls, "search", [query, options]);
  const folders = await foldersNamed(haypile, [names].flat());
  const codeOf = (folder: string): ReturnType<Haypile["code"]> =>
    haypile.code(folder, { nearest: false });
  return await searchFolders({
    folders,
    options,
    answers: {
      search: (folder, given) => codeOf(folder).search(query, given),
      modelOf: async (folder) => (await codeOf(folder).status()).model?.id,
    },
  });
}

/** Whether these words mean several folders, and not one by its path. */
export function meansCollection(said: string): boolean {
  if (said === everyFolder || said.includes(",")) return true;
  if (isAbsolute(said) || /[\\/]/u.test(said)) return false;
  return readCollections(readEnvironment()).collections.some(({ name }) => name === said);
}

/** Each folder once, in the order of the names. @throws HaypileError HAYPILE_USAGE, HAYPILE_NOT_INDEXED */
async function foldersNamed(
  haypile: Pick<Haypile, "indexes">,
  names: readonly string[],
): Promise<AskedFolder[]> {
  const known = readCollections(readEnvironment());
  const indexes = await haypile.indexes();
  const meant = new Map<string, AskedFolder>();
  for (const name of names) {
    for (const one of oneNamed(name.trim(), known, indexes)) {
      if (!meant.has(one.folder)) meant.set(one.folder, one);
    }
  }
  const folders = [...meant.values()];
  if (folders.length === 0) {
    throw new HaypileError(
      "HAYPILE_NOT_INDEXED",
      'Expected at least one indexed folder, but there is none. Make an index with "haypile index FOLDER".',
    );
  }
  if (folders.length > mostFolders) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected at most ${mostFolders} folders but got ${folders.length}.`,
    );
  }
  return folders;
}

function oneNamed(
  name: string,
  { collections, contexts }: Collections,
  indexes: readonly KnownIndex[],
): AskedFolder[] {
  const asked = (folder: string): AskedFolder => ({
    folder,
    context: Object.hasOwn(contexts, folder) ? contexts[folder] : undefined,
    problem: problemOf(indexes.find((index) => index.folder === folder)),
  });
  if (name === everyFolder) return indexes.flatMap(({ folder }) => (folder ? [asked(folder)] : []));
  const collection = collections.find((one) => one.name === name);
  if (collection !== undefined) return collection.folders.map(asked);
  const folder = realOrSame(resolve(name));
  const isKnown = indexes.some((index) => index.folder === folder);
  if (isKnown || isAbsolute(name) || /[\\/]/u.test(name) || name === ".") return [asked(folder)];
  throw unknown(name, collections);
}

function problemOf(index: KnownIndex | undefined): string | undefined {
  if (index === undefined) return undefined;
  if (index.vanished) return "the folder is not there any more";
  return index.problem;
}

function realOrSame(folder: string): string {
  try {
    return realPathSync(folder);
  } catch {
    return folder;
  }
}
