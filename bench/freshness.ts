/*
 * How fresh answers are for an MCP client of a real daemon: the first question about a folder without an index, edits
 * from outside the daemon, and a switch of branches while it is asked.
 *
 *   node bench/freshness.ts [--tree DIR] [--edits 200] [--branch 5000] [--no-vectors]
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { argument, filesBelow, keepRows, printMachine, repository, say, work } from "./common.ts";
import { debianTree } from "./tree.ts";

const edits = Number(argument("--edits", "200"));
/** An index of a project that is open for a while has its vectors; without them each search embeds for 0.4 s. */
const waitsForVectors = !process.argv.includes("--no-vectors");
const branchFiles = Number(argument("--branch", "5000"));
const source = argument("--tree") ?? join(debianTree(), "usr/lib/python3/dist-packages/django");
const base = join(work, "freshness");
rmSync(base, { recursive: true, force: true });
mkdirSync(base, { recursive: true });
const tree = join(base, "tree");
cpSync(source, tree, { recursive: true, dereference: true });
const run = mkdtempSync(join(tmpdir(), "haypile-fresh-"));
const environment: NodeJS.ProcessEnv = {
  ...process.env,
  HAYPILE_DATA_DIR: join(base, "data"),
  HAYPILE_CACHE_DIR: join(base, "cache"),
  XDG_RUNTIME_DIR: run,
};

/** A client that speaks MCP by lines, as the native bridge takes them. */
class Client {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: { text: string; isError: boolean }) => void>();
  #id = 0;

  constructor() {
    const program = join(repository, "bin", "haypile.cjs");
    this.#child = spawn(process.execPath, [program, "mcp"], {
      cwd: tree,
      env: environment,
      stdio: ["pipe", "pipe", "inherit"],
    });
    createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
      const { id, result, error } = JSON.parse(line);
      const text =
        error?.message ?? result?.content?.map((one: { text: string }) => one.text).join("\n");
      this.#waiting.get(id)?.({
        text: text ?? "",
        isError: error !== undefined || result?.isError === true,
      });
    });
  }

  async begin(): Promise<void> {
    await this.#ask("initialize", {
      protocolVersion: "2025-06-18",
      capabilities: {},
      clientInfo: { name: "bench", version: "1" },
    });
    this.#send({ method: "notifications/initialized" });
  }

  call(name: string, args: object): Promise<{ text: string; isError: boolean }> {
    return this.#ask("tools/call", { name, arguments: args });
  }

  end(): void {
    this.#child.stdin?.end();
  }

  #ask(method: string, params: object): Promise<{ text: string; isError: boolean }> {
    this.#id += 1;
    const id = this.#id;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#send({ id, method, params });
    });
  }

  #send(message: object): void {
    this.#child.stdin?.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  }
}

const git = (...args: string[]): string =>
  execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], {
    cwd: tree,
    encoding: "utf8",
    maxBuffer: 1e9,
  });
const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
const sort = (times: number[]): number[] => times.sort((a, b) => a - b);

const here = printMachine();
const client = new Client();
const rows: Record<string, number | string>[] = [];
try {
  await client.begin();
  let begin = performance.now();
  const first = await client.call("find_code", { query: "where is a query set evaluated" });
  const firstMs = performance.now() - begin;
  say(
    `first find_code of a folder without an index: ${firstMs.toFixed(0)} ms, ${first.isError ? "an error" : (first.text.split("\n")[0] ?? "")}`,
  );
  let files = 0;
  for (let i = 0; i < 600; i += 1) {
    const { text } = await client.call("index_status", {});
    files = Number(/: (\d+) files/.exec(text)?.[1] ?? 0);
    if (!/running/.test(text) && files > 0) break;
    await wait(500);
  }
  say(`${files} files have their texts after ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  for (let i = 0; i < 480 && waitsForVectors; i += 1) {
    const { text } = await client.call("index_status", {});
    const [, chunks, vectors] = /(\d+) chunks, (\d+) with a vector/.exec(text) ?? [];
    if (chunks === vectors) break;
    await wait(500);
  }
  await wait(3_000);

  const paths = filesBelow(tree).filter((path) => path.endsWith(".py"));
  const found: number[] = [];
  const symbol: number[] = [];
  let missed = 0;
  let stale = 0;
  for (let i = 0; i < edits; i += 1) {
    const path = paths[(i * 7919) % paths.length] as string;
    const [before, now] = [`marmot_before_${i}`, `marmot_now_${i}`];
    const text = readFileSync(path, "utf8");
    const withName = (name: string): string =>
      `${text}\n\ndef ${name}(value):\n    return value + ${i}\n`;
    writeFileSync(path, withName(before));
    begin = performance.now();
    const hit = await client.call("find_code", {
      query: before,
      limit: 3,
      path: relative(tree, path),
    });
    found.push(performance.now() - begin);
    if (!hit.text.includes(`def ${before}`)) missed += 1;
    writeFileSync(path, withName(now));
    begin = performance.now();
    const old = await client.call("find_symbol", { name: before });
    symbol.push(performance.now() - begin);
    if (old.text.includes(`def ${before}(`)) stale += 1;
    const renamed = await client.call("find_symbol", { name: now });
    if (!renamed.text.includes(`def ${now}(`)) stale += 1;
  }
  sort(found);
  sort(symbol);
  say(
    `${edits} edits: found by the next find_code p50 ${at(found, 0.5).toFixed(0)} ms, p95 ${at(found, 0.95).toFixed(0)} ms, not found ${missed}`,
  );
  say(
    `find_symbol after an edit p50 ${at(symbol, 0.5).toFixed(0)} ms, p95 ${at(symbol, 0.95).toFixed(0)} ms; stale or missing names ${stale} of ${2 * edits}`,
  );

  // Two branches: on the second every file of those below is another.
  const wide = join(tree, "wide");
  for (let i = 0; i < branchFiles; i += 1) {
    const folder = join(wide, `p${i % 50}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `w${i}.py`), `def on_first_${i}(value):\n    return value + ${i}\n`);
  }
  git("init", "-q", "-b", "first");
  git("add", "-A");
  git("commit", "-q", "-m", "one");
  git("checkout", "-q", "-b", "second");
  for (let i = 0; i < branchFiles; i += 1) {
    const path = join(wide, `p${i % 50}`, `w${i}.py`);
    writeFileSync(path, `def on_second_${i}(value):\n    return value * ${i}\n`);
  }
  git("commit", "-q", "-a", "-m", "two");
  git("checkout", "-q", "first");
  // The first branch is all in the index before the switch.
  for (let i = 0; i < 600; i += 1) {
    const { text } = await client.call("find_symbol", { name: `on_first_${branchFiles - 1}` });
    if (text.includes(`def on_first_${branchFiles - 1}(`)) break;
    await wait(500);
  }
  await wait(3_000);
  const searches: number[] = [];
  let errors = 0;
  let isSwitching = true;
  const asking = (async () => {
    while (isSwitching) {
      const asked = performance.now();
      const answer = await client.call("find_code", { query: "how is a migration applied" });
      searches.push(performance.now() - asked);
      if (answer.isError) errors += 1;
      await wait(20);
    }
  })();
  begin = performance.now();
  await once(spawn("git", ["checkout", "-q", "second"], { cwd: tree, stdio: "inherit" }), "exit");
  const switchMs = performance.now() - begin;
  const last = `on_second_${branchFiles - 1}`;
  let wholeMs = 0;
  for (let i = 0; i < 600; i += 1) {
    const { text } = await client.call("find_symbol", { name: last });
    const { text: old } = await client.call("find_symbol", { name: `on_first_${branchFiles - 1}` });
    wholeMs = performance.now() - begin;
    if (text.includes(`def ${last}(`) && !old.includes(`def on_first_${branchFiles - 1}(`)) break;
    await wait(200);
  }
  isSwitching = false;
  await asking;
  sort(searches);
  say(
    `branch switch of ${branchFiles} files: git took ${switchMs.toFixed(0)} ms, the last of them was right after ${(wholeMs / 1000).toFixed(1)} s; ${searches.length} searches meanwhile, p50 ${at(searches, 0.5).toFixed(0)} ms, p95 ${at(searches, 0.95).toFixed(0)} ms, longest ${at(searches, 1).toFixed(0)} ms, ${errors} errors`,
  );
  rows.push({
    files,
    firstMs,
    edits,
    foundP50: at(found, 0.5),
    foundP95: at(found, 0.95),
    missed,
    symbolP95: at(symbol, 0.95),
    stale,
    branchFiles,
    wholeMs,
    searchP95: at(searches, 0.95),
    longestSearch: at(searches, 1),
    errors,
  });
  keepRows("freshness", here, rows);
} finally {
  client.end();
  const program = join(repository, "bin", "haypile.cjs");
  execFileSync(process.execPath, [program, "stop"], { env: environment });
  rmSync(base, { recursive: true, force: true });
  rmSync(run, { recursive: true, force: true });
}
