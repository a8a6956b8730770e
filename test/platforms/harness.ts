/*
 * What the programs of this folder share. Each runs by itself under the Node of a platform, if need be below an emulator,
 * and writes its results into a file: under wine a pipe to the outside does not hold.
 */
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface Result {
  name: string;
  state: "ok" | "failed" | "skipped";
  /** What was seen, or why not. */
  detail: string;
}

/** Thrown by a check that cannot be made here. */
export class Skipped extends Error {}

/** Each is a sentence that shall be true. What it gives is noted beside it. */
export type Checks = Readonly<Record<string, () => unknown>>;

const root = join(import.meta.dirname, "..", "..");
/** The program of the command line; of an installed package where that is what is looked at. */
export const bin = process.env.PLATFORM_SUITE_BIN ?? join(root, "bin", "haypile.cjs");

/** Below qemu, which makes up what /proc says of a process to itself. */
export const isQemu = process.env.PLATFORM_SUITE_EMULATOR === "qemu";

/** Runs the checks in turn and writes their results into the file that the suite has named. */
export async function report(checks: Checks): Promise<void> {
  const results: Result[] = [];
  const path = process.env.PLATFORM_SUITE_RESULTS;
  if (path === undefined) throw new Error("PLATFORM_SUITE_RESULTS names no file");
  for (const [name, check] of Object.entries(checks)) {
    results.push(await made(name, check));
    // After each: a program that dies has said how far it came.
    writeFileSync(path, JSON.stringify(results, undefined, 2));
  }
}

async function made(name: string, check: () => unknown): Promise<Result> {
  try {
    const said = await check();
    return { name, state: "ok", detail: said === undefined ? "" : String(said) };
  } catch (error) {
    if (error instanceof Skipped) return { name, state: "skipped", detail: error.message };
    return { name, state: "failed", detail: String((error as Error).stack ?? error) };
  }
}

/** A folder of its own below the system's temporary one. */
export function scratch(name: string): string {
  return mkdtempSync(join(tmpdir(), `haypile ${name} \u00e4\u65e5 `));
}

/** Writes a tree of files by their relative paths with "/". */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    const full = join(folder, ...path.split("/"));
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
  }
}

export interface Said {
  code: number | null;
  out: string;
  err: string;
}

let runs = 0;

/** The command line in a process of its own, which reads nothing and writes into files. */
export async function haypile(
  args: readonly string[],
  { data, cwd = data, limitMs = 240_000 }: { data: string; cwd?: string; limitMs?: number },
): Promise<Said> {
  mkdirSync(data, { recursive: true });
  const base = join(data, `run-${process.pid}-${++runs}`);
  const files = [`${base}.out`, `${base}.err`] as const;
  const [out, err] = files.map((file) => openSync(file, "w")) as [number, number];
  const child = spawn(process.execPath, [bin, ...args], {
    cwd,
    env: environmentOf(data),
    stdio: ["ignore", out, err],
    windowsHide: true,
    timeout: limitMs,
    killSignal: "SIGKILL",
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject).once("exit", resolve);
  });
  closeSync(out);
  closeSync(err);
  const [said, told] = files.map((file) => readFileSync(file, "utf8")) as [string, string];
  return { code, out: said, err: told };
}

/** All of Haypile's folders in one. */
export function environmentOf(data: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    HAYPILE_DATA_DIR: data,
    HAYPILE_CACHE_DIR: join(data, "cache"),
    HAYPILE_CONFIG_DIR: join(data, "config"),
  };
}
