/* The native bridge of this machine's platform package, and how it is told what to start. */
import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Absolute path of bin/haypile.cjs of this package. */
export const binPath = join(root, "bin", "haypile.cjs");

/** Absolute path of the executable; undefined: there is none for this platform. */
export function findBridge(): string | undefined {
  const platform = `${process.platform}-${process.arch}`;
  const folders = [join(root, "prebuilds", platform)];
  try {
    const require = createRequire(import.meta.url);
    folders.unshift(dirname(require.resolve(`@haypile/${platform}/package.json`)));
  } catch {
    // Not installed; a clone has its own.
  }
  return folders.map((folder) => join(folder, "haypile-bridge")).find(isExecutable);
}

/** Words after the bridge's path. */
export function bridgeWords(said: {
  root?: string | undefined;
  client?: string | undefined;
}): string[] {
  const words = ["--node", process.execPath, "--script", binPath];
  if (said.root !== undefined) words.push("--root", said.root);
  if (said.client !== undefined) words.push("--client", said.client);
  return words;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
