/* Commits that were asked about, with their files: git is asked once for each. */
import { repositoryOf } from "../../../base/files/repository.ts";
import { parseTime } from "../../../base/text/local-time.ts";
import { treeAt } from "../../git/objects.ts";
import { findRef } from "../../git/refs.ts";
import { type Revision, revisionOf } from "../../git/revisions.ts";
import type { GitRoom } from "../../git/room.ts";
import { type CodeFile, codeFilesOf } from "./code-files.ts";

export interface KnownRevision extends Omit<Revision, "said"> {
  /** Files that a search looks at, by their paths. */
  files: ReadonlyMap<string, CodeFile>;
  /** Files beyond those that one commit may have here. */
  leftOut: number;
}

/** Commits whose files are kept in memory. */
const mostCommits = 6;
const mostSaid = 256;
/** More files of one commit are left out, and said to be. */
const mostFiles = 200_000;

export class KnownRevisions {
  readonly #root: string;
  readonly #maxFileBytes: number;
  /** What was said, with what it depends on. */
  readonly #said = new Map<string, Omit<Revision, "said">>();
  readonly #commits = new Map<string, KnownRevision>();

  /** @param root folder of the index */
  constructor(root: string, maxFileBytes: number) {
    this.#root = root;
    this.#maxFileBytes = maxFileBytes;
  }

  /** Without git; undefined: it has to be asked. */
  known(said: string): KnownRevision | undefined {
    const key = this.#keyOf(said);
    const found = key === undefined ? undefined : this.#said.get(key);
    return found && this.#commits.get(found.commit);
  }

  /**
   * @param isIndexed the index has a file of this path now
   * @throws HaypileError HAYPILE_REVISION_MISSING; GitRefusal
   */
  async find(
    git: GitRoom,
    said: string,
    isIndexed: (path: string) => boolean,
  ): Promise<KnownRevision> {
    const { commit, at } = await revisionOf(git, said);
    const key = this.#keyOf(said);
    if (key !== undefined) keep(this.#said, key, { commit, at }, mostSaid);
    const known = this.#commits.get(commit) ?? (await this.#read(git, { commit, at }, isIndexed));
    // The one asked for last stands last.
    this.#commits.delete(commit);
    keep(this.#commits, commit, known, mostCommits);
    return known;
  }

  async #read(
    git: GitRoom,
    { commit, at }: Omit<Revision, "said">,
    isIndexed: (path: string) => boolean,
  ): Promise<KnownRevision> {
    const tree = await treeAt(git, this.#root, commit);
    const few = tree.slice(0, mostFiles);
    const files = await codeFilesOf(few, this.#root, this.#maxFileBytes, isIndexed);
    return {
      commit,
      at,
      files: new Map(files.map((file) => [file.path, file])),
      leftOut: tree.length - few.length,
    };
  }

  /** What is said means the same as long as this is the same; undefined: that cannot be told without git. */
  #keyOf(said: string): string | undefined {
    if (said.includes("@{") || said.includes(":/")) return undefined;
    const repository = repositoryOf(this.#root);
    if (repository === undefined) return undefined;
    const cut = said.search(/[~^:]/u);
    const base = cut < 0 ? said : said.slice(0, cut);
    const ref = findRef(repository, base === "@" || base === "" ? "HEAD" : base);
    const head = findRef(repository, "HEAD");
    const time = ref === undefined ? parseTime(said, "end") : undefined;
    const ms = time === undefined || "refused" in time ? undefined : time.ms;
    return JSON.stringify([said, ref?.id, head?.id, ms]);
  }
}

function keep<T>(map: Map<string, T>, key: string, value: T, most: number): void {
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= most) break;
    map.delete(oldest);
  }
}
