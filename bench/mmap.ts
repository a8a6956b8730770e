/*
 * A large index whose file is mapped into memory, against one that is read: the first searches after its pages have left
 * the system's cache, warm ones, CPU time, and memory, by one process and by four at once. The index is of made-up texts, words
 * and vectors, written by the real store; a search is what the store does for one: words, nearest vectors, texts, places.
 *   node bench/mmap.ts [--size 200MB] [--rounds 3] [--searches 50] [--keep-index]
 * Memory is read from /proc/PID/smaps_rollup while all processes are there: by share (PSS) a page that four map counts once.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { scanKernels } from "../src/native/vector-scan.ts";
import { openSqliteStore, type SqliteStore } from "../src/storage/sqlite/store.ts";
import { argument, keepRows, printMachine, say, work } from "./common.ts";
import { dimensions, vectorOf } from "./made-up-vectors.ts";
import { textMaker } from "./memories/texts.ts";

const folder = join(work, "mmap");
const path = join(folder, "index.db");
const searches = Number(argument("--searches", "50"));

/** @param mmapBytes 0: read */
function open(mmapBytes: number): SqliteStore {
  const store = openSqliteStore({ path, kernels: scanKernels(), pragmas: { mmapBytes } });
  store.vectors.claimModel({ id: "made-up", dimensions });
  return store;
}

/** Adds files until the index has its size. */
function fill(bytes: number): void {
  mkdirSync(folder, { recursive: true });
  const store = open(0);
  const next = textMaker(3, 20_000, 2_000);
  const vectors = Array.from({ length: 4_000 }, (_, i) => vectorOf(i));
  const perFile = 40;
  const files = 25;
  for (let from = 0; statSync(path).size < bytes; from += files) {
    const stamp = { sizeBytes: 1, mtimeMs: 1, readMs: 5_000 };
    store.files.put(
      Array.from({ length: files }, (_, i) => ({
        path: `folder${from % 100}/file${from + i}.txt`,
        stamp,
        contentHash: String(from + i),
        language: "text",
        chunks: Array.from({ length: perFile }, (_, line) => ({
          text: next(),
          startLine: 20 * line + 1,
          endLine: 20 * line + 20,
          tokens: 250,
        })),
      })),
    );
    const ids = store.pending.page(0, files * perFile).map(({ id }) => id);
    const rows = new Float32Array(ids.length * dimensions);
    for (const [at, id] of ids.entries()) {
      rows.set(vectors[(id * 7) % vectors.length] as Float32Array, at * dimensions);
    }
    store.vectors.put(ids, rows);
  }
  store.optimize();
  store.close();
}

interface Timed {
  openMs: number;
  firstMs: number;
  secondMs: number;
  p50: number;
  p95: number;
  cpuMs: number;
  mapped: boolean;
}

if (process.argv[2] === "--serve") {
  const [, , , mmap = "0", seed = "1"] = process.argv;
  const start = performance.now();
  const store = open(Number(mmap));
  const openMs = performance.now() - start;
  const next = textMaker(Number(seed));
  let question = Number(seed);
  const search = async (): Promise<number> => {
    const from = performance.now();
    const words = store.texts.search(next.query(), 160);
    const near = await store.vectors.nearest(vectorOf(90_000_000 + 7_919 * question), 160);
    question += 1;
    const ids = [...words, ...near].slice(0, 40).map(({ chunkId }) => chunkId);
    const texts = store.texts.passagesOf(ids);
    if (texts.length === 0 || store.texts.places(ids).length === 0)
      throw new Error("nothing found");
    return performance.now() - from;
  };
  const firstMs = await search();
  const secondMs = await search();
  for (let i = 0; i < 10; i += 1) await search();
  const cpu = process.cpuUsage();
  const times: number[] = [];
  for (let i = 0; i < searches; i += 1) times.push(await search());
  const { user, system } = process.cpuUsage(cpu);
  times.sort((a, b) => a - b);
  const timed: Timed = {
    openMs,
    firstMs,
    secondMs,
    p50: times[times.length >> 1] as number,
    p95: times[Math.floor(times.length * 0.95)] as number,
    cpuMs: (user + system) / 1_000 / times.length,
    mapped: readFileSync("/proc/self/maps", "utf8").includes("index.db\n"),
  };
  process.stdout.write(`${JSON.stringify(timed)}\n`);
  // Until the memory of all was read.
  process.stdin.once("data", () => {
    store.close();
    process.exit();
  });
} else {
  await main();
}

/** Memory of a process, kB by name. */
function memoryOf(pid: number): Record<"Rss" | "Pss" | "Pss_Anon" | "Pss_File", number> {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const kilobytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0) * 1_024;
  return {
    Rss: kilobytes("Rss"),
    Pss: kilobytes("Pss"),
    Pss_Anon: kilobytes("Pss_Anon"),
    Pss_File: kilobytes("Pss_File"),
  };
}

function served(mmapBytes: number, seed: number): Promise<{ child: ChildProcess; timed: Timed }> {
  const child = spawn(
    process.execPath,
    [
      "--no-warnings",
      import.meta.filename,
      "--serve",
      String(mmapBytes),
      String(seed),
      "--searches",
      String(searches),
    ],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  let said = "";
  return new Promise((resolve, reject) => {
    child.stdout?.on("data", (text) => {
      said += text;
      if (said.includes("\n")) resolve({ child, timed: JSON.parse(said) as Timed });
    });
    child.once("exit", (code) => reject(new Error(`a searching process ended with ${code}`)));
  });
}

async function main(): Promise<void> {
  const here = printMachine();
  const [, number = "200", unit = "MB"] = /^(\d+)(MB|GB)$/.exec(argument("--size", "200MB")) ?? [];
  const bytes = Number(number) * (unit === "GB" ? 1e9 : 1e6);
  const rounds = Number(argument("--rounds", "3"));
  if (existsSync(path) && Math.abs(statSync(path).size / bytes - 1) > 0.2) {
    rmSync(folder, { recursive: true });
  }
  if (!existsSync(path)) {
    const start = performance.now();
    fill(bytes);
    say(
      `an index of ${(statSync(path).size / 1e6).toFixed(0)} MB made in ${((performance.now() - start) / 1_000).toFixed(0)} s`,
    );
  }
  const size = statSync(path).size;
  // One untimed pass, which also makes the bits.
  const warm = await served(0, 1);
  warm.child.stdin?.write("end\n");

  const rows: object[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const processes of [1, 4]) {
      for (const mmap of round % 2 === 0 ? [0, size] : [size, 0]) {
        // Its clean pages leave the system's cache; those of other files stay.
        spawnSync("dd", [`if=${path}`, "iflag=nocache", "count=0"], { stdio: "ignore" });
        const all = await Promise.all(
          Array.from({ length: processes }, (_, at) => served(mmap, 100 * (round + 1) + at)),
        );
        if (all.some(({ timed }) => timed.mapped !== mmap > 0))
          throw new Error("mapped, or not, as was not asked");
        const memory = all.map(({ child }) => memoryOf(child.pid as number));
        for (const { child } of all) child.stdin?.write("end\n");
        const sum = (name: keyof ReturnType<typeof memoryOf>): number =>
          Math.round(memory.reduce((total, one) => total + one[name], 0) / 1e5) / 10;
        const mean = (name: keyof Timed): number =>
          Math.round(
            (100 * all.reduce((total, { timed }) => total + Number(timed[name]), 0)) / all.length,
          ) / 100;
        const row = {
          bench: "mmap",
          sizeMb: Math.round(size / 1e6),
          round,
          processes,
          mapped: mmap > 0,
          openMs: mean("openMs"),
          firstMs: mean("firstMs"),
          secondMs: mean("secondMs"),
          p50: mean("p50"),
          p95: mean("p95"),
          cpuMs: mean("cpuMs"),
          rssMb: sum("Rss"),
          pssMb: sum("Pss"),
          pssAnonMb: sum("Pss_Anon"),
          pssFileMb: sum("Pss_File"),
        };
        say(JSON.stringify(row));
        rows.push(row);
      }
    }
  }
  keepRows("mmap", here, rows);
  if (!process.argv.includes("--keep-index")) rmSync(folder, { recursive: true, force: true });
}
