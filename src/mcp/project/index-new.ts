/*
 * A project without an index gets one at the first question about its code: texts, words and definitions first, which
 * can be searched as they come. The question waits a moment for that and is answered from what is there by then.
 */
import { setTimeout as wait } from "node:timers/promises";
import { HaypileError } from "../../base/errors.ts";
import { isInside } from "../../base/files/read-file.ts";
import { readEnvironment } from "../../config/environment/env.ts";
import { homeFolder } from "../../config/environment/home-folder.ts";
import type { CodeIndex } from "../../ports/haypile.ts";
import type { McpBackend } from "../backend/backend.ts";

/** How long a question waits for the index it is the first to ask, milliseconds. */
const firstWaitMs = 800;
/** Until the first files are in it, on a machine that has other work to do. */
const longestWaitMs = 5_000;
const lookEveryMs = 50;

/**
 * The folder whose index answers; where there is none, it is begun.
 * @param folder absolute, links resolved, and one that the client may have indexed
 * @throws HaypileError HAYPILE_NOT_INDEXED where that is not to be, and as CodeIndex.status()
 */
export async function rootOrIndex(
  backend: McpBackend,
  folder: string | undefined,
  code: CodeIndex,
): Promise<string> {
  try {
    return (await code.status()).root;
  } catch (error) {
    const isNone = HaypileError.isInstance(error) && error.code === "HAYPILE_NOT_INDEXED";
    if (!isNone || folder === undefined || backend.indexesNew !== true) throw error;
    const own = backend.haypile.code(folder, { nearest: false });
    if ((await own.facts()).configuration.settings["watch.auto"].value !== true) throw error;
    // What holds the user's own folder is no project.
    const home = homeFolder(readEnvironment().variables);
    if (home !== undefined && isInside(folder, home)) throw error;
    return await begin(backend, folder, own);
  }
}

async function begin(backend: McpBackend, folder: string, own: CodeIndex): Promise<string> {
  const { jobs } = backend;
  // Vectors come when it is quiet: the project is watched from now on.
  const job = jobs.start(folder, {
    index: (options) => own.index({ ...options, fillIn: "off" }),
  });
  await jobs.wait(job.id, firstWaitMs);
  const end = performance.now() + longestWaitMs;
  for (; job.state === "running" && performance.now() < end; await wait(lookEveryMs)) {
    // The file of the index is made before the first text is read.
    const hasFiles = await own.status().then(
      ({ index }) => index.files > 0,
      () => false,
    );
    if (hasFiles) break;
  }
  return (await own.status()).root;
}
