/*
 * What answers cost an agent in tokens: thirty tasks on a real tree, answered with Haypile by an MCP client, and with grep
 * and read. No model chooses here: both follow a script that is the same for all tasks of a kind, and each ends when the
 * lines that answer have been shown. Only answers are counted, with the count that Haypile's own budgets use.
 *
 *   node bench/agents/saving.ts [--keep] [--task N]
 *
 * Haypile: find_code with the question (no tests), then up to five reads: the best place with 25 lines around it, two more
 * places that the answer names in the same file, the next files. find_symbol with a name, then read; references; outline.
 * Words that grep is given are asked of find_code too, when the question did not do.
 * grep, lines: grep -rniE for the first words, at most 100 lines of it, then up to five reads of 100 lines: the densest
 * matches of the best file, two more places there, the next files (documents and tests last); then the next words.
 * grep, files: the same, but grep -rciE: names of files with counts, at most 40, as clients do that show files first.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { tokensOf } from "../../src/mcp/answer/visible-text.ts";
import { argument, keepRows, printMachine, repository, say, work } from "../common.ts";
import { type Place, type Task, tasks, tree } from "./tasks.ts";

const mostGrepLines = 100;
const mostGrepFiles = 40;
const windowLines = 100;
/** Reads for a question, or for words. */
const mostReads = 5;
/** Of those, further places in the best file. */
const morePlaces = 2;
/** Before and after a place that find_code gave. */
const contextLines = 25;

interface Way {
  tokens: number;
  calls: number;
  answered: boolean;
}

/** What has been shown so far, and whether it answers. */
class Shown {
  readonly #task: Task;
  #text = "";
  tokens = 0;
  calls = 0;

  constructor(task: Task) {
    this.#task = task;
  }

  add(text: string): string {
    this.#text += `\n${text}`;
    this.tokens += tokensOf(text);
    this.calls += 1;
    return text;
  }

  get answers(): boolean {
    const task = this.#task;
    if (task.kind === "uses") return task.answers.every((use) => showsUse(this.#text, use));
    if (task.kind === "file") return task.answer.every((name) => this.#text.includes(name));
    if (!this.#text.includes(task.answer.file)) return false;
    return wanted(task.answer).every((line) => this.#text.includes(line));
  }

  get way(): Way {
    return { tokens: this.tokens, calls: this.calls, answered: this.answers };
  }
}

const here = printMachine();
const root = unpack();
const haypile = await openHaypile(root);
const rows: (object & Record<"haypile" | "lines" | "files", Way>)[] = [];
const only = argument("--task");
for (const [at, task] of tasks.entries()) {
  if (only !== undefined && Number(only) !== at + 1) continue;
  const row = {
    task: at + 1,
    kind: task.kind,
    haypile: await withHaypile(task),
    lines: withGrep(task, "lines"),
    files: withGrep(task, "files"),
  };
  rows.push(row);
  say(
    `${String(at + 1).padStart(2)} ${task.kind.padEnd(10)} ${inWords("haypile", row.haypile)} ${inWords("grep lines", row.lines)} ${inWords("grep files", row.files)}  ${nameOf(task)}`,
  );
}
await haypile.close();

for (const kind of ["where", "definition", "uses", "file", undefined] as const) {
  const own = rows.filter((row) => kind === undefined || (row as { kind?: string }).kind === kind);
  const sums = (["haypile", "lines", "files"] as const).map((way) => {
    const tokens = own.reduce((sum, row) => sum + row[way].tokens, 0);
    const answered = own.filter((row) => row[way].answered).length;
    return `${way} ${tokens} tokens, ${answered}/${own.length} answered`;
  });
  say(`${(kind ?? "all").padEnd(10)} ${sums.join("; ")}`);
}
const fair = rows.filter((row) => row.haypile.answered && row.lines.answered && row.files.answered);
const sumOf = (way: "haypile" | "lines" | "files"): number =>
  fair.reduce((sum, row) => sum + row[way].tokens, 0);
say(
  `${fair.length} answered by all: haypile ${sumOf("haypile")}, lines ${sumOf("lines")}, files ${sumOf("files")} tokens; haypile cheaper than files in ${fair.filter((row) => row.haypile.tokens < row.files.tokens).length}, than lines in ${fair.filter((row) => row.haypile.tokens < row.lines.tokens).length}`,
);
if (process.argv.includes("--keep")) keepRows("agents-saving", here, rows);

function inWords(name: string, { tokens, calls, answered }: Way): string {
  return `${name} ${String(tokens).padStart(6)} in ${calls}${answered ? " " : "!"}`;
}

function nameOf(task: Task): string {
  if (task.kind === "where") return task.question;
  return task.kind === "file" ? task.file : task.name;
}

/** The package as npm gives it, checked against its hash. */
function unpack(): string {
  const folder = join(work, "agents");
  const unpacked = join(folder, "package");
  if (existsSync(join(unpacked, "fastify.js"))) return unpacked;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const packed = spawnSync("npm", ["pack", tree.package], { cwd: folder, encoding: "utf8" });
  const file = join(folder, packed.stdout.trim().split("\n").at(-1) ?? "");
  const hash = createHash("sha512").update(readFileSync(file)).digest("base64");
  if (`sha512-${hash}` !== tree.integrity) throw new Error(`${file} is another ${tree.package}`);
  spawnSync("tar", ["xzf", file], { cwd: folder });
  return unpacked;
}

async function openHaypile(folder: string): Promise<Client> {
  const home = join(work, "agents", "home");
  mkdirSync(home, { recursive: true });
  const script = join(repository, "bin", "haypile.cjs");
  const env = { PATH: process.env.PATH ?? "", HOME: home };
  const run = spawnSync(process.execPath, [script, "index", folder], { env, encoding: "utf8" });
  if (run.status !== 0) throw new Error(run.stderr);
  say(run.stderr.trim().split("\n").slice(-8).join("\n"));
  const args = [script, "mcp", "--no-daemon", "--root", folder];
  const client = new Client({ name: "bench", version: "1" });
  await client.connect(new StdioClientTransport({ command: process.execPath, args, env }));
  return client;
}

/** Lines of the tree that have words in them, without their indent. */
function wanted({ file, lines }: Place): string[] {
  return linesOf(file)
    .slice(lines[0] - 1, lines[1])
    .map((line) => line.trim())
    .filter((line) => /\w{3}/u.test(line));
}

function linesOf(file: string): string[] {
  return readFileSync(join(root, file), "utf8").split("\n");
}

/** "file:12:" of grep, or the number below a line with the file's name. */
function showsUse(text: string, [file, line]: readonly [string, number]): boolean {
  if (text.includes(`${file}:${line}:`)) return true;
  let current = "";
  for (const one of text.split("\n")) {
    if (/^\S+\.\w+$/u.test(one)) current = one;
    else if (current === file && new RegExp(`^\\s+${line}\\b`, "u").test(one)) return true;
  }
  return false;
}

async function withHaypile(task: Task): Promise<Way> {
  const shown = new Shown(task);
  const ask = async (name: string, args: Record<string, unknown>): Promise<string> => {
    const answer = await haypile.callTool({ name, arguments: args });
    const [first] = answer.content as { text?: string }[];
    return shown.add(first?.text ?? "");
  };
  if (task.kind === "uses") await ask("references", { name: task.name });
  else if (task.kind === "file") await ask("outline", { path: task.file });
  else {
    const questions =
      task.kind === "where"
        ? [["find_code", { query: task.question, limit: 5, tests: false }] as const].concat(
            task.words.map(
              (words) => ["find_code", { query: words, limit: 5, tests: false }] as const,
            ),
          )
        : [["find_symbol", { name: task.name, limit: 5 }] as const];
    for (const [tool, args] of questions) {
      const hits = placesIn(await ask(tool, args));
      for (const target of hits.slice(0, mostReads)) {
        if (shown.answers) break;
        await ask("read", task.kind === "where" ? { target, context: contextLines } : { target });
      }
      if (shown.answers) break;
    }
  }
  return shown.way;
}

/** Places of an answer, best first: of the best file also the next places that it names. */
function placesIn(text: string): string[] {
  const heads = [...text.matchAll(/^\d+ (\S+):(\d+-\d+)(?:.*\(also in this file: (.*)\))?/gmu)];
  const hits = heads
    .map(([, file = "", lines = "", more = ""]) => ({ file, lines, more }))
    .sort((a, b) => byPath(a.file, b.file));
  return hits.flatMap(({ file, lines, more }, at) => {
    const next = at > 0 ? [] : [...more.matchAll(/(\d+-\d+)(?= |,|$)/gu)].map(([one]) => one);
    return [lines, ...next.slice(0, morePlaces)].map((one) => `${file}:${one}`);
  });
}

function withGrep(task: Task, way: "lines" | "files"): Way {
  const shown = new Shown(task);
  if (task.kind === "file") {
    shown.add(numbered(task.file, 1, 2_000));
    return shown.way;
  }
  if (task.kind === "uses") {
    shown.add(grep(["-rnw", task.name, "--exclude-dir=test"]).slice(0, mostGrepLines).join("\n"));
    return shown.way;
  }
  const all =
    task.kind === "where"
      ? task.words
      : [
          `(function|class|const|let|var) +${task.name}\\b|\\b${task.name} *(=|\\().*\\{`,
          `\\b${task.name}\\b`,
        ];
  for (const words of all) {
    const matches = grep(["-rniE", words]);
    const places = matches.flatMap((line) => {
      const [, file, number] = /^(.+?):(\d+):/u.exec(line) ?? [];
      return file === undefined ? [] : [{ file, line: Number(number) }];
    });
    const files = bestFiles(places);
    shown.add(
      way === "lines"
        ? matches.slice(0, mostGrepLines).join("\n")
        : files
            .slice(0, mostGrepFiles)
            .map(({ file, lines }) => `${file}:${lines.length}`)
            .join("\n"),
    );
    for (const { file, start } of windowsOf(files).slice(0, mostReads)) {
      if (shown.answers) break;
      shown.add(`${file}\n${numbered(file, start, start + windowLines - 1)}`);
    }
    if (shown.answers) break;
  }
  return shown.way;
}

function grep(args: readonly string[]): string[] {
  const [flags = "", pattern = "", ...rest] = args;
  const run = spawnSync("grep", [flags, "-I", ...rest, "-e", pattern, "."], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 100_000_000,
  });
  const lines = run.stdout.split("\n").filter((line) => line !== "");
  return lines.map((line) => line.replace(/^\.\//u, "")).sort(byPath);
}

/** Source first, as anybody would look: tests, documents and examples last. */
function rank(file: string): number {
  if (/^(?:test|integration)\//u.test(file)) return 2;
  return /^(?:docs|examples|types)\/|\.(?:md|d\.ts)$|^lib\/configValidator/u.test(file) ? 1 : 0;
}

function byPath(a: string, b: string): number {
  return rank(a) - rank(b);
}

function bestFiles(
  places: readonly { file: string; line: number }[],
): { file: string; lines: number[] }[] {
  const byFile = Map.groupBy(places, ({ file }) => file);
  return [...byFile]
    .map(([file, found]) => ({ file, lines: found.map(({ line }) => line) }))
    .sort((a, b) => rank(a.file) - rank(b.file) || b.lines.length - a.lines.length);
}

/** Windows to read, best file first: of that the next densest as well. */
function windowsOf(
  files: readonly { file: string; lines: number[] }[],
): { file: string; start: number }[] {
  return files.flatMap(({ file, lines }, at) => {
    const windows: { file: string; start: number }[] = [];
    let left = lines;
    for (let more = at > 0 ? 0 : morePlaces; more >= 0 && left.length > 0; more -= 1) {
      const start = densest(left);
      windows.push({ file, start });
      left = left.filter((line) => line < start || line >= start + windowLines);
    }
    return windows;
  });
}

/** Where a window begins that holds the most matches, a few lines before the first of them. */
function densest(lines: readonly number[]): number {
  let best = lines[0] ?? 1;
  let most = 0;
  for (const start of lines) {
    const inside = lines.filter((line) => line >= start && line < start + windowLines - 10).length;
    if (inside > most) {
      most = inside;
      best = start;
    }
  }
  return Math.max(1, best - 10);
}

/** Lines as "cat -n" gives them. */
function numbered(file: string, first: number, last: number): string {
  return linesOf(file)
    .slice(first - 1, last)
    .map((line, at) => `${String(first + at).padStart(6)}\t${line}`)
    .join("\n");
}
