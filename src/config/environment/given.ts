/*
 * Does another process work with the settings that this one was given? Each variable that shapes the work is told, and
 * two processes agree where what the first was given is what the second was.
 */
import { resolve } from "node:path";
import { realPath } from "../../base/paths/real-path.ts";
import { type OptionName, optionNames, rowOf } from "../options/options.ts";
import type { Environment } from "./env.ts";

/** What was given, by the name of the variable or folder. */
export type Given = Readonly<Record<string, string>>;

/** The option variables that are set, and the folders, each as a real path: two processes need not stand in the same. */
export function givenTo({ variables, cacheFolder, configFolder, addonFolder }: Environment): Given {
  const said = optionNames.filter(isOfWork).map((name): [string, string | undefined] => {
    const { env, type } = rowOf(name);
    const value = variables[env];
    return [env, type === "path" ? placeOf(value) : value];
  });
  const folders: [string, string | undefined][] = [
    ["cache folder", placeOf(cacheFolder)],
    ["configuration folder", placeOf(configFolder)],
    ["HAYPILE_ADDON_DIR", placeOf(addonFolder)],
  ];
  const isSaid = (one: [string, string | undefined]): one is [string, string] => !!one[1];
  return Object.fromEntries([...said, ...folders].filter(isSaid));
}

/** How long the daemon stays and where it listens is its own matter, and no work is done another way for it. */
function isOfWork(name: OptionName): boolean {
  return !name.startsWith("daemon.") && !name.startsWith("http.");
}

function placeOf(path: string | undefined): string | undefined {
  return path === undefined || path === "" ? undefined : realPath(resolve(path));
}

/** Names of what is given here and is not, or is something else, there. */
export function differing(here: Given, there: Given): string[] {
  return Object.keys(here).filter((name) => here[name] !== there[name]);
}
