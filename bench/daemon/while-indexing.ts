/*
 * find_code on a project while the daemon indexes it, with CPU hogs beside: from the call to the answer, as an
 * MCP client over stdio sees it, with what each answer leaves out. The first call comes right after index_path,
 * so it has the load of the model in it. Runs what is built (dist).
 *
 *   node bench/daemon/while-indexing.ts [--tree DIR] [--calls 50] [--hogs 2] [--pause 200]
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { argument, keepRows, printMachine, repository, say, work } from "../common.ts";

const tree = argument("--tree", repository);
const calls = Number(argument("--calls", "50"));
const hogs = Number(argument("--hogs", "2"));
const pauseMs = Number(argument("--pause", "200"));
const base = join(work, "while-indexing");
const project = join(base, "project");
const bin = join(repository, "bin", "haypile.cjs");

rmSync(base, { recursive: true, force: true });
mkdirSync(project, { recursive: true });
const tracked = spawnSync("git", ["ls-files", "-z"], { cwd: tree, encoding: "utf8" });
for (const path of tracked.stdout.split("\0").filter((one) => one !== "")) {
  cpSync(join(tree, path), join(project, path));
}
const variables = {
  ...process.env,
  HAYPILE_DATA_DIR: join(base, "data"),
  HAYPILE_CACHE_DIR: join(base, "cache"),
  HAYPILE_CONFIG_DIR: join(base, "config"),
  XDG_RUNTIME_DIR: "",
} as Record<string, string>;
const here = printMachine();

const subjects = ["the lock", "a vector", "the daemon", "a memory", "the parser", "an error"];
const questions = ["where is %s closed", "how does %s wait", "what limits %s", "who starts %s"];
const question = (at: number): string =>
  `${(questions[at % questions.length] as string).replace("%s", subjects[at % subjects.length] as string)} ${at}`;

const busy: ChildProcess[] = Array.from({ length: hogs }, () =>
  spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" }),
);
const client = new Client({ name: "bench", version: "1" });
try {
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [bin, "mcp", "--root", project],
      env: variables,
      stderr: "inherit",
    }),
  );
  await client.callTool({ name: "index_path", arguments: { path: project, wait_seconds: 0 } });
  const times: number[] = [];
  let failed = 0;
  let cut = 0;
  let beside = 0;
  for (let at = 0; at < calls; at += 1) {
    const began = performance.now();
    const answer = await client.callTool(
      { name: "find_code", arguments: { query: question(at) } },
      { timeout: 120_000 },
    );
    times.push(performance.now() - began);
    const text = JSON.stringify(answer.content);
    if (answer.isError === true) {
      failed += 1;
      say(`call ${at}: ${text}`);
    }
    if (text.includes("note: the deadline")) cut += 1;
    if (text.includes("indexing is running")) beside += 1;
    await wait(pauseMs);
  }
  const sorted = [...times].sort((a, b) => a - b);
  const atShare = (share: number): number =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number);
  const row = {
    what: "find_code while its project is indexed",
    calls,
    hogs,
    firstMs: Math.round(times[0] as number),
    p50: atShare(0.5),
    p95: atShare(0.95),
    most: atShare(1),
    failed,
    cut,
    besideTheRun: beside,
  };
  say(JSON.stringify(row));
  keepRows("daemon-while-indexing", here, [row]);
} finally {
  for (const hog of busy) hog.kill("SIGKILL");
  await client.close();
  spawnSync(process.execPath, [bin, "stop"], { env: variables, stdio: "ignore" });
  // The copied project has configuration of its own, which the linter of this one would find.
  rmSync(base, { recursive: true, force: true });
}
