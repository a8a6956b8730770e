/*
 * Asks V8 to collect now. Node gives a program this function when it was started with --expose-gc; a context that is made
 * after the flag was set has it too, so no flag on the command line is needed.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collect: (() => void) | undefined;

/** Blocks for as long as a collection of the whole heap takes. Where there is no such function, nothing happens. */
export function collectGarbage(): void {
  collect ??= findCollector();
  collect();
}

function findCollector(): () => void {
  try {
    setFlagsFromString("--expose-gc");
    const found: unknown = runInNewContext("gc");
    return typeof found === "function" ? (found as () => void) : () => undefined;
  } catch {
    return () => undefined;
  }
}
