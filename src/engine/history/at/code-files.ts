/*
 * Which files of a commit count as code: those that an index run over a checkout of it would take, as far as names and
 * sizes tell. What a file's text says (binary, generated, of long lines) is found when it is read (read-blobs.ts). The
 * working tree has no word in it, and neither has .gitignore: what a commit holds is tracked. The commit's own files
 * .haypileignore are asked.
 */
import { mostBytesOf } from "../../../base/files/text-of-file.ts";
import { isSecretFile } from "../../../base/paths/secret-paths.ts";
import { IgnoreFile } from "../../../indexing/walk/gitignore.ts";
import {
  defaultMaxFileBytes,
  isBinaryName,
  isGeneratedName,
  isTranslationName,
  vendoredFolders,
  visibleHiddenFolders,
} from "../../../indexing/walk/ignore-defaults.ts";
import { judgeNames } from "../../../indexing/walk/others-code.ts";
import type { SkipReason } from "../../../ports/answers/index-run.ts";
import { pathIn } from "../../git/git.ts";
import { Blobs, type TreeFile, treeAt } from "../../git/objects.ts";
import type { GitRoom } from "../../git/room.ts";

/** Why a file of a commit does not count as code. "missing": a partial clone has not got it. */
export type NotCode = SkipReason | "link" | "submodule" | "missing";

export interface CommitFiles {
  /** By path, in the order of bytes. */
  code: TreeFile[];
  /** All others, by path: files one by one, also those of folders that are left out as a whole. */
  leftOut: Map<string, NotCode>;
}

/** Files .haypileignore that are asked; what more a commit has of them has no say. */
const mostRuleFiles = 1_000;
const mostRuleBytes = 1024 * 1024;
const ruleFile = ".haypileignore";

/**
 * @param folder in the working tree, absolute, links resolved; it need not be there now
 * @param commit id
 * @param maxFileBytes larger files do not count; default 1 MiB, as for an index run
 * @throws GitRefusal
 */
export async function codeFilesAt(
  git: GitRoom,
  folder: string,
  commit: string,
  maxFileBytes: number = defaultMaxFileBytes,
): Promise<CommitFiles> {
  const tree = await treeAt(git, folder, commit);
  const rules = await rulesAt(git, folder, commit, tree);
  return codeFilesIn(tree, rules, maxFileBytes);
}

/**
 * @param tree all files of a commit below a folder
 * @param rules texts of the files .haypileignore by the folder they stand in, "" for the top, else with "/" at the
 *   end; of folders above the top the path to it ("../", "../../")
 */
export function codeFilesIn(
  tree: readonly TreeFile[],
  rules: ReadonlyMap<string, IgnoreFile> = new Map(),
  maxFileBytes: number = defaultMaxFileBytes,
): CommitFiles {
  const folders = new Folders(tree, rules);
  const code: TreeFile[] = [];
  const leftOut = new Map<string, NotCode>();
  for (const file of tree) {
    const slash = file.path.lastIndexOf("/") + 1;
    const why =
      folders.whyNot(file.path.slice(0, slash)) ??
      whyNotFile(file, file.path.slice(slash), folders.decide(file.path), maxFileBytes);
    if (why === undefined) code.push(file);
    else leftOut.set(file.path, why);
  }
  return { code, leftOut };
}

type Decision = "haypile" | "kept" | undefined;

/** As a walk looks at a file (indexing/walk/walk.ts). */
function whyNotFile(
  { path, kind, sizeBytes }: TreeFile,
  name: string,
  rule: Decision,
  maxFileBytes: number,
): NotCode | undefined {
  if (kind !== "file") return kind;
  if (path.includes("\uFFFD")) return "name-not-utf8";
  if (rule === "haypile") return "ignored-by-haypile";
  if (rule !== "kept") {
    if (isSecretFile(name)) return "secret";
    if (isGeneratedName(name)) return "generated";
    if (isTranslationName(name)) return "translation";
    if (isBinaryName(name)) return "binary";
  }
  if (sizeBytes < 0) return "missing";
  return sizeBytes > mostBytesOf(path, maxFileBytes) ? "too-large" : undefined;
}

/** The folders of a tree, each judged once. "" is the top, others have "/" at the end. */
class Folders {
  readonly #names = new Map<string, Set<string>>([["", new Set()]]);
  readonly #judged = new Map<string, NotCode | undefined>([["", undefined]]);
  readonly #rules: readonly (readonly [folder: string, rules: IgnoreFile])[];

  constructor(tree: readonly TreeFile[], rules: ReadonlyMap<string, IgnoreFile>) {
    for (const { path } of tree) this.#add(path);
    // The innermost first: there the first rule that matches decides.
    this.#rules = [...rules].sort(([a], [b]) => depthOf(b) - depthOf(a));
  }

  #add(path: string): void {
    const slash = path.lastIndexOf("/");
    const folder = path.slice(0, slash + 1);
    const known = this.#names.get(folder);
    if (known !== undefined) {
      known.add(path.slice(slash + 1));
      return;
    }
    this.#names.set(folder, new Set([path.slice(slash + 1)]));
    this.#add(folder.slice(0, -1));
  }

  /** Why nothing in a folder counts. */
  whyNot(folder: string): NotCode | undefined {
    if (this.#judged.has(folder)) return this.#judged.get(folder);
    const slash = folder.lastIndexOf("/", folder.length - 2) + 1;
    const parent = folder.slice(0, slash);
    const why = this.whyNot(parent) ?? this.#judge(folder, folder.slice(slash, -1), parent);
    this.#judged.set(folder, why);
    return why;
  }

  #judge(folder: string, name: string, parent: string): NotCode | undefined {
    const rule = this.decide(folder);
    if (rule === "kept") return undefined;
    if (rule === "haypile") return "ignored-by-haypile";
    if (vendoredFolders.has(name)) return "vendored";
    if (name.startsWith(".") && !visibleHiddenFolders.has(name)) return "hidden";
    const inside = (one: string): Iterable<string> => this.#names.get(`${folder}${one}/`) ?? [];
    return judgeNames(name, this.#of(folder), this.#of(parent), inside)?.reason;
  }

  #of(folder: string): ReadonlySet<string> {
    return this.#names.get(folder) ?? new Set();
  }

  /** What the rules say of a path; a folder ends in "/". */
  decide(path: string): Decision {
    for (const [folder, rules] of this.#rules) {
      const own = pathFrom(folder, path);
      const answer = own === undefined ? undefined : rules.test(own);
      if (answer !== undefined) return answer ? "haypile" : "kept";
    }
    return undefined;
  }
}

/** Above the top below 0. */
function depthOf(folder: string): number {
  const steps = folder.split("/").length - 1;
  return folder.startsWith("../") ? -folder.length : steps;
}

/** A path as a rule file sees it; undefined: it is in another folder. */
function pathFrom(folder: string, path: string): string | undefined {
  if (folder.startsWith("../")) return folder.replace(/^(?:\.\.\/)+/u, "") + path;
  return path.startsWith(folder) && path !== folder ? path.slice(folder.length) : undefined;
}

/** The rules of a commit, also those above the folder: "../" with the folders that lead down from there behind it. */
async function rulesAt(
  git: GitRoom,
  folder: string,
  commit: string,
  tree: readonly TreeFile[],
): Promise<Map<string, IgnoreFile>> {
  const prefix = pathIn(git.repository, folder);
  const wanted: [folder: string, object: string][] = tree
    .filter(({ path, kind }) => kind === "file" && isRuleFile(path))
    .slice(0, mostRuleFiles)
    .map(({ path, id }) => [path.slice(0, -ruleFile.length), id]);
  const steps = prefix === "" ? [] : prefix.split("/");
  for (let at = 0; at < steps.length; at += 1) {
    const above = steps.slice(0, at).map((step) => `${step}/`);
    const below = steps.slice(at).map((step) => `${step}/`);
    const up = "../".repeat(below.length);
    wanted.push([`${up}${below.join("")}`, `${commit}:${above.join("")}${ruleFile}`]);
  }
  const rules = new Map<string, IgnoreFile>();
  if (wanted.length === 0) return rules;
  const blobs = new Blobs(git);
  try {
    for (const [place, object] of wanted) {
      const bytes = await blobs.read(object, mostRuleBytes);
      if (typeof bytes === "string") continue;
      const file = new IgnoreFile(bytes.toString("utf8").replace(/^\uFEFF/u, ""));
      if (!file.isEmpty) rules.set(place, file);
    }
  } finally {
    await blobs.close();
  }
  return rules;
}

function isRuleFile(path: string): boolean {
  return path === ruleFile || path.endsWith(`/${ruleFile}`);
}
