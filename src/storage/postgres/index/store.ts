/*
 * The index of a project in a team's store: its roles over one link, each wrapped once by the guard. Words, chunks and
 * files are in this folder, symbols and vectors in theirs; what they share is put together here.
 */
import { hostname } from "node:os";
import { HaypileError } from "../../../base/errors.ts";
import type { ExactTable } from "../../../ports/answers/exact-uses.ts";
import type {
  FileTable,
  IndexFactTable,
  IndexLock,
  IndexRight,
  IndexStore,
  IndexVectors,
  LockOwner,
  NextVectors,
  PendingChunks,
  StaticVectorIndex,
  TextIndex,
} from "../../../ports/store.ts";
import type { SymbolTable } from "../../../ports/symbols.ts";
import type { WordSplitter } from "../../../ports/word-splitter.ts";
import { IndexMeta } from "../../shared/index-meta.ts";
import { guarded } from "../../sqlite/roles/guarded.ts";
import { indexDoings } from "../../sqlite/store.ts";
import { wordsWith } from "../../sqlite/words/words.ts";
import type { PgLink } from "../link/link.ts";
import { ensureSchema } from "../schema/schema.ts";
import { PgChunks } from "./chunks.ts";
import { DroppedChunks } from "./dropped-chunks.ts";
import { keptFacts, PgFacts } from "./facts.ts";
import { PgFiles } from "./files.ts";
import { PgIndexGuard } from "./guard.ts";
import { IndexRights } from "./lock.ts";
import { PgPending } from "./pending.ts";
import { madeProject, Project, pathOf, projectId } from "./project.ts";
import { PgExactUses } from "./symbols/exact-uses.ts";
import { PgSymbolWriter } from "./symbols/symbol-writer.ts";
import { PgSymbols } from "./symbols/symbols.ts";
import { PgTexts } from "./texts.ts";
import { PgUnparsed } from "./unparsed.ts";
import { PgNextVectors } from "./vectors/next-vectors.ts";
import { PgStaticVectors } from "./vectors/static-vectors.ts";
import { PgVectorIndex } from "./vectors/vector-index.ts";
import { WordSearch } from "./words/search.ts";
import { IndexTerms } from "./words/terms.ts";

export interface PgStoreOptions {
  /** Most vectors that are compared one by one; above it they have a graph. Default 10,000. */
  comparedUpTo?: number | undefined;
  /** The project is made where there is none. Default true. */
  creates?: boolean | undefined;
  /** Splits texts into words faster. Without it this is done in JavaScript. */
  splitWords?: WordSplitter | undefined;
  /** close() closes the link too. Default false: others use it. */
  ownsLink?: boolean | undefined;
}

/**
 * Opens the index of a project. Any number of clients may read it and write to it; of writes one is done at a time, and
 * who indexes holds the right to (lock()).
 *
 * @param project its name
 * @throws HaypileError HAYPILE_NOT_INDEXED where there is none and it is not to be made, HAYPILE_STORE_RIGHTS, and those
 *   of the link
 */
export function openPgStore(link: PgLink, project: string, options: PgStoreOptions = {}): PgStore {
  const { creates = true } = options;
  ensureSchema(link);
  const id = creates ? madeProject(link, project) : projectId(link, project);
  if (id === undefined) throw noProject(link, project);
  return new PgStore(new Project(link, project, id), options);
}

export class PgStore implements IndexStore {
  readonly path: string;
  readonly client = hostname();
  readonly files: FileTable;
  readonly texts: TextIndex;
  readonly vectors: IndexVectors;
  readonly pending: PendingChunks;
  readonly staticVectors: StaticVectorIndex;
  readonly next: NextVectors;
  readonly symbols: SymbolTable;
  readonly exact: ExactTable;
  readonly facts: IndexFactTable;
  /** A server keeps its own caches, and nothing of them is here. */
  readonly bitsBytes = 0;
  readonly lengthsBytes = 0;
  readonly #link: PgLink;
  readonly #guard: PgIndexGuard;
  readonly #rights: IndexRights;
  readonly #terms: IndexTerms;
  readonly #options: PgStoreOptions;
  readonly #ownVectors: PgVectorIndex;

  constructor(project: Project, options: PgStoreOptions) {
    const { link, id, path } = project;
    const guard = new PgIndexGuard(project);
    const wordsOf = wordsWith(options.splitWords);
    const terms = new IndexTerms();
    const kept = keptFacts(project);
    const meta = new IndexMeta(path, kept);
    const chunks = new PgChunks(project);
    const words = new WordSearch(project, terms, wordsOf);
    const files = new PgFiles({
      ...{ project, terms, wordsOf },
      dropped: new DroppedChunks(project),
      unparsed: new PgUnparsed(project),
      symbols: new PgSymbolWriter(link, id, wordsOf),
    });
    const facts = new PgFacts(project, kept);
    const vectors = new PgVectorIndex({
      ...{ project, meta, chunkCount: () => chunks.count() },
      comparedUpTo: options.comparedUpTo,
      isIndexed: () => this.#rights.owner("index") !== undefined,
    });
    const exact = new PgExactUses(project, kept);
    const symbols = new PgSymbols(project);

    this.path = path;
    this.#link = link;
    this.#guard = guard;
    this.#rights = new IndexRights(project);
    this.#terms = terms;
    this.#options = options;
    this.#ownVectors = vectors;
    this.files = guarded<FileTable>(files, indexDoings.files, guard);
    this.texts = guarded<TextIndex>(
      new PgTexts({ project, chunks, words }),
      indexDoings.texts,
      guard,
    );
    this.vectors = guarded<IndexVectors>(vectors, indexDoings.vectors, guard);
    this.pending = guarded<PendingChunks>(new PgPending(project), indexDoings.pending, guard);
    this.staticVectors = guarded<StaticVectorIndex>(
      new PgStaticVectors({ project }),
      indexDoings.staticVectors,
      guard,
    );
    this.next = guarded<NextVectors>(new PgNextVectors({ project, meta }), indexDoings.next, guard);
    this.exact = guarded<ExactTable>(exact, indexDoings.exact, guard);
    const plain = guarded<Omit<SymbolTable, "exact">>(symbols, indexDoings.symbols, guard);
    this.symbols = { ...plain, exact: this.exact };
    this.facts = guarded<IndexFactTable>(facts, indexDoings.facts, guard);
  }

  lock(right: IndexRight): IndexLock {
    const lock = this.#guard.run("take the right to index", () => this.#rights.take(right));
    if (right !== "index") return lock;
    const filled = this.#ownVectors.filling();
    return {
      release: () => {
        lock.release();
        filled();
      },
    };
  }

  lockOwner(right: IndexRight): LockOwner | undefined {
    return this.#guard.run("see who is indexing", () => this.#rights.owner(right));
  }

  unlessBusy(write: () => void): boolean {
    return this.#guard.unlessBusy(write);
  }

  limitBits(): void {}

  shrinkCache(): void {}

  settled(): Promise<void> {
    return this.#ownVectors.settled();
  }

  /** The server keeps its tables in order by itself (autovacuum). */
  optimize(): void {
    for (const _ of this.optimizeInSteps());
  }

  *optimizeInSteps(): Generator<void> {
    this.#guard.run("tidy up the index", () => undefined);
  }

  close(): void {
    if (this.#guard.isClosed) return;
    this.#guard.close();
    this.#rights.close();
    this.#terms.close();
    if (this.#options.ownsLink === true) this.#link.close();
  }
}

function noProject(link: PgLink, project: string): HaypileError {
  return new HaypileError(
    "HAYPILE_NOT_INDEXED",
    `There is no project ${project} in ${link.name} that the role ${link.user} may see. Index its folder into it with "haypile index", or ask who looks after the store for the right.`,
    { data: { project, store: link.name, path: pathOf(link, project) } },
  );
}
