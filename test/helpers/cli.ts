/* Runs the built command line in a process of its own, with data of its own and a shared graph cache. */
import { type ChildProcess, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repository } from "./model.ts";

export const bin = join(repository, "bin", "haypile.cjs");

/** Built once per machine, so that tests do not each build it. */
export const graphs = join(tmpdir(), "haypile-test-graphs");

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface CliOptions {
  data: string;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  limitMs?: number;
  onStart?: (child: ChildProcess) => void;
  /** Said on its stdin, which ends then; "open": it stays open, for onStart. Default: it has none. */
  input?: string;
  /** A command to put before node, e.g. ["setpriv", …]. */
  before?: string[];
  node?: string;
}

export function cli(args: string[], options: CliOptions): Promise<Ended> {
  const command = [...(options.before ?? []), options.node ?? process.execPath, bin, ...args];
  return new Promise((resolve) => {
    const child = spawn(command[0] as string, command.slice(1), {
      cwd: options.cwd ?? repository,
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      env: {
        ...process.env,
        NO_COLOR: "1",
        HAYPILE_DATA_DIR: options.data,
        HAYPILE_CACHE_DIR: graphs,
        HAYPILE_CONFIG_DIR: join(options.data, "config"),
        ...options.env,
      },
    });
    const ended: Ended = { code: null, signal: null, stdout: "", stderr: "" };
    const timer = setTimeout(() => child.kill("SIGKILL"), options.limitMs ?? 180_000);
    // One that is refused before it reads closes its end.
    child.stdin?.on("error", () => undefined);
    if (options.input !== "open") child.stdin?.end(options.input);
    child.stdout?.on("data", (data) => {
      ended.stdout += data;
    });
    child.stderr?.on("data", (data) => {
      ended.stderr += data;
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ ...ended, code, signal });
    });
    options.onStart?.(child);
  });
}
