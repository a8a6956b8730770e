/*
 * Git, asked about a repository without being let into it. A repository can name commands for git to run: file
 * monitors, filters, hooks, helpers, transports for objects that are missing, and more with every version. Git
 * reads those names out of the repository's configuration, so it gets another one: an empty room of our own with
 * a configuration that says nothing, next to which only the objects and the index are the repository's. Both are
 * data. Git is never told of the working tree, so it neither reads a file of it nor filters one.
 *
 * Rules, each of which was a way in elsewhere:
 * 1. The environment is made anew: nothing of ours that begins with GIT_ goes on.
 * 2. The program is found by absolute folders of PATH outside of the repository, and runs in the room.
 * 3. A repository of another user is refused, as git does, and as git's safe.directory says otherwise.
 * 4. What git reads of the repository without us is a regular file, and git is ended when it takes too long.
 */
import { accessSync, constants, lstatSync, statSync } from "node:fs";
import { copyFile, link, mkdir, mkdtemp, readdir, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { removeTreeLater } from "../../base/files/patient.ts";
import { isInside, readBounded, readBoundedSync } from "../../base/files/read-file.ts";
import type { Repository } from "../../base/files/repository.ts";
import { isWhole } from "../../base/paths/flavour.ts";
import { isNetworkPath } from "../../base/paths/windows-names.ts";
import { type Environment, readEnvironment } from "../../config/environment/env.ts";
import { oddObjectFile } from "./object-files.ts";
import { isTrustedOwner } from "./owner.ts";
import { type GitLimits, GitRefusal, OpenGit, runGit } from "./process.ts";
import { findRef, otherRefStorage, refLog, replacements } from "./refs.ts";

export { type GitLimits, GitRefusal } from "./process.ts";

const mostConfigBytes = 4_000_000;
/** An index of a million files has 150 MB. */
const mostIndexBytes = 2 ** 31;

/**
 * Runs with a room for a repository, which is gone afterwards.
 * @throws GitRefusal where there is no git, the repository is another user's, or objects of it are no regular files;
 *   and what `run` throws
 */
export async function withGit<T>(
  repository: Repository,
  limits: GitLimits,
  run: (git: GitRoom) => Promise<T>,
): Promise<T> {
  const environment = readEnvironment();
  const program = findGit(environment, repository.folder);
  if (program === undefined) throw new GitRefusal("there is no git on this machine");
  const odd = await oddObjectFile(join(repository.commonFolder, "objects"));
  if (odd !== undefined) {
    throw new GitRefusal(`git would read ${JSON.stringify(odd)}, which is no regular file`);
  }
  const room = await mkdtemp(join(tmpdir(), "haypile-git-"));
  try {
    const replaced = replacements(repository);
    await furnish(room, repository, replaced);
    const git = new GitRoom(room, program, repository, environment, limits, replaced);
    await assertOwner(git, repository, environment);
    return await run(git);
  } finally {
    await removeTreeLater(room);
  }
}

export class GitRoom {
  readonly #room: string;
  readonly #program: string;
  readonly #repository: Repository;
  readonly #environment: Environment;
  readonly #limits: GitLimits;
  readonly #replaced: ReadonlyMap<string, string>;

  /** Use withGit(). */
  constructor(
    room: string,
    program: string,
    repository: Repository,
    environment: Environment,
    limits: GitLimits,
    replaced: ReadonlyMap<string, string> = new Map(),
  ) {
    this.#replaced = replaced;
    this.#room = room;
    this.#program = program;
    this.#repository = repository;
    this.#environment = environment;
    this.#limits = limits;
  }

  get repository(): Repository {
    return this.#repository;
  }

  /** The id of the object that git gives for an id: another one where the repository replaces it. */
  standsFor(id: string): string {
    let own = id;
    // Git follows a replacement of a replacement five times.
    for (let step = 0; step < 5; step += 1) {
      const next = this.#replaced.get(own);
      if (next === undefined) break;
      own = next;
    }
    return own;
  }

  /** What git writes. @throws GitRefusal with git's own first line */
  run(...args: string[]): Promise<Buffer> {
    return this.#run(args, this.#variables());
  }

  /** A git that goes on: what it writes comes by and by, and it can be asked more. Close it. */
  open(...args: string[]): OpenGit {
    const place = { program: this.#program, room: this.#room, env: this.#variables() };
    return new OpenGit(place, args, this.#limits);
  }

  /** What the user told git in files of the user and of the system. No repository has a word in it. */
  async userSetting(name: string): Promise<string[]> {
    const { variables } = this.#environment;
    const { HOME, XDG_CONFIG_HOME, USERPROFILE } = variables;
    const env = {
      ...this.#variables(),
      HOME,
      XDG_CONFIG_HOME,
      USERPROFILE,
      GIT_CONFIG_NOSYSTEM: undefined,
      GIT_CONFIG_GLOBAL: undefined,
    };
    const said = await this.#run(["config", "-z", "--get-all", name], env).catch(() => undefined);
    return said === undefined ? [] : said.toString("utf8").split("\0").slice(0, -1);
  }

  /**
   * The id of a commit by a name as git takes it: "main", "v1.2~3", "4f2a9c1", "HEAD@{2}".
   * @throws GitRefusal for what is no commit here
   */
  async commit(name: string): Promise<string> {
    const other = otherRefStorage(this.#repository);
    const none = new GitRefusal(
      other === undefined
        ? "there is no such commit"
        : `this repository keeps its branches and tags as "${other.slice(0, 40)}", which is not read here: name a commit by its id`,
    );
    const cut = name.search(/[~^:]|@\{/u);
    const base = cut < 0 ? name : name.slice(0, cut);
    const rest = cut < 0 ? "" : name.slice(cut);
    if (name.startsWith("-") || rest.includes(":") || /[\0\s]/u.test(base)) throw none;
    const ref = isWholeId(base)
      ? undefined
      : findRef(this.#repository, base === "@" || base === "" ? "HEAD" : base);
    if (base === "" && (ref === undefined || rest === "")) throw none;
    let start = ref?.id ?? base;
    if (rest.startsWith("@{") && ref !== undefined) {
      if (!/^@\{(?:\d|[^}]*[ .:])/u.test(rest) && !/^@\{(?:now|yesterday|today)\}/u.test(rest)) {
        throw new GitRefusal(
          "only what a branch was before can stand in @{…}; name the other branch",
        );
      }
      await this.#bringLog(ref.name, ref.id);
      start = ref.name;
    }
    const said = await this.run(
      "rev-parse",
      "--verify",
      "--quiet",
      `${start}${rest}^{commit}`,
    ).catch((error: unknown) => {
      throw error instanceof GitRefusal && !error.wasEnded ? none : error;
    });
    const id = said.toString("latin1").trim();
    if (!isWholeId(id)) throw none;
    return id;
  }

  /** Puts one ref and its log into the room. */
  async #bringLog(name: string, id: string): Promise<void> {
    const log = refLog(this.#repository, name);
    if (log === undefined) throw new GitRefusal(`git keeps no log of ${name} here`);
    for (const [path, bytes] of [
      [name, `${id}\n`],
      [`logs/${name}`, log],
    ] as const) {
      await mkdir(dirname(join(this.#room, path)), { recursive: true });
      await writeFile(join(this.#room, path), bytes);
    }
  }

  #variables(): NodeJS.ProcessEnv {
    const { SystemRoot, TEMP, TZ } = this.#environment.variables;
    const own = { ...environmentOf(this.#room, this.#program, this.#repository), TZ };
    return process.platform === "win32" ? { ...own, SystemRoot, TEMP } : own;
  }

  #run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Buffer> {
    return runGit({ program: this.#program, room: this.#room, env }, args, this.#limits);
  }
}

/** Git for Windows goes beyond 260 characters only when it is told to. */
const longPaths = process.platform === "win32" ? "\tlongPaths = true\n" : "";

/** Nothing that git would act upon: the repository's format, and no word more. */
async function furnish(
  room: string,
  repository: Repository,
  replaced: ReadonlyMap<string, string>,
): Promise<void> {
  const { objectFormat } = formatOf(repository);
  const extension =
    objectFormat === undefined ? "" : `[extensions]\n\tobjectFormat = ${objectFormat}\n`;
  await Promise.all([
    mkdir(join(room, "refs")),
    mkdir(join(room, "objects")),
    writeFile(join(room, "HEAD"), "ref: refs/heads/none\n"),
    writeFile(
      join(room, "config"),
      `[core]\n\trepositoryFormatVersion = ${extension === "" ? 0 : 1}\n\tbare = true\n${longPaths}[advice]\n\tgraftFileDeprecated = false\n${extension}`,
    ),
    bringSharedIndexes(room, repository),
    bringShallow(room, repository),
    bringGrafts(room, repository),
    bringReplacements(room, replaced),
  ]);
}

/** Where the history of a shallow clone ends. */
async function bringShallow(room: string, { commonFolder }: Repository): Promise<void> {
  try {
    const rules = { mostBytes: mostConfigBytes, links: "refuse" } as const;
    const bytes = await readBounded(join(commonFolder, "shallow"), rules);
    await writeFile(join(room, "shallow"), bytes);
  } catch {
    // It is whole.
  }
}

/** Which parents commits have by the word of this clone. */
async function bringGrafts(room: string, { commonFolder }: Repository): Promise<void> {
  try {
    const rules = { mostBytes: mostConfigBytes, links: "refuse" } as const;
    const bytes = await readBounded(join(commonFolder, "info", "grafts"), rules);
    await mkdir(join(room, "info"));
    await writeFile(join(room, "info", "grafts"), bytes);
  } catch {
    // There are none.
  }
}

async function bringReplacements(
  room: string,
  replaced: ReadonlyMap<string, string>,
): Promise<void> {
  if (replaced.size === 0) return;
  const lines = [...replaced].sort(([a], [b]) => (a < b ? -1 : 1));
  const text = lines.map(([from, to]) => `${to} refs/replace/${from}\n`).join("");
  await writeFile(join(room, "packed-refs"), `# pack-refs with: sorted \n${text}`);
}

/** Parts of an index that was split, which git looks for beside its configuration. */
async function bringSharedIndexes(room: string, { gitFolder }: Repository): Promise<void> {
  const names = await readdir(gitFolder).catch(() => []);
  const shared = names.filter((name) => /^sharedindex\.[0-9a-f]{40,64}$/u.test(name));
  for (const name of shared.slice(-8)) {
    const path = join(gitFolder, name);
    if (isPlain(path, mostIndexBytes)) await bring(path, join(room, name));
  }
}

/** By a link; where a user may make none, as on most of Windows, by a second name, else by a copy. */
async function bring(path: string, place: string): Promise<void> {
  for (const way of [symlink, link, copyFile]) {
    try {
      await way(path, place);
      return;
    } catch {
      // The next one.
    }
  }
}

/** How a repository names its objects, out of its configuration: one known word, or the usual. */
function formatOf({ commonFolder }: Repository): { objectFormat: "sha256" | undefined } {
  let section = "";
  let objectFormat: "sha256" | undefined;
  for (const line of configLines(join(commonFolder, "config"))) {
    section = /^\s*\[\s*([A-Za-z]+)\s*\]/u.exec(line)?.[1]?.toLowerCase() ?? section;
    const isSaid = /^\s*(?:\[\s*extensions\s*\]\s*)?objectformat\s*=\s*"?sha256"?\s*$/iu.test(line);
    if (section === "extensions" && isSaid) objectFormat = "sha256";
  }
  return { objectFormat };
}

function configLines(path: string): string[] {
  try {
    const rules = { mostBytes: mostConfigBytes, links: "follow" } as const;
    return readBoundedSync(path, rules).toString("utf8").split("\n");
  } catch {
    return [];
  }
}

function environmentOf(
  room: string,
  program: string,
  { gitFolder, commonFolder }: Repository,
): NodeJS.ProcessEnv {
  const index = join(gitFolder, "index");
  return {
    PATH: dirname(program),
    HOME: room,
    XDG_CONFIG_HOME: room,
    LC_ALL: "C",
    GIT_DIR: room,
    GIT_OBJECT_DIRECTORY: join(commonFolder, "objects"),
    GIT_INDEX_FILE: isPlain(index, mostIndexBytes) ? index : join(room, "index"),
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: process.platform === "win32" ? "NUL" : "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_LITERAL_PATHSPECS: "1",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_LAZY_FETCH: "1",
    GIT_ALLOW_PROTOCOL: "none",
    GIT_TERMINAL_PROMPT: "0",
    GIT_PAGER: "cat",
  };
}

function isPlain(path: string, mostBytes: number): boolean {
  const facts = lstatSync(path, { throwIfNoEntry: false });
  return facts?.isFile() === true && facts.size <= mostBytes;
}

/** The first git of PATH; never one that a project brings, or that depends on where we stand. */
function findGit({ variables }: Environment, project: string): string | undefined {
  const said = variables.PATH ?? variables.Path ?? "";
  const isWindows = process.platform === "win32";
  const name = isWindows ? "git.exe" : "git";
  for (const part of said.split(delimiter)) {
    // There a folder may stand in quotes, and one of the network is not logged in at for this.
    const folder = isWindows ? part.replace(/^"(.*)"$/u, "$1") : part;
    if (!isWhole(folder) || isNetworkPath(folder) || isInside(project, folder)) continue;
    const program = join(folder, name);
    try {
      accessSync(program, constants.X_OK);
      if (statSync(program).isFile()) return program;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

async function assertOwner(
  git: GitRoom,
  repository: Repository,
  environment: Environment,
): Promise<void> {
  const ask = (): Promise<string[]> => git.userSetting("safe.directory");
  if (await isTrustedOwner(repository, environment, ask)) return;
  throw new GitRefusal(
    `the repository ${repository.folder} belongs to another user; if you trust it, run: git config --global --add safe.directory ${repository.folder}`,
  );
}

function isWholeId(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/u.test(text);
}
