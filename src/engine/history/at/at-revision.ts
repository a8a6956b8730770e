/*
 * Questions about definitions at a revision. The index and the working tree have no part in them: git is enough. A
 * question opens a room for the repository, finds the commit, looks up what is known of its files by their ids, and
 * reads and parses what is not.
 */
import { checkTextArgument } from "../../../base/check-options.ts";
import { HaypileError } from "../../../base/errors.ts";
import { readList } from "../../../base/paths/path-filter.ts";
import type {
  FileAt,
  FileAtOptions,
  FindSymbolOptions,
  OutlineOptions,
  OutlineResult,
  RevisionProgress,
} from "../../../ports/answers/definitions.ts";
import type { AnsweredAt } from "../../../ports/answers/time/answered-at.ts";
import { checkCall, codeCalls } from "../../../ports/calls.ts";
import type { SyntaxParser } from "../../../ports/syntax.ts";
import type { BlobCache } from "../../../storage/sqlite/blobs/blob-cache.ts";
import { insideAny } from "../../../symbols/find-symbol.ts";
import { outline } from "../../../symbols/outline.ts";
import { pathIn } from "../../git/git.ts";
import { treeAt } from "../../git/objects.ts";
import { inHistory, type Revision, revisionOf } from "../../git/revisions.ts";
import type { GitRoom } from "../../git/room.ts";
import { answerFrom, type SymbolAnswers, type SymbolCall } from "../../questions/structure.ts";
import { codeFilesAt } from "./code-files.ts";
import { CommitCode, type KnownFacts } from "./commit-code.ts";
import { pathAt, patternAt } from "./past-paths.ts";
import { CodeBlobs, openBlobCache } from "./read-blobs.ts";
import { noSuchFile, noSuchSymbol, notCode, nothingFits, nothingThere } from "./refusals.ts";

export interface AtParts {
  /** The folder of the index, or that would have it. */
  root: string;
  parser: SyntaxParser;
  /** Where Haypile keeps its caches. */
  cacheFolder: string;
  /** As index runs have it. */
  maxFileBytes?: number | undefined;
}

/** The first question of a large repository reads all of a commit. */
const limitMs = 10 * 60_000;
/** Parse processes are kept for the next question, milliseconds. */
const parserRestMs = 60_000;
const mostLines = 500_000;
const mostReadBytes = 16 * 1024 * 1024;
const defaultMaxFiles = 200;

interface Asked {
  at: string;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: RevisionProgress) => void) | undefined;
}

export class AtRevision {
  readonly #parts: () => AtParts;
  #cache: BlobCache | undefined;
  #last: { commit: string; known: KnownFacts } | undefined;
  #rest: NodeJS.Timeout | undefined;
  #asking = 0;

  /** @param parts asked for each question */
  constructor(parts: () => AtParts) {
    this.#parts = parts;
  }

  /** What is kept of contents, by their ids. */
  get cache(): BlobCache {
    this.#cache ??= openBlobCache(this.#parts().cacheFolder);
    return this.#cache;
  }

  /** Which commit is meant. @throws HaypileError HAYPILE_GIT, HAYPILE_REVISION_MISSING, HAYPILE_USAGE */
  async revision(said: string): Promise<AnsweredAt> {
    checkTextArgument("revision()", "at", said);
    return await this.#in({ at: said }, "find the commit", async ({ revision: { commit, at } }) => {
      return { commit, date: new Date(at).toISOString(), said };
    });
  }

  /**
   * What a question about a name is answered at a commit.
   * @throws HaypileError HAYPILE_GIT, HAYPILE_REVISION_MISSING, HAYPILE_SYMBOL_MISSING, HAYPILE_USAGE,
   *   HAYPILE_PATH_REFUSED, HAYPILE_ABORTED
   */
  async ask<Call extends SymbolCall>(
    call: Call,
    name: string,
    options: FindSymbolOptions & { at: string },
  ): Promise<SymbolAnswers[Call]> {
    checkTextArgument(`${call}()`, "name", name);
    checkCall(codeCalls, call, [name, options]);
    return await this.#in(options, `look for ${shown(name)}`, async (place) => {
      const given = typeof options.path === "string" ? readList(options.path) : options.path;
      const path = given?.map((one) => patternAt(this.#parts().root, one));
      // Uses may stand anywhere; definitions that are left out by the path need not be read.
      const code = await this.#code(place, call === "findSymbol" ? path : undefined);
      const asked = { k: options.k, kinds: options.kinds, path };
      const assertFits = (): void => {
        if (path === undefined) return;
        const fits = insideAny(path);
        if (!code.table.pathsBelow("", Number.POSITIVE_INFINITY).some(fits)) {
          throw nothingFits(given ?? [], code.answered);
        }
      };
      try {
        const answer = await code.ask(() => answerFrom(code.table, call, name, asked));
        if (Array.isArray(answer) && answer.length === 0) assertFits();
        const at = code.answered;
        const told = Array.isArray(answer)
          ? answer.map((one) => ({ ...one, at }))
          : { ...answer, at };
        return told as SymbolAnswers[Call];
      } catch (error) {
        if (!HaypileError.isInstance(error) || error.code !== "HAYPILE_SYMBOL_MISSING") throw error;
        assertFits();
        throw noSuchSymbol(name, given, code.answered);
      }
    });
  }

  /**
   * Definitions of a file or a folder at a commit. Of a file, only that is read.
   * @throws as ask(); HaypileError HAYPILE_PATH_MISSING
   */
  async outline(path: string, options: OutlineOptions & { at: string }): Promise<OutlineResult> {
    checkTextArgument("outline()", "path", path);
    checkCall(codeCalls, "outline", [path, options]);
    // Refused before git is asked anything.
    const own = pathAt(this.#parts().root, path);
    return await this.#in(options, `outline ${shown(path)}`, async (place) => {
      const code = await this.#code(place, own === "" ? undefined : [own]);
      const paths = code.table.pathsBelow(own, Number.POSITIVE_INFINITY);
      if (paths.length === 0) {
        const why = code.whyNot(own);
        throw why === undefined ? noSuchFile(own, code.answered) : notCode(own, why, code.answered);
      }
      const { maxFiles = defaultMaxFiles, depth } = options;
      await code.load(paths.slice(0, maxFiles));
      const found = outline(code.table, own, { maxFiles, depth });
      const files = found.files.map((file) => ({ ...file, ...code.lackOf(file.path) }));
      return { ...found, files, at: code.answered };
    });
  }

  /**
   * Lines of a file at a commit.
   * @throws as ask(); HaypileError HAYPILE_PATH_MISSING
   */
  async fileAt(path: string, options: FileAtOptions): Promise<FileAt> {
    checkTextArgument("fileAt()", "path", path);
    checkCall(codeCalls, "fileAt", [path, options]);
    checkTextArgument("fileAt()", "at", options?.at);
    const { first = 1, last = Number.POSITIVE_INFINITY } = options;
    for (const [name, line] of Object.entries({ first, last })) {
      if (line === Number.POSITIVE_INFINITY || (Number.isInteger(line) && line >= 1)) continue;
      throw new HaypileError(
        "HAYPILE_USAGE",
        `Expected the number of a line, from 1, for ${name} but got ${line}.`,
      );
    }
    // Refused before git is asked anything.
    const own = pathAt(this.#parts().root, path);
    return await this.#in(options, `read ${shown(path)}`, async ({ git, revision }) => {
      const { root } = this.#parts();
      const at = answered(revision);
      const tree = own === "" ? [] : await treeAt(git, root, revision.commit, own);
      const file = tree.find((one) => one.path === own);
      if (file === undefined) throw noSuchFile(own, at, tree.length > 0 || own === "");
      if (file.kind !== "file") throw notCode(own, file.kind, at);
      const read = await this.#with(git, options, (blobs) => blobs.text(file, mostReadBytes));
      if (typeof read === "string") throw notCode(own, read, at);
      const lines = read.lines.slice(first - 1, Math.min(last, first - 1 + mostLines));
      const { language } = read;
      return { path: own, language, first, lines, lineCount: read.lines.length, at };
    });
  }

  close(): void {
    clearTimeout(this.#rest);
    this.#cache?.trim();
    this.#cache?.close();
    this.#cache = undefined;
    this.#last = undefined;
  }

  /** @param path only files that fit matter */
  async #code(place: Place, path?: readonly string[]): Promise<CommitCode> {
    const { git, revision, blobs } = place;
    const known = await this.#known(git, revision.commit, blobs, path);
    const { code, leftOut } = known.files;
    const { root } = this.#parts();
    if (code.length === 0 && leftOut.size === 0 && pathIn(git.repository, root) !== "") {
      throw nothingThere(pathIn(git.repository, root), answered(revision));
    }
    return new CommitCode(revision, known, blobs);
  }

  async #known(
    git: GitRoom,
    commit: string,
    blobs: CodeBlobs,
    path: readonly string[] | undefined,
  ): Promise<KnownFacts> {
    const last = this.#last;
    if (last?.commit === commit && !git.hasReplacements) return last.known;
    const { root, maxFileBytes } = this.#parts();
    const files = await codeFilesAt(git, root, commit, maxFileBytes);
    if (path !== undefined) {
      const fits = insideAny(path);
      files.code = files.code.filter((file) => fits(file.path));
    }
    const known = { files, facts: await blobs.facts(files.code) };
    const isWhole = known.facts.every((one) => typeof one !== "string");
    if (path === undefined && isWhole && !git.hasReplacements) this.#last = { commit, known };
    return known;
  }

  async #in<T>(asked: Asked, doing: string, run: (place: Place) => Promise<T>): Promise<T> {
    const { root } = this.#parts();
    const { at, signal } = asked;
    const what = `${doing} at ${shown(at)}`;
    return await inHistory(root, what, { signal, limitMs }, async (git) => {
      const revision = await revisionOf(git, at);
      return await this.#with(git, asked, (blobs) => run({ git, revision, blobs }));
    });
  }

  async #with<T>(
    git: GitRoom,
    { signal, onProgress }: Asked,
    run: (blobs: CodeBlobs) => Promise<T>,
  ): Promise<T> {
    const { parser, maxFileBytes } = this.#parts();
    clearTimeout(this.#rest);
    this.#asking += 1;
    const options = { cache: this.cache, parser, maxFileBytes, signal, onProgress };
    const blobs = new CodeBlobs(git, options);
    try {
      return await run(blobs);
    } finally {
      await blobs.close();
      this.#asking -= 1;
      if (this.#asking === 0) {
        this.#rest = setTimeout(() => void parser.rest(), parserRestMs);
        this.#rest.unref();
      }
    }
  }
}

interface Place {
  git: GitRoom;
  revision: Revision;
  blobs: CodeBlobs;
}

function answered({ commit, at, said }: Revision): AnsweredAt {
  return { commit, date: new Date(at).toISOString(), said };
}

function shown(said: string): string {
  return JSON.stringify(said.slice(0, 80));
}
