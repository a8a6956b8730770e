/* The native bridge of this machine's platform package, and how it is told what to start. */
import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { readEnvironment } from "../config/env.ts";

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

/**
 * Replaces this process by the native bridge. Returns, having done nothing, where there is none, where the system
 * cannot do that, and for words that are not the bridge's.
 *
 * @param words after "haypile mcp": --root FOLDER and --client NAME
 */
export function becomeBridge(words: readonly string[]): void {
  const said: { root?: string; client?: string } = {};
  for (let i = 0; i < words.length; i += 2) {
    const value = words[i + 1];
    if (value === undefined) return;
    if (words[i] === "--root") said.root = resolve(value);
    else if (words[i] === "--client") said.client = value;
    else return;
  }
  const program = findBridge();
  const { execve } = process as { execve?: typeof process.execve };
  if (program === undefined || execve === undefined) return;
  const variables = Object.entries(readEnvironment().variables).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  try {
    execve.call(process, program, [program, ...bridgeWords(said)], Object.fromEntries(variables));
  } catch {
    // Not on this system; the bridge in Node does the same.
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
