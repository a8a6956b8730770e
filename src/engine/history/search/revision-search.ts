/*
 * Searches at a revision. What the index of the folder has as it was then is searched there; other files are read from
 * git's objects into the index of versions. The first question takes in those that have most of it in them and is
 * answered; the rest comes behind, and the next question finds it.
 */

import { defined } from "../../../base/defined.ts";
import { HaypileError } from "../../../base/errors.ts";
import { realPath } from "../../../base/paths/real-path.ts";
import { duringStage } from "../../../base/stages.ts";
import { defaultMaxFileBytes } from "../../../indexing/walk/ignore-defaults.ts";
import { scanKernels } from "../../../native/vector-scan.ts";
import type { RevisionsKept } from "../../../ports/answers/index-facts.ts";
import type {
  SearchCallOptions,
  SearchRequest,
  SearchResult,
  WhyResult,
} from "../../../ports/answers/search.ts";
import type { AnsweredAt } from "../../../ports/answers/time/answered-at.ts";
import type { FileRecord, IndexStore } from "../../../ports/store.ts";
import { endOf } from "../../../search/request.ts";
import type { SearchParts } from "../../../search/routes/candidates.ts";
import { search } from "../../../search/searcher.ts";
import { why } from "../../../search/why.ts";
import { EngineCaches } from "../../caches/engine-caches.ts";
import type { EngineParts } from "../../engine-parts.ts";
import { unchangedIn } from "../../git/git.ts";
import { inHistory } from "../../git/revisions.ts";
import type { GitRoom } from "../../git/room.ts";
import type { KeptStore } from "../../index/kept-store.ts";
import type { IndexMigrations } from "../../migration/migrations.ts";
import { filterWords, throughGate } from "../../questions/filter-words.ts";
import { rerankersOf } from "../../questions/rerankers.ts";
import { bestFirst, wantedWords } from "./best-first.ts";
import type { CodeFile } from "./code-files.ts";
import type { Compared } from "./compared.ts";
import { Filling } from "./filling.ts";
import { type KnownRevision, KnownRevisions } from "./known-revisions.ts";
import { type BlobsRead, readBlobs } from "./read-blobs.ts";
import { SharedFiles } from "./shared-files.ts";
import { Versions } from "./versions.ts";
import { type Visible, viewOf, visibleChunks } from "./view/view.ts";

/** Files that a question takes in before it is answered, and how many at a time. */
const mostFirst = 64;
const firstAtATime = 16;
const rankingBytes = 2 * 1024 * 1024;
/** Questions that are remembered. */
const mostAsked = 1_000;
/** Time for it, milliseconds, and for reading what it chooses from. */
const takeInMs = 1_100;
const readMs = 450;
/** Of the time that a question has in all, so much may go into it. */
const shareOfDeadline = 0.6;

/** A question and what it came with. */
interface Asked {
  query: string;
  options: SearchCallOptions & { at: string };
  askedAt: number;
  /** A file that has to be taken in, whatever it has. */
  path?: string | undefined;
}

/** What holds as long as the index of the folder does. */
type Parts = Pick<Compared, "shared" | "differing" | "isAllShared" | "folderMark">;

export class RevisionSearch {
  readonly #parts: EngineParts;
  readonly #kept: KeptStore;
  readonly #migrations: IndexMigrations;
  readonly #root: string;
  readonly #versions: Versions;
  readonly #revisions: KnownRevisions;
  readonly #files: SharedFiles;
  readonly #filling: Filling;
  readonly #closing = new AbortController();
  /** Rankings of the revision that was asked for last. */
  readonly #caches = new EngineCaches(rankingBytes);
  #last: Compared | undefined;
  /** Files of this clone that are not there. */
  readonly #lost = new Set<string>();
  /** "commit question" for which the best files were taken in: asked again, it waits for no more. */
  readonly #asked = new Set<string>();

  constructor(parts: EngineParts, kept: KeptStore, migrations: IndexMigrations) {
    this.#parts = parts;
    this.#kept = kept;
    this.#migrations = migrations;
    this.#root = realPath(parts.root);
    this.#versions = new Versions(parts);
    const { maxFileBytes = defaultMaxFileBytes } = parts.configured.indexDefaults;
    this.#revisions = new KnownRevisions(this.#root, maxFileBytes);
    this.#files = new SharedFiles(this.#root);
    this.#filling = new Filling({
      parts,
      versions: this.#versions,
      root: this.#root,
      closing: this.#closing.signal,
      folder: () => this.#folder(),
      compare: (said, git) => this.#compare(said, git, this.#closing.signal),
      onLost: (lost) => {
        for (const { id } of lost) this.#lost.add(id);
      },
      mayEmbed: (store) => migrations.serving(store).by === "old-vectors",
    });
  }

  /** @throws HaypileError HAYPILE_GIT, HAYPILE_REVISION_MISSING, and as Engine.search() */
  async search(asked: Asked): Promise<SearchResult> {
    return await this.#versions.during(async () => {
      const { compared, notes } = await this.#prepare(asked);
      const found = await search(this.#searchParts(compared), this.#request(asked, compared));
      const cut = [...notes, ...this.#notes(compared), ...found.cut];
      const { differing, missing } = compared;
      this.#filling.goOn(asked.options.at, compared, asked.options.fillIn !== "off");
      return {
        ...found,
        hits: found.hits.filter(({ path }) => this.#isStill(compared, path)),
        cut,
        indexing: undefined,
        at: revisionIn(compared.known, asked.options.at),
        takenIn: { files: differing.size - missing.length, of: differing.size },
      };
    });
  }

  /** @param asked path: relative to the indexed folder @throws HaypileError as search() */
  async why(asked: Asked & { path: string }): Promise<WhyResult> {
    return await this.#versions.during(async () => {
      const { compared } = await this.#prepare(asked);
      const { path } = asked;
      const found = await why(this.#searchParts(compared), this.#request(asked, compared), path);
      this.#filling.goOn(asked.options.at, compared, asked.options.fillIn !== "off");
      const { known, missing } = compared;
      const at = revisionIn(known, asked.options.at);
      if (found.isIndexed) return { ...found, at };
      const which = `${asked.options.at} (${known.commit.slice(0, 12)})`;
      const verdict = missing.some((file) => file.path === path)
        ? `${path} of ${which} is not taken in yet: ask again.`
        : `${path} is not among the files that are searched of ${which}: it was not there, or is left out.`;
      return { ...found, verdict, at };
    });
  }

  /** What is kept of versions; undefined: nothing, or a newer Haypile keeps it, which says nothing of the index. */
  keptVersions(): RevisionsKept | undefined {
    try {
      return this.#versions.kept();
    } catch (error) {
      if (HaypileError.isInstance(error) && error.code === "HAYPILE_DB_NEWER") return undefined;
      throw error;
    }
  }

  /** Resolves when nothing is taken in behind any more. */
  async settled(): Promise<void> {
    await this.#filling.done();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#filling.done();
    await this.#caches.close();
    this.#versions.close();
  }

  #folder(): IndexStore | undefined {
    return this.#parts.databaseExists() ? this.#kept.get(false) : undefined;
  }

  /** The revision, with what the question wants most of it taken in. */
  async #prepare(asked: Asked): Promise<{ compared: Compared; notes: string[] }> {
    const { at: said, signal } = asked.options;
    const quick = await duringStage("disk", () => this.#compare(said, undefined, signal));
    const keyOf = ({ known }: Compared): string =>
      `${known.commit} ${asked.path ?? ""} ${asked.query}`;
    if (quick?.missing.length === 0 || (quick !== undefined && this.#asked.has(keyOf(quick)))) {
      return { compared: quick, notes: [] };
    }
    const doing = `search the code of ${JSON.stringify(said.slice(0, 80))}`;
    return await duringStage("disk", () =>
      inHistory(this.#root, doing, { signal }, async (git) => {
        const compared = (await this.#compare(said, git, signal)) as Compared;
        const notes = await this.#takeFirst(git, asked, compared);
        if (this.#asked.size >= mostAsked) this.#asked.clear();
        this.#asked.add(keyOf(compared));
        const now = notes === undefined ? compared : await this.#compare(said, git, signal);
        return { compared: now ?? compared, notes: notes ?? [] };
      }),
    );
  }

  /** Undefined where that cannot be told without git. */
  async #compare(
    said: string,
    git: GitRoom | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Compared | undefined> {
    const folder = this.#folder();
    if (folder !== undefined) await this.#migrations.follow(folder);
    const versions = this.#versions.get(folder?.vectors.model() ?? this.#parts.model);
    let known = this.#revisions.known(said);
    if (known === undefined && git === undefined) return undefined;
    if (known !== undefined && this.#last?.known === known) {
      if (this.#last.mark === this.#markOf(known, folder)) return this.#last;
      if (this.#last.folderMark === this.#folderMark(folder)) {
        this.#last = this.#put(known, folder, versions, this.#last);
        return this.#last;
      }
    }
    const records = folder?.files.all() ?? new Map<string, FileRecord>();
    known ??= await this.#revisions.find(git as GitRoom, said, (path) => records.has(path));
    const open = this.#files.open(known.files, records);
    if (this.#files.isFew(open)) await this.#files.answer(open);
    else if (git === undefined) return undefined;
    else
      await this.#files.answer(open, await unchangedIn(git, this.#root, known.commit, { signal }));
    this.#last = this.#put(known, folder, versions, this.#partsOf(known, records, folder));
    return this.#last;
  }

  #markOf({ commit }: KnownRevision, folder: IndexStore | undefined): string {
    return `${commit} ${this.#folderMark(folder)} ${this.#versions.mark()}`;
  }

  #folderMark(folder: IndexStore | undefined): string {
    return `${this.#kept.file} ${folder?.facts.changeMark()}`;
  }

  #partsOf(
    known: KnownRevision,
    records: ReadonlyMap<string, FileRecord>,
    folder: IndexStore | undefined,
  ): Parts {
    const shared = new Map<string, FileRecord>();
    const differing = new Map<string, CodeFile>();
    for (const [path, file] of known.files) {
      const record = records.get(path);
      if (record !== undefined && this.#files.isShared(file, record)) shared.set(path, record);
      else differing.set(path, file);
    }
    const isAllShared = shared.size === records.size;
    return { shared, differing, isAllShared, folderMark: this.#folderMark(folder) };
  }

  #put(
    known: KnownRevision,
    folder: IndexStore | undefined,
    versions: IndexStore,
    parts: Parts & { visible?: Visible | undefined },
  ): Compared {
    const { shared, differing, isAllShared, folderMark } = parts;
    const files = [...differing.values()];
    const stored = versions.files.records(files.map((file) => file.stored));
    const missing = files.filter((file) => !stored.has(file.stored) && !this.#lost.has(file.id));
    this.#versions.note(versions, known.commit, known.at, [...stored.keys()]);
    const seen = {
      isShared: (path: string) => shared.has(path),
      storedOf: (path: string) => differing.get(path)?.stored,
      isAllShared,
    };
    const visible = visibleChunks(folder, versions, seen, parts.visible);
    const kernels = scanKernels(this.#parts.addonFolder);
    const view = viewOf({ folder, versions, seen, visible }, kernels);
    const mark = this.#markOf(known, folder);
    return {
      ...{ mark, known, folder, versions, shared, differing, isAllShared, folderMark },
      ...{ missing, view, visible },
    };
  }

  /** @returns what could not be done, for people; undefined: nothing was to be done */
  async #takeFirst(
    git: GitRoom,
    { query, options, askedAt, path }: Asked,
    { missing, folder, versions }: Compared,
  ): Promise<string[] | undefined> {
    if (missing.length === 0) return undefined;
    const now = performance.now();
    const { deadlineMs = this.#parts.configured.searchDefaults.deadlineMs } = options;
    const own = endOf({ query, askedAt, deadlineMs: deadlineMs && deadlineMs * shareOfDeadline });
    const words = wantedWords(query);
    // Names are there already: where not all can be read, those are read first that have the question in them.
    const order = bestFirst(
      missing.map((file) => ({ path: file.path, bytes: undefined })),
      words,
    ).map((at) => missing[at] as CodeFile);
    const wanted = order.filter((file) => file.path === path);
    const rest = order.filter((file) => file.path !== path);
    const found = await readBlobs(git, [...wanted, ...rest], Math.min(own, now + readMs));
    const lost = this.#noteLost(found);
    const isFirst = (at: number): boolean => found.read[at]?.path === path;
    const best = bestFirst(found.read, words)
      .sort((a, b) => Number(isFirst(b)) - Number(isFirst(a)))
      .slice(0, mostFirst)
      .flatMap((at) => found.read[at] ?? []);
    const end = Math.min(own, now + takeInMs);
    const signals = [
      this.#closing.signal,
      ...(options.signal === undefined ? [] : [options.signal]),
    ];
    const signal = AbortSignal.any(signals);
    try {
      for (let at = 0; at < best.length; at += firstAtATime) {
        if (at > 0 && performance.now() > end) break;
        const some = best.slice(at, at + firstAtATime);
        const isIn = await this.#filling.inTurn(() =>
          this.#versions.takeIn(versions, folder, some, signal),
        );
        if (!isIn) {
          return [
            ...lost,
            "another process is reading versions in at this moment: what it has was searched",
          ];
        }
      }
    } catch (error) {
      // What is there is searched all the same.
      if (HaypileError.isInstance(error) && storageErrors.has(error.code)) {
        return [...lost, `no more of it could be read in: ${error.message}`];
      }
      throw error;
    }
    return lost;
  }

  #noteLost({ lost }: BlobsRead): string[] {
    for (const { id } of lost) this.#lost.add(id);
    if (lost.length === 0) return [];
    return [
      `${lost.length} files of it are not in this clone, which is partial: "git fetch --refetch --no-filter" brings them`,
    ];
  }

  #notes({ known, differing, missing }: Compared): string[] {
    const notes: string[] = [];
    if (missing.length > 0) {
      const taken = differing.size - missing.length;
      notes.push(
        `of ${differing.size} files that differ from the index ${taken} are read in so far, those with most of the question first: ask again for more`,
      );
    }
    if (known.files.size === 0) notes.push("that commit has no code here");
    if (known.leftOut > 0)
      notes.push(`${known.leftOut} files of that commit are left out: it has too many`);
    return notes;
  }

  /** The folder's index may have been written while it was searched. */
  #isStill({ folder, shared }: Compared, path: string): boolean {
    const record = shared.get(path);
    if (record === undefined || folder === undefined) return true;
    return folder.files.records([path]).get(path)?.contentHash === record.contentHash;
  }

  #searchParts({ view, known, folder, versions }: Compared): SearchParts {
    const { staticEmbedder, ceiling } = this.#parts;
    return {
      store: view,
      rankings: this.#caches.rankings(() => this.#markOf(known, folder)),
      embedder: this.#migrations.queryEmbedder(folder ?? versions),
      staticEmbedder,
      ...rerankersOf(this.#parts, ceiling.governor?.isTaken("reranker off") === true),
      filterWords: filterWords(this.#root),
    };
  }

  #request({ query, options, askedAt }: Asked, { folder, versions }: Compared): SearchRequest {
    const all = { ...this.#parts.configured.searchDefaults, ...defined(options) };
    const filter = all.filter && throughGate(all.filter, this.#root);
    return this.#migrations.fitted(folder ?? versions, { ...all, query, askedAt, filter });
  }
}

const storageErrors: ReadonlySet<string> = new Set([
  "HAYPILE_DISK_FULL",
  "HAYPILE_DB_BUSY",
  "HAYPILE_IO",
  "HAYPILE_PERMISSION",
]);

function revisionIn({ commit, at }: KnownRevision, said: string): AnsweredAt {
  return { commit, date: new Date(at).toISOString(), said };
}
