/*
 * Does another process work with the settings that this one was given? Each variable that shapes the work is told, and
 * two processes agree where what the first was given is what the second was.
 */
import { optionNames, rowOf } from "../options/options.ts";
import type { Environment } from "./env.ts";

/** What was given, by the name of the variable or folder. */
export type Given = Readonly<Record<string, string>>;

/** The option variables that are set, and the folders. */
export function givenTo({ variables, cacheFolder, configFolder, addonFolder }: Environment): Given {
  const said = optionNames.map((name): [string, string | undefined] => {
    const { env } = rowOf(name);
    return [env, variables[env]];
  });
  const folders: [string, string | undefined][] = [
    ["cache folder", cacheFolder],
    ["configuration folder", configFolder],
    ["HAYPILE_ADDON_DIR", addonFolder],
  ];
  const isSaid = (one: [string, string | undefined]): one is [string, string] => !!one[1];
  return Object.fromEntries([...said, ...folders].filter(isSaid));
}

/** Names of what is given here and is not, or is something else, there. */
export function differing(here: Given, there: Given): string[] {
  return Object.keys(here).filter((name) => here[name] !== there[name]);
}
