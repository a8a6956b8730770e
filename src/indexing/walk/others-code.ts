/*
 * Folders that are left out by what is in them: build output, environments, worktrees that come from somewhere else in
 * the walk, and folders called "vendor" that hold code of others. Many a project has a folder of that name with code of
 * its own, about those who sell: there it is told by what package managers leave behind, and by licences inside.
 */
import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, sep } from "node:path";
import { isInside } from "../../base/files/read-file.ts";
import { mainFolderOf, repositoryAt } from "../../base/files/repository.ts";
import type { SkipReason } from "../../ports/answers/index-run.ts";
import { isCopiedTree } from "./copied-tree.ts";
import { markerEntries, sometimesVendored, suspectFolders } from "./ignore-defaults.ts";

/** Why something is left out, with what says so. */
export interface Skip {
  reason: SkipReason;
  /** For people, after "left out: "; undefined: the reason says all. */
  because?: string | undefined;
}

export interface JudgedFolder {
  /** Absolute, without links. */
  folder: string;
  /** Of its entries. */
  names: ReadonlySet<string>;
  /** Those of the folder it is in. */
  beside: readonly Dirent[];
}

/** What a walk knows of the repository it is in. */
export interface WalkPlace {
  root: string;
  /** What its repository shares among its worktrees; undefined: it is in none. */
  commonFolder: string | undefined;
}

/** Why a folder is left out, by what is in it and beside it; undefined: it is walked. */
export async function judgeContents(
  judged: JudgedFolder,
  place: WalkPlace,
): Promise<Skip | undefined> {
  const { folder, names } = judged;
  const marker = markerIn(nameOf(folder), names);
  if (marker !== undefined) return marker;
  if (isKnownWorktree(folder, names, place)) {
    return { reason: "worktree", because: "a worktree of a repository that is indexed" };
  }
  if (await isCopiedTree(folder, place.root)) {
    return { reason: "worktree", because: "the same files as at the top of the project" };
  }
  if (!sometimesVendored.has(nameOf(folder))) return undefined;
  return signOfOthers(names, judged.beside, await insideOf(folder, names));
}

/** Why a folder of a commit is left out, by the names in it, beside it and in its own folders; undefined: it is not. */
export function judgeNames(
  name: string,
  names: ReadonlySet<string>,
  beside: Iterable<string>,
  inside: (name: string) => Iterable<string>,
): Skip | undefined {
  const marker = markerIn(name, names);
  if (marker !== undefined || !sometimesVendored.has(name)) return marker;
  const firsts = firstOf(names).map((one) => [one, named(inside(one))] as const);
  return signOfOthers(names, named(beside), new Map(firsts));
}

function named(names: Iterable<string>): { name: string }[] {
  return [...names].map((name) => ({ name }));
}

function nameOf(folder: string): string {
  return folder.slice(folder.lastIndexOf(sep) + 1);
}

function markerIn(folderName: string, names: ReadonlySet<string>): Skip | undefined {
  for (const [name, reason] of markerEntries) {
    if (names.has(name)) return { reason, because: `it holds ${name}` };
  }
  const patterns = suspectFolders.get(folderName);
  if (patterns === undefined) return undefined;
  for (const name of names) {
    if (patterns.some((pattern) => pattern.test(name))) {
      return { reason: "build-output", because: `it holds ${name}` };
    }
  }
  return undefined;
}

/** A linked worktree whose files come from somewhere else in this walk. A submodule is no such thing. */
function isKnownWorktree(
  folder: string,
  names: ReadonlySet<string>,
  { root, commonFolder }: WalkPlace,
): boolean {
  if (!names.has(".git")) return false;
  const repository = repositoryAt(folder);
  if (repository === undefined || !repository.isLinked) return false;
  if (repository.commonFolder === commonFolder) return true;
  const main = mainFolderOf(repository);
  return main !== folder && main !== repository.commonFolder && isInside(root, main);
}

/** Package managers that put what they fetch into a folder beside these. */
export const besideVendor =
  /^(?:go\.mod|go\.sum|Gopkg\.(?:toml|lock)|glide\.yaml|composer\.(?:json|lock)|Gemfile(?:\.lock)?|Cargo\.(?:toml|lock)|.+\.gemspec|bower\.json)$/u;
/** What they leave inside, and what others put beside their code. */
export const insideVendor =
  /^(?:modules\.txt|autoload\.php|composer|bundle|bundler|vendor\.(?:json|conf|txt)|github\.com|golang\.org|gopkg\.in|k8s\.io|google\.golang\.org|\.git|(?:LICEN[CS]E|COPYING|NOTICE)(?:[.-].*)?|.+\.min\.(?:js|css)|.+-\d+\.\d+(?:\.\d+)*(?:\..+)?)$/iu;
/** The same one folder deeper, where each holds one package. */
const insidePackage =
  /^(?:(?:LICEN[CS]E|COPYING|COPYRIGHT|NOTICE|UNLICENSE)(?:[.-].*)?|\.git|\.cargo-checksum\.json|package\.json|bower\.json|composer\.json|setup\.(?:py|cfg)|pyproject\.toml|.+\.gemspec|.+\.podspec|Cargo\.toml|go\.mod|configure(?:\.ac|\.in)?|CMakeLists\.txt|Makefile\.(?:am|in)|meson\.build|METADATA|.+\.min\.(?:js|css))$/iu;

/** Folders inside that are looked into. */
const mostPackages = 48;

/** The entries of the first folders in a folder. A file has none, and a link is not followed: neither is an error here. */
async function insideOf(
  folder: string,
  names: ReadonlySet<string>,
): Promise<Map<string, readonly { name: string }[]>> {
  const found = new Map<string, readonly { name: string }[]>();
  for (const name of firstOf(names)) {
    found.set(name, await readdir(join(folder, name), { withFileTypes: true }).catch(() => []));
  }
  return found;
}

function firstOf(names: ReadonlySet<string>): string[] {
  return [...names].sort().slice(0, mostPackages);
}

function signOfOthers(
  names: ReadonlySet<string>,
  beside: readonly { name: string }[],
  inside: ReadonlyMap<string, readonly { name: string }[]>,
): Skip | undefined {
  const vendored = (because: string): Skip => ({ reason: "vendored", because });
  const manager = beside.find(({ name }) => besideVendor.test(name))?.name;
  if (manager !== undefined) return vendored(`it stands beside ${manager}`);
  for (const name of names) if (insideVendor.test(name)) return vendored(`it holds ${name}`);
  for (const [name, entries] of inside) {
    const sign = entries.find((entry) => insidePackage.test(entry.name))?.name;
    if (sign !== undefined) return vendored(`it holds ${name}/${sign}`);
  }
  return undefined;
}
