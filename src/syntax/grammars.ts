/* Where the packaged grammars lie: the npm package, else a local build. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const grammarsPackage = "@haypile/grammars";

/** The folder with the .wasm files; it may be missing, then files are cut by their lines. */
export function grammarsFolder(): string {
  try {
    const require = createRequire(import.meta.url);
    const folder = dirname(require.resolve(`${grammarsPackage}/package.json`));
    if (existsSync(folder)) return folder;
  } catch {
    // Not installed: a clone has them beside its builds.
  }
  return join(dirname(fileURLToPath(import.meta.url)), "..", "..", "prebuilds", "grammars");
}
