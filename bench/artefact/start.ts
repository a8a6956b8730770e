/*
 * A first index with and without an exported one: on one machine (data and cache of its own) a tree is indexed with all its
 * vectors and exported; on another, a clone of it is indexed with that file; then a branch that differs in every twentieth
 * source file. Time is wall and CPU of each command; memory the largest RSS that the kernel noted of the main process.
 *
 *   node bench/artefact/start.ts [--tree DIR]      default: src of this repository
 */
import { execFileSync, spawn } from "node:child_process";
import { appendFileSync, cpSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { deflateSync, zstdCompressSync } from "node:zlib";
import { argument, keepRows, printMachine, repository, say, work } from "../common.ts";

const source = argument("--tree") ?? join(repository, "src");
const base = join(work, "artefact");
rmSync(base, { recursive: true, force: true });
mkdirSync(base, { recursive: true });

const git = (folder: string, ...args: string[]): string =>
  execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], {
    cwd: folder,
    encoding: "utf8",
  }).trim();

interface Ran {
  wallMs: number;
  cpuMs: number;
  peakRssMb: number;
  said: Record<string, unknown>;
}

/** Runs a command on a machine; it waits for nobody and prints JSON. */
async function run(machine: string, ...args: string[]): Promise<Ran> {
  const started = performance.now();
  const child = spawn(
    process.execPath,
    [join(repository, "bin", "haypile.cjs"), ...args, "--json"],
    {
      stdio: ["ignore", "pipe", "inherit"],
      env: {
        ...process.env,
        HAYPILE_DATA_DIR: join(base, machine, "data"),
        HAYPILE_CACHE_DIR: join(base, machine, "cache"),
        HAYPILE_CONFIG_DIR: join(base, machine, "config"),
      },
    },
  );
  let text = "";
  child.stdout.on("data", (data) => {
    text += data;
  });
  let peakRssMb = 0;
  let cpuMs = 0;
  while (child.exitCode === null && child.signalCode === null) {
    try {
      const high = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1];
      peakRssMb = Math.max(peakRssMb, Number(high ?? 0) / 1024);
      const fields =
        readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
      // User and system, of it and of children that ended: in hundredths of a second.
      const ticks = [11, 12, 13, 14].map((at) => Number(fields[at]));
      cpuMs = ticks.reduce((sum, one) => sum + one, 0) * 10;
    } catch {
      // It ended between two looks.
    }
    await wait(20);
  }
  if (child.exitCode !== 0)
    throw new Error(`haypile ${args.join(" ")} ended with ${child.exitCode}`);
  return { wallMs: performance.now() - started, cpuMs, peakRssMb, said: JSON.parse(text) };
}

const here = printMachine();
const tree = join(base, "tree");
cpSync(source, tree, {
  recursive: true,
  filter: (path) => !/[/\\](?:\.git|node_modules|dist)$/.test(path),
});
git(tree, "init", "-q", "-b", "main");
git(tree, "add", "-A");
git(tree, "commit", "-qm", "all");
const clone = join(base, "clone");
git(base, "clone", "-q", tree, clone);
const branch = join(base, "branch");
git(base, "clone", "-q", tree, branch);
const files = git(branch, "ls-files", "*.py", "*.ts", "*.js", "*.c").split("\n");
const edited = files.filter((_, at) => at % 20 === 0);
for (const file of edited) {
  const comment = file.endsWith(".py") ? "#" : "//";
  appendFileSync(
    join(branch, file),
    `\n${comment} Something that the branch says about ${file}.\n`,
  );
}

const file = join(base, "index.haypile-index");
const rows: Record<string, unknown>[] = [];
const note = (
  what: string,
  { wallMs, cpuMs, peakRssMb }: Ran,
  more: Record<string, unknown>,
): void => {
  rows.push({ what, wallMs, cpuMs, peakRssMb, ...more });
  say(
    `${what}: ${(wallMs / 1000).toFixed(1)} s, ${(cpuMs / 1000).toFixed(1)} s of CPU, peak RSS ${peakRssMb.toFixed(0)} MB ${JSON.stringify(more)}`,
  );
};

const cold = await run("ci", "index", tree, "--quiet");
note("index from nothing", cold, { chunks: cold.said.chunks, index: cold.said.index });
const made = await run("ci", "index", "export", file, "--path", tree);
note("export", made, {
  bytes: statSync(file).size,
  vectors: made.said.vectors,
  files: made.said.files,
});
await run("laptop", "index", "trust", file);
for (const [what, folder] of [
  ["import, same commit", clone],
  ["import, branch", branch],
] as const) {
  const imported = await run("laptop", "index", "import", file, "--path", folder);
  note(what, imported, { taken: imported.said.taken, chunks: imported.said.chunks });
}
const again = await run("laptop", "index", clone, "--quiet");
note("index after it", again, { chunks: again.said.chunks });
const bytes = readFileSync(file);
say(
  `the file is ${bytes.length} bytes, with deflate ${deflateSync(bytes).length}, with zstd ${zstdCompressSync?.(bytes).length}; the branch differs in ${edited.length} files`,
);
keepRows("artefact", here, rows);
