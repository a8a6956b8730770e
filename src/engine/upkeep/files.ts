/* Upkeep of files that may be open or not: their logs moved, and all of them read for damage, in a thread of its own. */

import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { namesIn, sizeOf } from "../../base/files/as-far-as-read.ts";
import { ownModule } from "../../base/package/own-package.ts";
import { embeddingCachePath, indexesFolder, memoriesPath } from "../../config/places/paths.ts";
import type { FileAnswer, FileOfUpkeep, FileWork } from "./file-work.ts";

export interface UpkeepPlaces {
  dataFolder: string;
  cacheFolder: string;
}

/** Moves the logs that there are into their databases. @returns how many logs, how many pages, and what failed */
export async function moveLogs(places: UpkeepPlaces, signal: AbortSignal): Promise<FileAnswer> {
  const files = filesOf(places).filter(({ path }) => sizeOf(`${path}-wal`) > 0);
  return await inThread("checkpoint", files, signal);
}

/** Reads memories and indexes whole. The cache is no more than what can be made again. */
export async function verifyFiles(places: UpkeepPlaces, signal: AbortSignal): Promise<FileAnswer> {
  const files = filesOf(places).filter(({ sort }) => sort !== "cache");
  return await inThread("verify", files, signal);
}

async function inThread(
  task: FileWork["task"],
  files: FileOfUpkeep[],
  signal: AbortSignal,
): Promise<FileAnswer> {
  if (files.length === 0 || signal.aborted) return { done: 0, pages: 0, findings: [] };
  const stop = new SharedArrayBuffer(4);
  const onAbort = (): void => void Atomics.store(new Int32Array(stop), 0, 1);
  signal.addEventListener("abort", onAbort, { once: true });
  const worker = new Worker(ownModule("engine/upkeep/files-thread"), {
    workerData: { task, files, stop } satisfies FileWork,
    execArgv: ["--disable-warning=ExperimentalWarning"],
    resourceLimits: { maxYoungGenerationSizeMb: 2 },
  });
  try {
    return await new Promise<FileAnswer>((answer, fail) => {
      worker.once("message", answer);
      worker.once("error", fail);
      worker.once("exit", () => fail(new Error("the thread for upkeep ended before it answered")));
    });
  } finally {
    signal.removeEventListener("abort", onAbort);
    worker.removeAllListeners();
    await worker.terminate();
  }
}

function filesOf({ dataFolder, cacheFolder }: UpkeepPlaces): FileOfUpkeep[] {
  const folder = indexesFolder(dataFolder);
  const indexes = namesIn(folder).filter((name) => name.endsWith(".db"));
  const all: FileOfUpkeep[] = [
    { sort: "memories", path: memoriesPath(dataFolder) },
    ...indexes.map((name): FileOfUpkeep => ({ sort: "index", path: join(folder, name) })),
    { sort: "cache", path: embeddingCachePath(cacheFolder) },
  ];
  return all.filter(({ path }) => sizeOf(path) > 0);
}
