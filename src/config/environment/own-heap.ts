/*
 * memory.heap: the bound of V8's old objects can be said only when a process starts, so this process becomes another one
 * with the same id and that bound (docs/decisions/0021 does it for the young ones). It runs before anything heavy is
 * loaded, and where the option is not said it costs a look at the file.
 */
import { existsSync } from "node:fs";
import { log } from "../../base/log.ts";
import { readText } from "../file/read-file.ts";
import { rowOf } from "../options/options.ts";
import { userFile } from "../places/paths.ts";
import { optionsOfUser } from "../user-options.ts";
import type { Environment } from "./env.ts";

const flag = "--max-old-space-size";

/** Returns where the bound is kept already, none is said, or it cannot be kept here, which is logged. */
export function keepOwnHeap(environment: Environment): void {
  const bytes = heapWanted(environment);
  if (bytes === undefined || process.execArgv.some((one) => one.startsWith(flag))) return;
  const bound = `${flag}=${Math.floor(bytes / 2 ** 20)}`;
  if (typeof process.execve === "function") {
    const [script = "", ...words] = process.argv.slice(1);
    const args = [process.execPath, ...process.execArgv, bound, script, ...words];
    try {
      process.execve(process.execPath, args, { ...environment.variables });
    } catch {
      // What follows is said instead.
    }
  }
  log("warn", `memory.heap cannot be kept here; start with NODE_OPTIONS=${bound} instead`);
}

/** Undefined: none is said. A file that cannot be read, and a home that is not known, are told by the command that needs them. */
function heapWanted(environment: Environment): number | undefined {
  try {
    const { variables, configFolder } = environment;
    const path = userFile(configFolder);
    const isInFile = existsSync(path) && readText(path, "user")?.includes("heap") === true;
    if ((variables[rowOf("memory.heap").env] ?? "") === "" && !isInFile) return undefined;
    return optionsOfUser(environment, ["memory.heap"])["memory.heap"] as number | undefined;
  } catch {
    return undefined;
  }
}
