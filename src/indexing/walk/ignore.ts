import { dirname, join, relative, sep } from "node:path";
import { readBounded } from "../../base/files/read-file.ts";
import { hasGitEntry, repositoryAt } from "../../base/files/repository.ts";
import { log } from "../../base/log.ts";
import { foldsCase } from "../../base/paths/case.ts";
import { toSlashes } from "../../base/paths/flavour.ts";
import { excludesFileOf } from "./excludes-file.ts";
import { type TrackedPaths, trackedPaths } from "./git-index.ts";
import { IgnoreFile } from "./gitignore.ts";

/** Who decides on a path: see IgnoreRules.decide(). */
export type Decision = "git" | "haypile" | "kept" | "tracked" | undefined;

/** A rule in a file. */
export interface RulePlace {
  /** The file's absolute path. */
  file: string;
  /** From 1. */
  line: number;
}

/** What the repository around a folder tracks. */
interface Tracked {
  paths: TrackedPaths;
  /** As for a rule file at the top of the repository. */
  prefix: string;
  cut: number;
}

/**
 * The ignore rules that hold at one folder: a stack of rule files, outermost first. A path is
 * asked at the innermost file first; the first file with a matching rule decides. .haypileignore
 * files are asked before all .gitignore files, so that they can bring back what git ignores.
 *
 * The walk goes from the top down and never enters an ignored folder, so only the path itself is
 * asked, and a folder brought back by .haypileignore leaves the git rules above it behind. What git tracks
 * is not ignored: of an ignored folder with tracked files these alone are taken.
 */
export class IgnoreRules {
  readonly #git: readonly RuleFile[];
  readonly #own: readonly RuleFile[];
  readonly #tracked: Tracked | undefined;
  /** All here is ignored by git but what it tracks: by the rule that ignores the folder. */
  readonly #onlyTracked: RulePlace | undefined;

  private constructor(
    git: readonly RuleFile[],
    own: readonly RuleFile[],
    tracked?: Tracked,
    onlyTracked?: RulePlace,
  ) {
    this.#git = git;
    this.#own = own;
    this.#tracked = tracked;
    this.#onlyTracked = onlyTracked;
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
   *   brings it back, "tracked" that git ignores it but for what it tracks, undefined that no rule speaks of it
   */
  decide(path: string): Decision {
    return this.#decide(path).said;
  }

  /** The rule by which git or Haypile ignores a path; undefined: none does. @param path as for decide() */
  ruleFor(path: string): RulePlace | undefined {
    const { said, place } = this.#decide(path);
    return said === "git" || said === "haypile" ? place() : undefined;
  }

  #decide(path: string): { said: Decision; place: () => RulePlace | undefined } {
    for (let index = this.#own.length - 1; index >= 0; index -= 1) {
      const file = this.#own[index] as RuleFile;
      const answer = file.test(path);
      if (answer === undefined) continue;
      return { said: answer ? "haypile" : "kept", place: () => file.placeFor(path) };
    }
    const only = this.#onlyTracked;
    if (only !== undefined) {
      return { said: this.#isTracked(path) ? "tracked" : "git", place: () => only };
    }
    for (let index = this.#git.length - 1; index >= 0; index -= 1) {
      const file = this.#git[index] as RuleFile;
      const answer = file.test(path);
      if (answer === undefined) continue;
      if (!answer) break;
      return {
        said: this.#isTracked(path) ? "tracked" : "git",
        place: () => file.placeFor(path),
      };
    }
    return { said: undefined, place: () => undefined };
  }

  /** The rules inside a folder that .haypileignore brought back: git's from above are left behind. */
  withoutGit(): IgnoreRules {
    return this.#git.length === 0 && this.#onlyTracked === undefined
      ? this
      : new IgnoreRules([], this.#own, this.#tracked);
  }

  /** The rules inside a folder that git ignores, and in which it tracks something. @param path of the folder */
  onlyTracked(path: string): IgnoreRules {
    if (this.#onlyTracked !== undefined) return this;
    const place = this.#decide(path).place() ?? { file: "", line: 0 };
    return new IgnoreRules(this.#git, this.#own, this.#tracked, place);
  }

  #isTracked(path: string): boolean {
    const tracked = this.#tracked;
    return tracked?.paths.has(tracked.prefix + path.slice(tracked.cut)) === true;
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
    const repository = repositoryAt(folder);
    if (repository === undefined) return this;
    const entry = join(folder, ".git");
    const common = await excludesFileOf(repository);
    // A linked worktree has it in the main repository.
    const exclude = join(repository.commonFolder, "info", "exclude");
    const text = await readRuleText(exclude);
    const files = [
      common && parseRules(common.text, common.path, entry, prefix, cut),
      text === undefined ? undefined : parseRules(text, exclude, entry, prefix, cut),
    ].filter((file) => file !== undefined);
    const paths = await trackedPaths(repository);
    const tracked = paths === undefined ? undefined : { paths, prefix, cut };
    return new IgnoreRules([...this.#git, ...files], this.#own, tracked);
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
      return text === undefined ? undefined : parseRules(text, path, path, prefix, cut);
    };
    const git = this.#onlyTracked === undefined ? await read(".gitignore") : undefined;
    const own = await read(".haypileignore");
    if (git === undefined && own === undefined) return this;
    return new IgnoreRules(
      git === undefined ? this.#git : [...this.#git, git],
      own === undefined ? this.#own : [...this.#own, own],
      this.#tracked,
      this.#onlyTracked,
    );
  }
}

/** One rule file. Its patterns are relative to its own folder. */
class RuleFile {
  readonly folder: string;
  readonly #file: string;
  readonly #prefix: string;
  readonly #cut: number;
  readonly #rules: IgnoreFile;

  /**
   * @param file the rules were read from, absolute
   * @param folder they are for, absolute
   * @param prefix put before a path of the walk, when the rule file stands above the walk's root
   * @param cut characters to take off a path of the walk, when it stands below
   */
  constructor(rules: IgnoreFile, file: string, folder: string, prefix: string, cut: number) {
    this.#rules = rules;
    this.#file = file;
    this.folder = folder;
    this.#prefix = prefix;
    this.#cut = cut;
  }

  /** True: ignored. False: brought back. Undefined: no rule matches. */
  test(path: string): boolean | undefined {
    return this.testOwn(this.#prefix + path.slice(this.#cut));
  }

  /** The rule that decides on a path of the walk. */
  placeFor(path: string): RulePlace | undefined {
    const rule = this.#rules.deciding(this.#prefix + path.slice(this.#cut));
    return rule === undefined ? undefined : { file: this.#file, line: rule.line };
  }

  /** The same for a path relative to the folder of this rule file. */
  testOwn(path: string): boolean | undefined {
    return this.#rules.test(path);
  }
}

/** Rule files above this size are damaged or hostile. */
const maxRuleBytes = 1024 * 1024;

/**
 * @param file the text is of
 * @param entry of the folder that the rules are for: by it the disk is asked how it compares names
 */
function parseRules(
  text: string,
  file: string,
  entry: string,
  prefix: string,
  cut: number,
): RuleFile | undefined {
  const folder = dirname(entry);
  const composes = process.platform === "darwin";
  const rules = new IgnoreFile(text, { ignoreCase: foldsCase(entry), composes });
  if (rules.leftOut > 0) {
    log(
      "warn",
      `${rules.leftOut} patterns of ${file} were left out: they are too long, or too many with wildcards.`,
    );
  }
  return rules.isEmpty ? undefined : new RuleFile(rules, file, folder, prefix, cut);
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
