/* The project a hook is about. A client says where it works; what it says is looked at before anything is opened. */
import { existsSync, statSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { realPathSync } from "../../base/paths/real-path.ts";
import { isNetworkPath } from "../../base/paths/windows-names.ts";
import { readEnvironment } from "../../config/environment/env.ts";
import { defaultDatabasePath, foldersUpward } from "../../config/places/paths.ts";
import { connectionRoot } from "../../mcp/project/project.ts";
import type { HookInput } from "./hook-call.ts";

const longestPath = 4_096;
const mostFolders = 64;

/** Absolute, links resolved; undefined for what is no folder, a root of the disk or the home folder. */
export function folderOf({ cwd }: HookInput): string | undefined {
  const said = readEnvironment().variables.CLAUDE_PROJECT_DIR;
  try {
    const folder = [cwd, said, process.cwd()].find((one) => one !== undefined && one !== "");
    if (folder === undefined || folder.length > longestPath) return undefined;
    if (folder.includes("\0") || !isAbsolute(folder)) return undefined;
    // To look there is to log in at another machine.
    if (isNetworkPath(folder)) return undefined;
    const real = realPathSync(resolve(folder));
    return statSync(real).isDirectory() ? connectionRoot({ root: real }) : undefined;
  } catch {
    return undefined;
  }
}

/** The nearest folder with an index in the data folder, found by its file alone: nothing is opened. */
export function indexedFolder(folder: string): string | undefined {
  const { dataFolder } = readEnvironment();
  let looked = 0;
  for (const at of foldersUpward(folder)) {
    looked += 1;
    if (connectionRoot({ root: at }) === undefined || looked > mostFolders) return undefined;
    if (existsSync(defaultDatabasePath(dataFolder, at))) return at;
  }
  return undefined;
}
