import { dirname, join, relative, sep } from "node:path";
import { readBounded } from "../../base/files/read-file.ts";
import { hasGitEntry, repositoryAt } from "../../base/files/repository.ts";
import { log } from "../../base/log.ts";
import { foldsCase } from "../../base/paths/case.ts";
import { toSlashes } from "../../base/paths/flavour.ts";
import { IgnoreFile } from "./gitignore.ts";

/**
 * The ignore rules that hold at one folder: a stack of rule files, outermost first. A path is
 * asked at the innermost file first; the first file with a matching rule decides. .haypileignore
 * files are asked before all .gitignore files, so that they can bring back what git ignores.
 *
 * The walk goes from the top down and never enters an ignored folder, so only the path itself is
 * asked, and a folder brought back by .haypileignore leaves the git rules above it behind.
 */
export class IgnoreRules {
  readonly #git: readonly RuleFile[];
  readonly #own: readonly RuleFile[];

  private constructor(git: readonly RuleFile[], own: readonly RuleFile[]) {
    this.#git = git;
    this.#own = own;
  }

  static readonly none = new IgnoreRules([], []);

  /**
   * The rules from above `root`: rule files of the parents up to the git root, and the git root's
   * info/exclude. When those rules ignore `root` itself they are dropped: the caller asked for it.
   *
   * @param root absolute path without links
   */
  static async above(root: string): Promise<IgnoreRules> {
    const gitRoot = findGitRoot(root);
    if (gitRoot === undefined || gitRoot === root) return IgnoreRules.none;
    let rules = await IgnoreRules.none.#atGitRoot(gitRoot, rulePrefix(gitRoot, root), 0);
    const steps = relative(gitRoot, root).split(sep);
    let folder = gitRoot;
    for (const step of steps) {
      rules = await rules.#withFiles(folder, rulePrefix(folder, root), 0);
      folder = join(folder, step);
      if (rules.#ignoresFolder(folder)) return IgnoreRules.none;
    }
    return rules;
  }

  /**
   * The rules inside `folder`, given those of its parent.
   *
   * @param path of the folder relative to the walk's root: "" or with "/" at its end
   * @param names of the entries in it, so that absent rule files cost nothing
   */
  async inside(folder: string, path: string, names: ReadonlySet<string>): Promise<IgnoreRules> {
    let rules: IgnoreRules = this;
    // A repository inside a repository has rules of its own only.
    if (names.has(".git")) {
      rules = await new IgnoreRules([], rules.#own).#atGitRoot(folder, "", path.length);
    }
    return rules.#withFiles(folder, "", path.length, names);
  }

  /**
   * @param path relative to the walk's root; a folder ends in "/"
   * @returns who decides: "git" or "haypile" ignore it, "kept" means a rule of .haypileignore
   *   brings it back, undefined means no rule speaks of it
   */
  decide(path: string): "git" | "haypile" | "kept" | undefined {
    for (let index = this.#own.length - 1; index >= 0; index -= 1) {
      const answer = this.#own[index]?.test(path);
      if (answer !== undefined) return answer ? "haypile" : "kept";
    }
    for (let index = this.#git.length - 1; index >= 0; index -= 1) {
      const answer = this.#git[index]?.test(path);
      if (answer !== undefined) return answer ? "git" : undefined;
    }
    return undefined;
  }

  /** The rules inside a folder that .haypileignore brought back: git's from above are left behind. */
  withoutGit(): IgnoreRules {
    return this.#git.length === 0 ? this : new IgnoreRules([], this.#own);
  }

  /** True when these rules ignore `folder`, an absolute path above or at the walk's root. */
  #ignoresFolder(folder: string): boolean {
    for (const files of [this.#own, this.#git]) {
      for (let index = files.length - 1; index >= 0; index -= 1) {
        const file = files[index];
        if (file === undefined) continue;
        const path = toSlashes(relative(file.folder, folder));
        const answer = file.testOwn(`${path}/`);
        if (answer !== undefined) return answer;
      }
    }
    return false;
  }

  async #atGitRoot(folder: string, prefix: string, cut: number): Promise<IgnoreRules> {
    const text = await readExclude(folder);
    const seen = join(folder, ".git");
    const file = text === undefined ? undefined : parseRules(text, seen, prefix, cut);
    return file === undefined ? this : new IgnoreRules([...this.#git, file], this.#own);
  }

  async #withFiles(
    folder: string,
    prefix: string,
    cut: number,
    names?: ReadonlySet<string>,
  ): Promise<IgnoreRules> {
    const read = async (name: string): Promise<RuleFile | undefined> => {
      if (names !== undefined && !names.has(name)) return undefined;
      const path = join(folder, name);
      const text = await readRuleText(path);
      return text === undefined ? undefined : parseRules(text, path, prefix, cut);
    };
    const git = await read(".gitignore");
    const own = await read(".haypileignore");
    if (git === undefined && own === undefined) return this;
    return new IgnoreRules(
      git === undefined ? this.#git : [...this.#git, git],
      own === undefined ? this.#own : [...this.#own, own],
    );
  }
}

/** One rule file. Its patterns are relative to its own folder. */
class RuleFile {
  readonly folder: string;
  readonly #prefix: string;
  readonly #cut: number;
  readonly #rules: IgnoreFile;

  /**
   * @param prefix put before a path of the walk, when the rule file stands above the walk's root
   * @param cut characters to take off a path of the walk, when it stands below
   */
  constructor(rules: IgnoreFile, folder: string, prefix: string, cut: number) {
    this.#rules = rules;
    this.folder = folder;
    this.#prefix = prefix;
    this.#cut = cut;
  }

  /** True: ignored. False: brought back. Undefined: no rule matches. */
  test(path: string): boolean | undefined {
    return this.testOwn(this.#prefix + path.slice(this.#cut));
  }

  /** The same for a path relative to the folder of this rule file. */
  testOwn(path: string): boolean | undefined {
    return this.#rules.test(path);
  }
}

/** Rule files above this size are damaged or hostile. */
const maxRuleBytes = 1024 * 1024;

/** @param path of an entry of the folder that the rules are of: by it the disk is asked how it compares names */
function parseRules(text: string, path: string, prefix: string, cut: number): RuleFile | undefined {
  const folder = dirname(path);
  const composes = process.platform === "darwin";
  const rules = new IgnoreFile(text, { ignoreCase: foldsCase(path), composes });
  if (rules.leftOut > 0) {
    log(
      "warn",
      `${rules.leftOut} patterns of an ignore file in ${folder} were left out: they are too long, or too many with wildcards.`,
    );
  }
  return rules.isEmpty ? undefined : new RuleFile(rules, folder, prefix, cut);
}

/** Nothing for a link, a pipe or a file without end: a project may bring any of these under such a name. */
async function readRuleText(path: string): Promise<string | undefined> {
  try {
    const rules = { mostBytes: maxRuleBytes, links: "refuse" } as const;
    const text = (await readBounded(path, rules)).toString("utf8");
    return text.startsWith("\uFEFF") ? text.slice(1) : text;
  } catch {
    return undefined;
  }
}

/** info/exclude of the repository at `folder`; a linked worktree has it in the main repository. */
async function readExclude(folder: string): Promise<string | undefined> {
  const repository = repositoryAt(folder);
  if (repository === undefined) return undefined;
  return await readRuleText(join(repository.commonFolder, "info", "exclude"));
}

function findGitRoot(root: string): string | undefined {
  for (let folder = root; ; folder = dirname(folder)) {
    if (hasGitEntry(folder)) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

function rulePrefix(folder: string, root: string): string {
  const path = toSlashes(relative(folder, root));
  return path === "" ? "" : `${path}/`;
}
