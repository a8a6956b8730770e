/* What an engine says of its index, and how it ends. */
import { log } from "../../base/log.ts";
import { version } from "../../base/package/version.ts";
import type { EngineStatus, IndexFacts } from "../../ports/answers/index-facts.ts";
import type { IndexStore } from "../../ports/store.ts";
import type { AsOnDisk } from "../disk/as-on-disk.ts";
import type { EngineParts } from "../engine-parts.ts";
import type { IndexMigrations } from "../migration/migrations.ts";
import { runAtWork } from "./run-note.ts";

export function indexStatus(
  parts: EngineParts,
  store: IndexStore,
  migrations: IndexMigrations,
): EngineStatus {
  return {
    version,
    root: store.facts.get("root") ?? parts.root,
    database: parts.database,
    lastIndex: store.facts.get("last-index"),
    model: store.vectors.model(),
    index: store.facts.stats(),
    indexing: runAtWork(store, true),
    scip: store.exact.status(),
    migration: migrations.status(store),
    vectorsNote: migrations.note(store),
    provider: parts.provider,
    runner: parts.runner,
  };
}

export function indexFacts(parts: EngineParts): IndexFacts {
  const { root, database, modelName, databaseExists, configured } = parts;
  const { configuration } = configured;
  return { root, database, hasIndex: databaseExists(), modelName, configuration };
}

/** Stops what goes on in the background, waits for work in flight, and frees the parts. */
export async function closeParts(
  parts: EngineParts,
  migrations: IndexMigrations,
  disk: AsOnDisk,
): Promise<void> {
  const { reranker, caches, activity, closeShared } = parts;
  await disk.close();
  activity.close();
  await migrations.close();
  // One part that fails to close is no reason to leave the others open, nor for anybody to wait or to fail.
  const ended = await Promise.allSettled([reranker?.close(), caches.close(), closeShared()]);
  for (const part of ended) {
    if (part.status === "rejected") log("warn", `closing failed in part: ${String(part.reason)}`);
  }
}
