/* The folders of Haypile that others must not get into, looked at before anything in them is used. */
import { readdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { closeContents, secureFolder } from "../../base/files/private-files.ts";
import type { Environment } from "../environment/env.ts";
import { homeFolder } from "../environment/home-folder.ts";
import { activityFolder, graphCacheFolder, indexesFolder, modelsFolder } from "./paths.ts";
import { type AccessLists, secureByLists } from "./windows-folders.ts";

/** What only Haypile keeps in a folder. */
const ownNames: ReadonlySet<string> = new Set([
  "activity",
  "client-files",
  "client-files.json",
  "embeddings.db",
  "graphs",
  "haypile.toml",
  "hook-hints.json",
  "http-token",
  "indexes",
  "memories.db",
  "trusted-files.json",
]);

/**
 * Sees to it that the folders of this user's data, caches and configuration are entered by this user alone. What is
 * not there yet is made so later. Call it before the first file in them is opened.
 * On Windows the system has closed the user's own folder to others; only what lies elsewhere is looked at.
 * @param lists asked for there, when something lies elsewhere
 * @throws HaypileError HAYPILE_PERMISSION when one of them is another user's, or shared by all
 */
export function secureOwnFolders(
  environment: Environment,
  lists?: () => AccessLists | undefined,
): void {
  if (process.platform === "win32") {
    secureByLists(environment, lists, isHaypiles);
    return;
  }
  const { dataFolder, cacheFolder, configFolder, variables } = environment;
  const home = homeFolder(variables);
  secure(home, dataFolder, "data folder", [
    [indexesFolder(dataFolder), "folder of indexes"],
    [modelsFolder(dataFolder), "folder of models"],
    [join(dataFolder, "logs"), "folder of logs"],
  ]);
  secure(home, cacheFolder, "cache folder", [
    [graphCacheFolder(cacheFolder), "folder of graphs"],
    [join(cacheFolder, "queries"), "folder of queries"],
    [activityFolder(cacheFolder), "folder of activity"],
  ]);
  secure(home, configFolder, "configuration folder", []);
}

function secure(
  home: string | undefined,
  folder: string,
  what: string,
  inside: readonly (readonly [path: string, what: string])[],
): void {
  const isOwn = isHaypiles(folder, home);
  // What was open until now, by an earlier version or a copy, has open files in it too.
  if (secureFolder(folder, what, !isOwn) && isOwn) closeContents(folder);
  // In a folder of others these names may be theirs.
  if (isOwn) {
    for (const [path, kind] of inside) if (secureFolder(path, kind)) closeContents(path);
  }
}

/**
 * Whether a folder is Haypile's alone. A variable may name any folder, the home folder or one of the system's: such
 * a folder must not be closed to the others who use it.
 */
function isHaypiles(folder: string, home: string | undefined): boolean {
  if (dirname(folder) === folder || (home !== undefined && folder === resolve(home))) return false;
  if (basename(folder).startsWith("haypile")) return true;
  try {
    const names = readdirSync(folder);
    return names.length === 0 || names.some((name) => ownNames.has(name));
  } catch {
    return false;
  }
}
