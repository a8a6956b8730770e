/* Commands of the built command line beside daemons of tests. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { readEnvironment } from "../../src/config/environment/env.ts";
import { connect } from "../../src/haypile/there.ts";
import { readNote } from "../../src/wire/owner.ts";
import { bin, cli, type Ended, graphs } from "../helpers/cli.ts";
import { tempFolder, writeTree } from "../helpers/temp-tree.ts";
import { daemonPid, echoDaemon, type Place, place, until } from "./helpers.ts";

/** A data folder whose commands use the small model. */
export function smallPlace(env: NodeJS.ProcessEnv = {}): Place {
  return place({ HAYPILE_MODEL: "static-code-256", HAYPILE_CACHE_DIR: graphs, ...env });
}

export function run(at: Place, args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return cli(args, { data: at.folder, env: { ...at.env, ...env } });
}

/** What a command that has to go well printed with --json. */
export async function read<T>(at: Place, args: string[]): Promise<T> {
  const ended = await run(at, [...args, "--json"]);
  if (ended.code !== 0) throw new Error(`${args.join(" ")}: ${ended.code} ${ended.stderr}`);
  return JSON.parse(ended.stdout) as T;
}

/** A command whose stdin stays open until somebody ends it. */
export function begin(at: Place, args: string[]): { child: ChildProcess; ended: Promise<Ended> } {
  let started: ChildProcess | undefined;
  const ended = cli(args, {
    data: at.folder,
    env: at.env,
    input: "open",
    onStart: (child) => {
      started = child;
    },
  });
  return { child: started as ChildProcess, ended };
}

/** The daemon as it is built. */
export async function startDaemon(at: Place): Promise<number> {
  const started = await run(at, ["start", "--json"]);
  if (started.code !== 0) throw new Error(started.stderr);
  return JSON.parse(started.stdout).pid as number;
}

/** One of tests: echoDaemon with the version that `env` says, or homeDaemon. */
export async function startOther(
  at: Place,
  env: NodeJS.ProcessEnv = {},
  script: string = echoDaemon,
): Promise<number> {
  spawn(process.execPath, [script], { env: { ...at.env, ...env }, stdio: "ignore" });
  await until(() => daemonPid(at) !== undefined && readNote(at.endpoint)?.socket !== undefined);
  return daemonPid(at) as number;
}

export const homeDaemon = join(import.meta.dirname, "home-daemon.ts");

/** Calls in the daemon's lanes, at work or waiting, and the clients that are connected besides the one that asks. */
export async function atWork(at: Place): Promise<{ calls: number; clients: number }> {
  await using client = await connect({ environment: readEnvironment(at.env), start: false });
  const [text, clients] = [await client.metrics(), await client.clients()];
  const counts = text.matchAll(/^haypile_lane_(?:running|queued)\{.*\} (\d+)$/gmu);
  return {
    calls: [...counts].reduce((sum, [, count]) => sum + Number(count), 0),
    clients: clients.length - 1,
  };
}

/** Waits until the daemon does nothing and has no client. @throws when that is not so in time */
export async function untilIdle(at: Place, limitMs = 60_000): Promise<void> {
  const end = performance.now() + limitMs;
  for (;;) {
    const { calls, clients } = await atWork(at);
    if (calls === 0 && clients === 0) return;
    if (performance.now() > end) throw new Error(`${calls} calls and ${clients} clients are left`);
  }
}

/** A folder with so many files of code. */
export function treeOf(files: number): string {
  const folder = tempFolder();
  const lines = Array.from({ length: 20 }, (_, i) => `  return n + ${i}; // the lamp is lit`);
  const text = `export function light(n: number): number {\n${lines.join("\n")}\n}\n`;
  writeTree(
    folder,
    Object.fromEntries(Array.from({ length: files }, (_, i) => [`f${i}.ts`, `// ${i}\n${text}`])),
  );
  return folder;
}

export { bin };
