import { resolve } from "node:path";
import { HaypileError } from "../../base/errors.ts";
import { realPath } from "../../base/paths/real-path.ts";
import { type Environment, readEnvironment } from "../../config/environment/env.ts";
import type { RemovedFile } from "../../ports/answers/index-facts.ts";
import { configure } from "../configure.ts";
import { databaseOf, type ResetOptions, removeIndexAt } from "../index/reset.ts";
import { type IndexServer, indexServer } from "./index-server.ts";

/**
 * Deletes the index of a folder, wherever it is kept.
 * @param database its file, where that was named
 * @throws HaypileError as removeIndexAt(), HAYPILE_STORE_AWAY, HAYPILE_STORE_REFUSED, HAYPILE_STORE_RIGHTS
 */
export async function removeIndexOf(
  folder: string,
  database: string | undefined,
  options: ResetOptions = {},
  environment: Environment = readEnvironment(),
): Promise<RemovedFile[]> {
  const server = database === undefined ? serverOf(folder, environment) : undefined;
  try {
    const removed = server === undefined ? [] : removeFromServer(server);
    const file = await databaseOf(folder, database, environment);
    // What lay in a file before the index moved to the server goes too.
    return [...removed, ...removeIndexAt(file, options, environment)];
  } finally {
    server?.close();
  }
}

/**
 * @returns [] where it was not there; what a server gives back of its disk nobody can say
 * @throws HaypileError HAYPILE_DB_BUSY while somebody indexes
 */
export function removeFromServer(server: IndexServer): RemovedFile[] {
  if (!server.exists) return [];
  const store = server.open(false, undefined);
  try {
    const owner = store.lockOwner("index");
    if (owner !== undefined) {
      throw new HaypileError(
        "HAYPILE_DB_BUSY",
        `The index ${server.path} is being written by process ${owner.pid}${owner.host === undefined ? "" : ` on ${owner.host}`}, since ${owner.since}. Wait until it is done, then delete it.`,
        { data: { path: server.path, ...owner } },
      );
    }
  } finally {
    store.close();
  }
  return server.remove() ? [{ path: server.path, bytes: 0 }] : [];
}

function serverOf(folder: string, environment: Environment): IndexServer | undefined {
  const path = realPath(resolve(folder));
  return indexServer(configure({}, path, environment).configuration, environment, path);
}
