/* Where the packaged grammars lie: the npm package, else a local build. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { packageFolder, requireHere } from "../base/package/own-package.ts";

export const grammarsPackage = "@haypile/grammars";

/** The folder with the .wasm files; it may be missing, then files are cut by their lines. */
export function grammarsFolder(): string {
  try {
    const folder = dirname(requireHere.resolve(`${grammarsPackage}/package.json`));
    if (existsSync(folder)) return folder;
  } catch {
    // Not installed: a clone has them beside its builds.
  }
  return join(packageFolder, "prebuilds", "grammars");
}
