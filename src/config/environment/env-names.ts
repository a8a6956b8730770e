/* Variables that begin with HAYPILE_ and mean nothing: mostly a slip, which would else be silence. */
import { log } from "../../base/log.ts";
import { likelyName } from "../../base/text/suggest.ts";
import { optionNames, rowOf } from "../options/options.ts";
import type { Environment } from "./env.ts";

const prefix = "HAYPILE_";

/** Those that are no option: folders, what the native bridge reads, and what our own tests and scripts set. */
const others: readonly string[] = [
  "HAYPILE_DATA_DIR",
  "HAYPILE_CACHE_DIR",
  "HAYPILE_CONFIG_DIR",
  "HAYPILE_ADDON_DIR",
  "HAYPILE_INDEX_KEY",
  "HAYPILE_STORE_PASSWORD",
  "HAYPILE_NODE",
  "HAYPILE_SCRIPT",
  "HAYPILE_FAULTS",
  "HAYPILE_SANITIZED",
  "HAYPILE_EVAL_DATA",
  "HAYPILE_TEST_CGROUP",
];
/** Offered to somebody who mistyped one. */
const offered = [...others.slice(0, 6), ...optionNames.map((name) => rowOf(name).env)];
const known: ReadonlySet<string> = new Set([...others, ...offered]);

/** One sentence for each variable that nothing reads, with the one that was probably meant. */
export function unknownVariables(
  variables: Readonly<Record<string, string | undefined>>,
): string[] {
  return Object.keys(variables)
    .filter((name) => name.toUpperCase().startsWith(prefix) && !known.has(asRead(name)))
    .sort()
    .map((name) => {
      const likely = likelyName(name.slice(prefix.length), namesWithoutPrefix.keys());
      const hint =
        likely === undefined
          ? '"haypile config list" and docs/configuration.md name all'
          : `did you mean ${namesWithoutPrefix.get(likely)}?`;
      return `the variable ${name} means nothing to Haypile and was left out; ${hint}`;
    });
}

/** The name that it is found by: on Windows upper and lower case are one. */
function asRead(name: string): string {
  return process.platform === "win32" ? name.toUpperCase() : name;
}

/** What all begin with says nothing about how near two are. */
const namesWithoutPrefix: ReadonlyMap<string, string> = new Map(
  offered.map((name) => [name.startsWith(prefix) ? name.slice(prefix.length) : name, name]),
);

const noted = new Set<string>();

/** Says on stderr which variables nothing reads, each once a process. */
export function noteUnknownVariables({ variables }: Environment): void {
  for (const note of unknownVariables(variables)) {
    if (noted.has(note)) continue;
    noted.add(note);
    log("warn", note);
  }
}
