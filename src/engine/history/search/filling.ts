/*
 * What goes on behind an answer: the rest of a revision is read in, and then chunks get vectors where this process
 * lives on. It ends with the engine; what was stored stays, and the next question goes on from there.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { HaypileError } from "../../../base/errors.ts";
import { log } from "../../../base/log.ts";
import { embedChunks } from "../../../indexing/embed-chunks.ts";
import { Stopwatch } from "../../../indexing/report.ts";
import type { IndexStore } from "../../../ports/store.ts";
import type { EngineParts } from "../../engine-parts.ts";
import { inHistory } from "../../git/revisions.ts";
import type { GitRoom } from "../../git/room.ts";
import type { CodeFile } from "./code-files.ts";
import type { Compared } from "./compared.ts";
import { readBlobs } from "./read-blobs.ts";
import type { Versions } from "./versions.ts";

const filesAtATime = 64;
/** Revisions that wait for their turn. */
const mostWaiting = 4;
/** What another process is at is looked at again after so long, and so often. */
const againAfterMs = 1_000;
const mostTries = 60;
/** Reading all of a revision may take so long. */
const limitMs = 30 * 60_000;
/** Chunks that get a vector for one question, and of one batch. */
const mostEmbedded = 8_192;
const batchChunks = 128;

export interface FillingParts {
  parts: EngineParts;
  versions: Versions;
  root: string;
  closing: AbortSignal;
  folder: () => IndexStore | undefined;
  compare: (said: string, git: GitRoom) => Promise<Compared | undefined>;
  /** Blobs that this clone has not. */
  onLost: (files: readonly CodeFile[]) => void;
  /** The model that is here makes the vectors of this index. */
  mayEmbed: (store: IndexStore) => boolean;
}

export class Filling {
  readonly #parts: FillingParts;
  #turn: Promise<unknown> = Promise.resolve();
  #running: Promise<void> | undefined;
  /** What was said, by its commit. */
  readonly #waiting = new Map<string, { said: string; embeds: boolean }>();

  constructor(parts: FillingParts) {
    this.#parts = parts;
  }

  /** One at a time reads in; who waits for an answer stands in the same row. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work, work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  /** Goes on with a revision where something of it is missing. */
  goOn(said: string, { known, missing, versions }: Compared, embeds: boolean): void {
    const { closing, parts } = this.#parts;
    const mayEmbed = embeds && parts.renews && versions.pending.count() > 0;
    if (closing.aborted || (missing.length === 0 && !mayEmbed)) return;
    this.#waiting.delete(known.commit);
    this.#waiting.set(known.commit, { said, embeds: embeds && parts.renews });
    for (const oldest of this.#waiting.keys()) {
      if (this.#waiting.size <= mostWaiting) break;
      this.#waiting.delete(oldest);
    }
    this.#running ??= this.#run()
      .catch((error: unknown) => {
        if (!closing.aborted)
          log("warn", `a revision was not read in to its end: ${String(error)}`);
      })
      .finally(() => {
        this.#running = undefined;
      });
  }

  async done(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    const { closing, versions } = this.#parts;
    for (;;) {
      // The one that was asked for last comes first.
      const next = [...this.#waiting].at(-1);
      if (next === undefined || closing.aborted) return;
      const [commit, { said, embeds }] = next;
      this.#waiting.delete(commit);
      await versions.during(async () => {
        const store = await this.#readAll(said);
        if (store === undefined) return;
        await versions.bound(store, closing);
        if (embeds) await this.#embed(store);
      });
    }
  }

  /** @returns undefined: it did not come to its end */
  async #readAll(said: string): Promise<IndexStore | undefined> {
    const { root, closing, compare, versions, folder, parts } = this.#parts;
    const doing = `read in ${JSON.stringify(said.slice(0, 80))}`;
    return await inHistory(root, doing, { signal: closing, limitMs }, async (git) => {
      let tries = 0;
      for (;;) {
        if (closing.aborted) return undefined;
        const compared = await compare(said, git);
        if (compared === undefined) return undefined;
        const { missing } = compared;
        if (missing.length === 0) {
          await parts.parser.rest();
          return compared.versions;
        }
        // One comparison for many writes.
        for (let at = 0; at < missing.length; at += filesAtATime) {
          if (closing.aborted) return undefined;
          const { read, lost } = await readBlobs(git, missing.slice(at, at + filesAtATime));
          this.#parts.onLost(lost);
          if (read.length === 0) continue;
          const isIn = await this.inTurn(() =>
            versions.takeIn(compared.versions, folder(), read, closing),
          );
          if (isIn) continue;
          tries += 1;
          if (tries > mostTries) return undefined;
          await sleep(againAfterMs, undefined, { signal: closing }).catch(() => undefined);
          at -= filesAtATime;
        }
        tries += 1;
        if (tries > mostTries) return undefined;
      }
    });
  }

  async #embed(store: IndexStore): Promise<void> {
    const { parts, closing, folder, mayEmbed } = this.#parts;
    if (!mayEmbed(folder() ?? store)) return;
    let left = mostEmbedded;
    const pending: IndexStore["pending"] = {
      ...store.pending,
      next: (limit, except) => {
        const rows = left <= 0 ? [] : store.pending.next(Math.min(limit, left), except);
        left -= rows.length;
        return rows;
      },
    };
    try {
      await embedChunks({
        store: { vectors: store.vectors, pending },
        embedder: parts.cached ?? parts.embedder,
        watch: new Stopwatch(),
        batchChunks,
        pacer: parts.ceiling.governor,
        signal: closing,
        onProgress: () => undefined,
      });
    } catch (error) {
      if (!HaypileError.isInstance(error)) throw error;
      if (!closing.aborted) log("warn", `versions got no vectors: ${error.message}`);
    } finally {
      parts.ceiling.relief.worked();
    }
  }
}
