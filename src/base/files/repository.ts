/*
 * Where a git repository keeps what belongs to a folder, by the small files that say so. No command is run and
 * no configuration is read: what these files say is a path to look at, never something to do.
 *
 * A linked worktree has a file .git that names a folder of its own (HEAD, index) inside the repository, and
 * that one names the folder all of them share (objects, refs). A submodule has such a file too, but shares
 * nothing.
 */
import { lstatSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { realPathSync } from "../paths/real-path.ts";
import { leavesMachine } from "../paths/windows-names.ts";
import { readBoundedSync } from "./read-file.ts";

export interface Repository {
  /** The folder with the entry .git: the top of a working tree. */
  folder: string;
  /** What belongs to this working tree alone: HEAD, index. Links resolved. */
  gitFolder: string;
  /** What all working trees of the repository share: objects, refs. Links resolved. */
  commonFolder: string;
  /** True for a working tree beside the first one. */
  isLinked: boolean;
}

/** These files hold one line. */
const mostBytes = 64_000;
const mostConfigBytes = 4_000_000;

/** True when a folder has an entry .git, whatever that is. */
export function hasGitEntry(folder: string): boolean {
  try {
    return lstatSync(join(folder, ".git"), { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

/** The repository whose working tree begins at a folder; undefined when none does. */
export function repositoryAt(folder: string): Repository | undefined {
  try {
    const entry = join(folder, ".git");
    const facts = lstatSync(entry, { throwIfNoEntry: false });
    if (facts === undefined) return undefined;
    const named = facts.isFile() ? gitdirIn(entry, folder) : entry;
    if (named === undefined) return undefined;
    const gitFolder = realPathSync(named);
    const common = firstLine(join(gitFolder, "commondir"));
    const shared = common === undefined ? gitFolder : resolve(gitFolder, common);
    if (leavesMachine(folder, shared)) return undefined;
    const commonFolder = common === undefined ? gitFolder : realPathSync(shared);
    if (!isFolder(commonFolder)) return undefined;
    return { folder, gitFolder, commonFolder, isLinked: gitFolder !== commonFolder };
  } catch {
    return undefined;
  }
}

/** The repository a folder lies in: that of the nearest entry .git at or above it. */
export function repositoryOf(folder: string): Repository | undefined {
  for (let at = folder; ; at = dirname(at)) {
    if (hasGitEntry(at)) return repositoryAt(at);
    if (dirname(at) === at) return undefined;
  }
}

/**
 * The first working tree of a repository, for which the others stand as well. Where there is none, as when all are
 * linked to a bare repository, the repository itself. A folder that only says to be a worktree, and that the
 * repository does not know of, stands for itself.
 */
export function mainFolderOf(repository: Repository): string {
  const { folder, commonFolder, isLinked } = repository;
  if (!isLinked || !isKnown(repository)) return folder;
  if (basename(commonFolder) === ".git") return dirname(commonFolder);
  // That of a submodule is named by its repository; both must agree.
  const said = configValue(commonFolder, "core", "worktree");
  const main = said === undefined ? undefined : resolve(commonFolder, said);
  const isMain =
    main !== undefined &&
    !leavesMachine(commonFolder, main) &&
    repositoryAt(main)?.gitFolder === commonFolder;
  return isMain ? main : commonFolder;
}

/** Folders of the working trees that a repository has beside its first one, as it knows them. */
export function linkedFolders({ commonFolder }: Repository, most: number): string[] {
  const folder = join(commonFolder, "worktrees");
  let names: string[];
  try {
    names = readdirSync(folder).sort().slice(0, most);
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const own = join(folder, name);
    const named = firstLine(join(own, "gitdir"));
    const entry = named === undefined ? undefined : resolve(own, named);
    return entry === undefined || leavesMachine(own, entry) ? [] : [dirname(entry)];
  });
}

/** Where a repository was cloned from, without a password; undefined: nothing says so. */
export function originOf(commonFolder: string): string | undefined {
  const said = configValue(commonFolder, 'remote "origin"', "url");
  return said?.replace(/^([a-z+]+:\/\/)[^/@]*@/iu, "$1").replace(/(?:\.git)?\/*$/u, "");
}

/** One value out of a repository's configuration, as plain text: what git would do with it is not done. */
export function configValue(
  commonFolder: string,
  section: string,
  key: string,
): string | undefined {
  let text: string;
  try {
    const rules = { mostBytes: mostConfigBytes, links: "refuse" } as const;
    text = readBoundedSync(join(commonFolder, "config"), rules).toString("utf8");
  } catch {
    return undefined;
  }
  return valuesInConfig(text, section, key).find((value) => value !== "");
}

/** The values of a key in the text of a configuration of git, in their order. Included files are not read. */
function valuesInConfig(text: string, section: string, key: string): string[] {
  const found: string[] = [];
  let isIn = false;
  for (const line of text.split("\n")) {
    const header = /^\s*\[\s*([^\]]*?)\s*\]/u.exec(line)?.[1];
    if (header !== undefined) isIn = header.toLowerCase() === section.toLowerCase();
    const value = isIn ? /^\s*([A-Za-z][A-Za-z0-9-]*)\s*=\s*(.*?)\s*$/u.exec(line) : null;
    if (value?.[1]?.toLowerCase() === key)
      found.push((value[2] as string).replace(/^"(.*)"$/u, "$1"));
  }
  return found;
}

/** The repository names a worktree, too; by where it was, when it was moved by hand and that place is empty. */
function isKnown({ folder, gitFolder }: Repository): boolean {
  const named = firstLine(join(gitFolder, "gitdir"));
  if (named === undefined) return false;
  const back = resolve(gitFolder, named);
  if (leavesMachine(gitFolder, back)) return false;
  try {
    return realPathSync(back) === realPathSync(join(folder, ".git"));
  } catch {
    return !hasGitEntry(dirname(back));
  }
}

/** The first line of a small file, without blanks around it; undefined where there is none. */
export function firstLine(path: string): string | undefined {
  try {
    const text = readBoundedSync(path, { mostBytes, links: "refuse" }).toString("utf8");
    return text.split("\n", 1)[0]?.trim() || undefined;
  } catch {
    return undefined;
  }
}

function gitdirIn(file: string, folder: string): string | undefined {
  const target = /^gitdir:\s*(.+)$/u.exec(firstLine(file) ?? "")?.[1];
  const named = target === undefined ? undefined : resolve(folder, target);
  // A project says it: no other machine is logged in at for that.
  return named !== undefined && leavesMachine(folder, named) ? undefined : named;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
