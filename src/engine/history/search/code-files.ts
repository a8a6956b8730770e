/*
 * Which files of a commit a search looks at. What an index run would pass over by name, size or folder is passed over
 * here. A commit has what was tracked then, so .gitignore has no word in it; .haypileignore is that of now: what its
 * user does not want to find does not come back by asking for an older commit.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { mostBytesOf } from "../../../base/files/text-of-file.ts";
import { isSecretFile } from "../../../base/paths/secret-paths.ts";
import { yieldToEventLoop } from "../../../base/yield.ts";
import { IgnoreRules } from "../../../indexing/walk/ignore.ts";
import {
  isBinaryName,
  isGeneratedName,
  isTranslationName,
  markerEntries,
  sometimesVendored,
  suspectFolders,
  vendoredFolders,
  visibleHiddenFolders,
} from "../../../indexing/walk/ignore-defaults.ts";
import { besideVendor, insideVendor } from "../../../indexing/walk/others-code.ts";
import type { TreeFile } from "../../git/objects.ts";

/** A file of a commit that a search looks at. */
export interface CodeFile {
  /** Relative to the folder of the index, with "/". */
  path: string;
  /** Of its blob. */
  id: string;
  sizeBytes: number;
}

interface Folder {
  isLeftOut: boolean;
  rules: IgnoreRules;
}

/** Files judged before others have their turn. */
const filesPerTurn = 2_048;

/**
 * @param root folder of the index
 * @param isIndexed the index has it now: then nothing but its size can leave it out
 */
export async function codeFilesOf(
  tree: readonly TreeFile[],
  root: string,
  maxFileBytes: number,
  isIndexed: (path: string) => boolean,
): Promise<CodeFile[]> {
  const folders = new Folders(root, namesByFolder(tree), await IgnoreRules.above(root));
  const files: CodeFile[] = [];
  for (const [at, { path, id, sizeBytes, kind }] of tree.entries()) {
    if (at % filesPerTurn === 0) await yieldToEventLoop();
    if (kind !== "file" || sizeBytes > mostBytesOf(path, maxFileBytes)) continue;
    if (isIndexed(path) || !(await folders.leavesOut(path))) files.push({ path, id, sizeBytes });
  }
  return files;
}

/** Names of the entries of each folder, "" for the top. */
function namesByFolder(tree: readonly TreeFile[]): Map<string, Set<string>> {
  const names = new Map<string, Set<string>>();
  for (const { path } of tree) {
    let rest = path;
    for (;;) {
      const cut = rest.lastIndexOf("/");
      const folder = cut < 0 ? "" : rest.slice(0, cut);
      const known = names.get(folder);
      const name = rest.slice(cut + 1);
      if (known?.has(name) === true) break;
      if (known === undefined) names.set(folder, new Set([name]));
      else known.add(name);
      if (cut < 0) break;
      rest = folder;
    }
  }
  return names;
}

class Folders {
  readonly #root: string;
  readonly #names: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #above: IgnoreRules;
  readonly #known = new Map<string, Folder>();

  constructor(root: string, names: ReadonlyMap<string, ReadonlySet<string>>, above: IgnoreRules) {
    this.#root = root;
    this.#names = names;
    this.#above = above;
  }

  async leavesOut(path: string): Promise<boolean> {
    const cut = path.lastIndexOf("/");
    const folder = await this.#folder(cut < 0 ? "" : path.slice(0, cut));
    if (folder.isLeftOut) return true;
    const name = path.slice(cut + 1);
    const rule = folder.rules.decide(path);
    if (rule === "haypile") return true;
    if (rule === "kept") return false;
    return (
      isSecretFile(name) || isGeneratedName(name) || isTranslationName(name) || isBinaryName(name)
    );
  }

  async #folder(path: string): Promise<Folder> {
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const cut = path.lastIndexOf("/");
    const parent =
      path === ""
        ? { isLeftOut: false, rules: this.#above }
        : await this.#folder(cut < 0 ? "" : path.slice(0, cut));
    const rule = path === "" ? undefined : parent.rules.decide(`${path}/`);
    const isLeftOut =
      parent.isLeftOut ||
      rule === "haypile" ||
      (path !== "" && rule !== "kept" && this.#isOthers(path, path.slice(cut + 1)));
    const folder = { isLeftOut, rules: await this.#rulesIn(path, parent.rules) };
    this.#known.set(path, folder);
    return folder;
  }

  /** Only the files of rules that are there now, and of those our own. */
  async #rulesIn(path: string, rules: IgnoreRules): Promise<IgnoreRules> {
    const folder = join(this.#root, ...path.split("/"));
    if (!existsSync(join(folder, ".haypileignore"))) return rules;
    return await rules.inside(folder, path === "" ? "" : `${path}/`, new Set([".haypileignore"]));
  }

  /** Code of others, output of a build, or hidden: by its name, and by names in it and beside it. */
  #isOthers(path: string, name: string): boolean {
    if (vendoredFolders.has(name)) return true;
    if (name.startsWith(".") && !visibleHiddenFolders.has(name)) return true;
    const inside = [...(this.#names.get(path) ?? [])];
    if (inside.some((one) => markerEntries.has(one))) return true;
    const signs = suspectFolders.get(name) ?? [];
    if (inside.some((one) => signs.some((sign) => sign.test(one)))) return true;
    if (!sometimesVendored.has(name)) return false;
    const cut = path.lastIndexOf("/");
    const beside = [...(this.#names.get(cut < 0 ? "" : path.slice(0, cut)) ?? [])];
    return (
      beside.some((one) => besideVendor.test(one)) || inside.some((one) => insideVendor.test(one))
    );
  }
}
