/*
 * Does another process work with the settings that this one was given? Each variable that shapes the work has a mark,
 * and two processes agree where the marks of what the first was given are those of the second.
 */
import { createHash } from "node:crypto";
import { optionNames, rowOf } from "../options/options.ts";
import type { Environment } from "./env.ts";

/** A short hash by the name of the variable or folder. */
export type Marks = Readonly<Record<string, string>>;

/** Marks of the option variables that are set, and of the folders that are not where they are by default. */
export function marksOf({ variables, cacheFolder, configFolder, addonFolder }: Environment): Marks {
  const said = optionNames.map((name): [string, string | undefined] => {
    const { env } = rowOf(name);
    return [env, variables[env]];
  });
  const folders: [string, string | undefined][] = [
    ["cache folder", cacheFolder],
    ["configuration folder", configFolder],
    ["HAYPILE_ADDON_DIR", addonFolder],
  ];
  return Object.fromEntries(
    [...said, ...folders]
      .filter((one): one is [string, string] => one[1] !== undefined && one[1] !== "")
      .map(([name, value]) => [name, mark(value)]),
  );
}

/** Names of what is set here and is not, or is something else, there. */
export function differing(here: Marks, there: Marks): string[] {
  return Object.keys(here).filter((name) => here[name] !== there[name]);
}

function mark(value: string): string {
  return createHash("sha256").update(value).digest("hex").slice(0, 16);
}
