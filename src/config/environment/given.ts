/*
 * Does another process work with the settings that this one was given? Each variable that shapes the work is told, and
 * two processes agree where what the first was given is what the second was.
 */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { realPath } from "../../base/paths/real-path.ts";
import { type OptionName, optionNames, rowOf } from "../options/options.ts";
import { withoutSecrets } from "../options/store-address.ts";
import { fileName, userFile } from "../places/paths.ts";
import type { Environment } from "./env.ts";

/** What was given, by the name of the variable or folder. */
export type Given = Readonly<Record<string, string>>;

/**
 * The option variables that are set, the folders, each as a real path (two processes need not stand in the same), and
 * of when the user's file is: a process has read it as it was.
 */
export function givenTo({ variables, cacheFolder, configFolder, addonFolder }: Environment): Given {
  const said = optionNames.filter(isOfWork).map((name): [string, string | undefined] => {
    const { env, type } = rowOf(name);
    const value = variables[env];
    // What is refused for a password in it is told to nobody either.
    return [env, type === "path" ? placeOf(value) : value && withoutSecrets(value)];
  });
  const places: [string, string | undefined][] = [
    ["cache folder", placeOf(cacheFolder)],
    ["configuration folder", placeOf(configFolder)],
    ["HAYPILE_ADDON_DIR", placeOf(addonFolder)],
    [fileName, stateOf(userFile(configFolder))],
  ];
  const isSaid = (one: [string, string | undefined]): one is [string, string] => !!one[1];
  return Object.fromEntries([...said, ...places].filter(isSaid));
}

/** How long the daemon stays and where it listens is its own matter, and no work is done another way for it. */
export function isOfWork(name: OptionName): boolean {
  return !["daemon.", "http.", "page."].some((start) => name.startsWith(start));
}

/** Another one after each change; undefined where there is no file, or none that can be looked at. */
export function stateOf(path: string): string | undefined {
  try {
    const { mtimeMs, size } = statSync(path);
    return `${mtimeMs} ${size}`;
  } catch {
    return undefined;
  }
}

function placeOf(path: string | undefined): string | undefined {
  return path === undefined || path === "" ? undefined : realPath(resolve(path));
}

/** Names of what is given here and is not, or is something else, there. */
export function differing(here: Given, there: Given): string[] {
  return Object.keys(here).filter((name) => here[name] !== there[name]);
}
