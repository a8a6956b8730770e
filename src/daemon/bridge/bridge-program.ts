/* The native bridge of this machine's platform, and how it is told what to start. */
import { accessSync, chmodSync, constants, existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { log } from "../../base/log.ts";
import { nativeFolders, packageFolder } from "../../base/package/own-package.ts";
import { readEnvironment } from "../../config/environment/env.ts";

/** Absolute path of bin/haypile.cjs of this package. */
export const binPath = join(packageFolder, "bin", "haypile.cjs");

/** Absolute path of the executable; undefined: there is none for this platform, or none that may be run. */
export function findBridge(): string | undefined {
  const name = process.platform === "win32" ? "haypile-bridge.exe" : "haypile-bridge";
  return nativeFolders()
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path) && makeExecutable(path));
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
 * `haypile mcp` without the rest of the command line: replaces this process by the native bridge, or is the
 * bridge itself until the client is gone.
 *
 * @param words after "haypile mcp"
 * @param parent the process that started this one, as it was at the start
 * @returns the exit code; undefined, having done nothing, for words that are not the bridge's
 */
export async function runBridgeWords(
  words: readonly string[],
  parent: number = process.ppid,
): Promise<number | undefined> {
  const said: { root?: string | undefined; client?: string | undefined } = {};
  let isNative = true;
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === "--no-native") {
      isNative = false;
      continue;
    }
    const value = words[++i];
    if (value === undefined) return undefined;
    if (word === "--root") said.root = resolve(value);
    else if (word === "--client") said.client = value;
    else return undefined;
  }
  if (isNative) becomeBridge(said, parent);
  const { runBridge } = await import("./bridge.ts");
  const project = readEnvironment().variables.CLAUDE_PROJECT_DIR;
  const folder = said.root ?? (project === undefined || project === "" ? "." : project);
  return await runBridge({ root: resolve(folder), client: said.client, parent });
}

/** Returns, having done nothing, where there is no native bridge or the system cannot do that. */
function becomeBridge(
  said: { root?: string | undefined; client?: string | undefined },
  parent: number,
): void {
  const program = findBridge();
  const { execve } = process as { execve?: typeof process.execve | undefined };
  if (program === undefined || execve === undefined) return;
  const variables = Object.entries(readEnvironment().variables).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  try {
    const words = [program, ...bridgeWords(said), "--parent", String(parent)];
    execve.call(process, program, words, Object.fromEntries(variables));
  } catch {
    // Not on this system; the bridge in Node does the same.
  }
}

/** A tool that unpacked the package may have lost the bit. */
function makeExecutable(path: string): boolean {
  if (isExecutable(path)) return true;
  try {
    chmodSync(path, 0o755);
    return isExecutable(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    log(
      "warn",
      `${path} may not be run, and that could not be changed (${code}): the bridge in Node serves, slower to start. Run "chmod +x" on it as its owner.`,
    );
    return false;
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
