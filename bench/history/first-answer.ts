/*
 * How long the first answer of a history takes, and all of it, beside git alone.
 *
 *   node bench/history/first-answer.ts [--commits 30000] [--rounds 5]
 *
 * The repository is made by a script: so many commits over 300 files, of which one in 300 touches the file that is asked about and
 * one in 900 the function. Three targets: the function; a function of a file that three commits touched, the second far away; and
 * a file. "first" ends with the first entry, "all" with the last page. Git: "git log -- FILE" and "git log -L :NAME:FILE", to
 * their first byte and to their end. Nothing has a commit graph with Bloom filters; with --graph it is written first.
 */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { open } from "../../src/engine/open.ts";
import { argument, keepRows, printMachine, say, work } from "../common.ts";

const commits = Number(argument("--commits") ?? 30_000);
const rounds = Number(argument("--rounds") ?? 5);
const folder = join(work, `history-${commits}`);
const files = 300;

function body(name: string, value: number): string {
  const lines = Array.from({ length: 12 }, (_, at) => `  const v${at} = a * ${at + value};`);
  return `export function ${name}(a: number): number {\n${lines.join("\n")}\n  return v0 + v11;\n}\n`;
}

function textOf(file: number, value: number, target: number): string {
  const name = file === 0 ? "target" : `other${file}`;
  const rest = Array.from({ length: 6 }, (_, at) => body(`f${file}x${at}`, at === 0 ? value : at));
  return `${rest.join("\n")}\n${body(name, target)}`;
}

function* stream(): Generator<string> {
  const one = (path: string, text: string): string =>
    `M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`;
  for (let at = 1; at <= commits; at += 1) {
    const who = `Ann <ann@example.com> ${1_500_000_000 + at * 600} +0000`;
    const message = `commit ${at}`;
    let text = `commit refs/heads/main\nmark :${at}\nauthor ${who}\ncommitter ${who}\ndata ${message.length}\n${message}\n`;
    if (at === 1) {
      for (let file = 0; file < files; file += 1)
        text += one(`src/d${file % 20}/f${file}.ts`, textOf(file, 0, 0));
      text += one("src/seldom.ts", body("seldom", 0));
    } else {
      text += `from :${at - 1}\n`;
      const file = at % files;
      text += one(`src/d${file % 20}/f${file}.ts`, textOf(file, at, Math.floor(at / (3 * files))));
      if (at === 1_000 || at === commits - 50) text += one("src/seldom.ts", body("seldom", at));
    }
    yield `${text}\n`;
  }
  yield `reset refs/heads/main\nfrom :${commits}\n\n`;
}

async function make(): Promise<void> {
  if (existsSync(join(folder, "made"))) return;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const git = (...args: string[]): Buffer => execFileSync("git", args, { cwd: folder });
  git("init", "-q", "-b", "main");
  const child = spawn("git", ["fast-import", "--quiet"], {
    cwd: folder,
    stdio: ["pipe", "inherit", "inherit"],
  });
  for (const text of stream()) {
    if (!child.stdin.write(text))
      await new Promise((resolve) => child.stdin.once("drain", resolve));
  }
  child.stdin.end();
  await new Promise((resolve) => child.on("close", resolve));
  git("reset", "-q", "--hard", "main");
  mkdirSync(join(folder, "made"));
}

interface Times {
  firstMs: number;
  allMs: number;
  entries: number;
}

async function gitTimes(...args: string[]): Promise<Times> {
  const began = performance.now();
  const child = spawn("git", args, { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
  let firstMs = 0;
  let text = "";
  for await (const data of child.stdout) {
    firstMs ||= performance.now() - began;
    text += String(data);
  }
  const entries = text.split("\n").filter((line) => line.startsWith("commit ")).length;
  return { firstMs, allMs: performance.now() - began, entries };
}

/** Caches of the bench alone. */
const caches = join(work, "history-cache");
process.env.HAYPILE_CACHE_DIR = caches;

/** @param kept what there is before: nothing, parses of another process, or a process that was asked before */
async function ownTimes(target: string, kept: "nothing" | "parses" | "asked"): Promise<Times> {
  if (kept === "nothing") rmSync(caches, { recursive: true, force: true });
  const engine = await open({ folder, embeddingCache: false, database: join(work, "history.db") });
  try {
    engine.status();
    if (kept === "asked") await engine.history(target, { limit: 1 });
    const began = performance.now();
    let firstMs = 0;
    let entries = 0;
    for (let cursor: string | undefined; ; ) {
      const page = await engine.history(target, {
        limit: cursor === undefined ? 1 : 1_000,
        cursor,
      });
      firstMs ||= performance.now() - began;
      entries += page.entries.length;
      cursor = page.nextCursor;
      if (cursor === undefined) break;
    }
    return { firstMs, allMs: performance.now() - began, entries };
  } finally {
    await engine.close();
  }
}

function median(all: readonly number[]): number {
  return Math.round([...all].sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0);
}

const machine = printMachine();
await make();
if (process.argv.includes("--graph")) {
  execFileSync("git", ["commit-graph", "write", "--reachable", "--changed-paths"], { cwd: folder });
} else rmSync(join(folder, ".git", "objects", "info", "commit-graph"), { force: true });
const engine = await open({ folder, embeddingCache: false, database: join(work, "history.db") });
await engine.index({ fillIn: "off" });
await engine.close();

const target = "src/d0/f0.ts";
const questions: [string, () => Promise<Times>][] = [
  ["haypile history FILE#target, nothing kept", () => ownTimes(`${target}#target`, "nothing")],
  ["haypile history FILE#target, parses kept", () => ownTimes(`${target}#target`, "parses")],
  ["haypile history FILE#target, asked before", () => ownTimes(`${target}#target`, "asked")],
  ["git log -L :target:FILE", () => gitTimes("log", `-L:target:${target}`)],
  ["haypile history FILE", () => ownTimes(target, "asked")],
  ["git log -p -- FILE", () => gitTimes("log", "-p", "--", target)],
  [
    "haypile history seldom.ts#seldom, asked before",
    () => ownTimes("src/seldom.ts#seldom", "asked"),
  ],
  ["git log -p -- seldom.ts", () => gitTimes("log", "-p", "--", "src/seldom.ts")],
  ["git log -L :seldom:seldom.ts", () => gitTimes("log", "-L:seldom:src/seldom.ts")],
];
const rows: Record<string, string | number>[] = [];
for (const [what, ask] of questions) {
  const all: Times[] = [];
  for (let round = 0; round < rounds; round += 1) all.push(await ask());
  const firstMs = median(all.map((one) => one.firstMs));
  const allMs = median(all.map((one) => one.allMs));
  const [{ entries } = { entries: 0 }] = all;
  const leastMs = Math.round(Math.min(...all.map((one) => one.firstMs)));
  say(
    `${what.padEnd(48)} first ${firstMs} ms (least ${leastMs})  all ${allMs} ms  ${entries} entries`,
  );
  rows.push({ what, commits, firstMs, leastMs, allMs, entries });
}
keepRows("history-first-answer", machine, rows);
