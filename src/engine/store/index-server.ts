/*
 * The index of a folder on a server. By itself a folder of a machine is a project of its own, so nobody's index is in
 * another's way. Who wants to share one names it, by "project" in the address: then the client that was last told to index
 * keeps it, and the others search it as it is (docs/decisions/0219-one-index-for-several-clients.md).
 */
import { hostname } from "node:os";
import { basename } from "node:path";
import { hasGitEntry } from "../../base/files/repository.ts";
import { sha256 } from "../../base/text/sha256.ts";
import type { Environment } from "../../config/environment/env.ts";
import type { Configuration } from "../../config/load.ts";
import { foldersUpward } from "../../config/places/paths.ts";
import type { IndexStore } from "../../ports/store.ts";
import type { WordSplitter } from "../../ports/word-splitter.ts";
import { PgIndexModel } from "../../storage/postgres/index/index-model.ts";
import { pathOf, projectId } from "../../storage/postgres/index/project.ts";
import { removeProject } from "../../storage/postgres/index/remove-project.ts";
import { openPgStore } from "../../storage/postgres/index/store.ts";
import type { LinkOptions, PgLink } from "../../storage/postgres/link/link.ts";
import { ensureSchema } from "../../storage/postgres/schema/schema.ts";
import { withoutProject } from "./project-of-address.ts";
import { type BorrowedLink, borrowLink } from "./shared-links.ts";
import { indexStore, storeFor, storeWaitMs } from "./store-for.ts";

/** Whether a project is there is asked again after this, milliseconds. */
const knownForMs = 2_000;

export class IndexServer {
  /** The folder that the index is of. */
  readonly root: string;
  readonly project: string;
  readonly #options: LinkOptions;
  readonly #waitMs: number;
  #borrowed: BorrowedLink | undefined;
  #known: { id: number | undefined; at: number } | undefined;

  constructor(options: LinkOptions, waitMs: number, root: string, project: string) {
    this.#options = options;
    this.#waitMs = waitMs;
    this.root = root;
    this.project = project;
  }

  /** "postgres://user@host:5432/database#project". */
  get path(): string {
    return pathOf(this.#link, this.project);
  }

  /** @throws HaypileError HAYPILE_STORE_AWAY, HAYPILE_STORE_REFUSED */
  get exists(): boolean {
    return this.#id() !== undefined;
  }

  /** Changes when the project was deleted, and made anew; undefined: it is not there. */
  mark(): string | undefined {
    const id = this.#id();
    return id === undefined ? undefined : `project ${id}`;
  }

  /** @throws HaypileError as openPgStore() */
  open(creates: boolean, splitWords: WordSplitter | undefined): IndexStore {
    const { project } = this;
    const store = openPgStore(this.#link, project, { creates, splitWords });
    this.#known = undefined;
    return store;
  }

  /** @throws HaypileError as openPgStore() */
  model(): PgIndexModel {
    ensureSchema(this.#link);
    return new PgIndexModel(this.#link, this.project);
  }

  /** Resolves when the server can be reached (again). @throws HaypileError HAYPILE_STORE_AWAY, HAYPILE_ABORTED */
  async untilReached(signal?: AbortSignal): Promise<void> {
    await this.#link.untilUp(this.#waitMs, signal);
  }

  /** @returns false: there was none @throws HaypileError as removeProject() */
  remove(): boolean {
    ensureSchema(this.#link);
    this.#known = undefined;
    return removeProject(this.#link, this.project);
  }

  close(): void {
    this.#borrowed?.giveBack();
    this.#borrowed = undefined;
  }

  get #link(): PgLink {
    this.#borrowed ??= borrowLink(this.#options);
    return this.#borrowed.link;
  }

  #id(): number | undefined {
    const now = performance.now();
    if (this.#known !== undefined && now - this.#known.at < knownForMs) return this.#known.id;
    ensureSchema(this.#link);
    const id = projectId(this.#link, this.project);
    this.#known = { id, at: now };
    return id;
  }
}

/**
 * Where the index of a folder is, when that is on a server; undefined: it is a file of this machine.
 *
 * @param nearest a folder above may have it
 * @throws HaypileError HAYPILE_USAGE for an address that is none, and as storeFor()
 */
export function indexServer(
  configuration: Configuration,
  environment: Environment,
  folder: string,
  nearest = false,
): IndexServer | undefined {
  const options = storeFor("index", configuration, environment);
  if (options === undefined) return undefined;
  const { project: named } = withoutProject(indexStore(configuration));
  const waitMs = storeWaitMs(configuration);
  if (named !== undefined) {
    const root = nearest ? ([...foldersUpward(folder)].find(hasGitEntry) ?? folder) : folder;
    return new IndexServer(options, waitMs, root, named);
  }
  const at = (root: string): IndexServer =>
    new IndexServer(options, waitMs, root, projectOfFolder(root));
  if (nearest) {
    for (const root of foldersUpward(folder)) {
      const server = at(root);
      let isIt = false;
      try {
        isIt = server.exists;
      } finally {
        if (!isIt) server.close();
      }
      if (isIt) return server;
    }
  }
  return at(folder);
}

/** The project of a folder of this machine that no other names. */
function projectOfFolder(folder: string): string {
  const hash = sha256(`${hostname()}\0${folder}`).slice(0, 12);
  return `${basename(folder).slice(0, 60) || "root"}-${hash}`;
}
