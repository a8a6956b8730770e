/* One index run of an engine: under the lock, with a note for others that it is at work. */
import { resolve } from "node:path";
import { defined } from "../../base/defined.ts";
import { mountPointOf } from "../../base/files/mount-point.ts";
import type { ModelName } from "../../base/model-name.ts";
import { recentDays } from "../../base/paths/urgency.ts";
import { indexFolder } from "../../indexing/indexer.ts";
import type { IndexCallOptions, IndexResult } from "../../ports/answers/index-run.ts";
import type { KnownVectors, TextEmbedder } from "../../ports/embedder.ts";
import type { Facts, IndexStore } from "../../ports/store.ts";
import { namedFiles, noteRun } from "../disk/take-in.ts";
import type { EngineParts } from "../engine-parts.ts";
import { changedLately, unchangedSince } from "../git/git.ts";
import { keep } from "../store/keeper.ts";
import { rssSamples } from "./rss-samples.ts";
import { RunNote } from "./run-note.ts";

/** How a run goes that nobody asked for by itself. */
export interface RunWays {
  keepParser?: boolean | undefined;
  paths?: readonly string[] | undefined;
  /** Vectors that need not be made. */
  known?: KnownVectors | undefined;
}

/**
 * @param openStore opens the index, or makes it
 * @param ways keepParser: the parse processes stay for the next run. paths: only these files are looked at
 * @param textsOf of the vectors that are there, when the model makes others: texts and words only
 * @throws HaypileError as Engine.index()
 */
export async function runIndex(
  parts: EngineParts,
  openStore: () => IndexStore,
  options: IndexCallOptions,
  ways: RunWays,
  textsOf?: ModelName,
): Promise<IndexResult> {
  const { signal, onProgress, maxFileBytes, minLines, fillIn, since, scip } = {
    ...parts.configured.indexDefaults,
    ...defined(options),
  };
  const { cached, ceiling, activity } = parts;
  const before = cached?.counts.found ?? 0;
  const unchanged =
    since === undefined ? undefined : await unchangedSince(parts.root, since, { signal });
  // What is wrong with the file is told before a lock file is made beside it.
  const lock = openStore().lock("index");
  let note: RunNote | undefined;
  let run: ReturnType<typeof noteRun> | undefined;
  try {
    // Somebody may have deleted it between these two; from here on that waits for the lock.
    const store = openStore();
    keep(store, parts.root);
    noteMount(store.facts, parts.root);
    const noted = noteRun(store, ways.paths === undefined);
    run = noted;
    note = new RunNote(store.facts, (progress) => {
      if (progress.phase !== "scan") noted.isReading = false;
      onProgress?.(progress);
    });
    const report = await indexFolder({
      root: parts.root,
      store,
      embedder: activity.embedder(
        textsOf === undefined
          ? await indexingEmbedder(parts, fillIn, store.facts, ways.known)
          : { ...parts.embedder.light(), ...claimOf(textsOf) },
      ),
      pacer: ceiling.governor,
      parser: parts.parser,
      keepParser: ways.keepParser,
      paths: ways.paths && namedFiles(store, ways.paths),
      known: ways.known,
      unchanged,
      recentFiles: (paths) => changedLately(parts.root, recentDays, paths, { signal }),
      staticEmbedder: parts.staticEmbedder,
      signal,
      onProgress: note.progress,
      options: {
        maxFileBytes,
        minLines,
        embed: fillIn !== "off" && textsOf === undefined,
        ...ceiling.plan.indexing,
      },
      scip: scip === undefined ? undefined : [scip].flat().map((file) => resolve(parts.root, file)),
    });
    return activity.indexed({ ...report, fromCache: (cached?.counts.found ?? 0) - before });
  } finally {
    note?.end();
    run?.end();
    lock.release();
    ceiling.relief.worked();
  }
}

/** Where the drive of the folder is mounted: by that, a folder that is gone is told from a drive that is. */
function noteMount(facts: Facts, root: string): void {
  const mount = mountPointOf(root);
  if (mount !== undefined && facts.get("mount") !== mount) facts.set("mount", mount);
}

function claimOf({ id, dimensions, vectors }: ModelName) {
  return { modelId: id, dimensions, vectors };
}

/**
 * The embedder of an index run. It counts with the tokeniser alone while files are read, so that parse
 * processes and the model are not there at once. Before anything goes into an empty index the model is
 * loaded once and freed again: one that cannot be used must leave nothing under its name.
 */
async function indexingEmbedder(
  parts: Pick<EngineParts, "embedder" | "cached" | "ceiling">,
  fillIn: IndexCallOptions["fillIn"],
  facts: Facts,
  known: KnownVectors | undefined,
): Promise<TextEmbedder> {
  const { embedder } = parts;
  const light = embedder.light();
  if (fillIn === "off") return light;
  // With vectors of others the model may not be needed at all.
  if (known === undefined && !embedder.isStarted && facts.stats().chunks === 0) {
    await embedder.ready("an empty index is only begun with a model that works");
    await embedder.unload();
  }
  const whole = parts.cached ?? embedder;
  return {
    ...light,
    embed: (texts, options) => {
      rssSamples.batch(parts.ceiling.governor?.state());
      return whole.embed(texts, options);
    },
  };
}
