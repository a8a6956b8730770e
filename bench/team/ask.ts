/*
 * A client of filled memories in a process of its own, which has no model: the vectors of its queries are given. Prints times and its
 * memory as JSON. It runs what was built (npm run build), as people have it: Node takes memory for reading TypeScript, once
 * for each thread.
 *
 *   node bench/team/ask.ts FILE-OR-URL QUERIES-FILE ROUNDS [SECONDS] [library]
 *
 * V8 is set as bin/haypile.cjs sets it for our own processes; with "library" it is as it comes.
 */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import type { OpenedMemoryStore } from "../../src/storage/sqlite/memories/store.ts";
import { peakRss, say } from "../common.ts";
import { built } from "./built.ts";
import { madeUpModel, percentile } from "./parts.ts";

if (process.argv[6] !== "library") setFlagsFromString("--semi-space-growth-factor=1");

const { MemoryService } =
  await built<typeof import("../../src/memories/service.ts")>("memories/service.js");
const { scanKernels } =
  await built<typeof import("../../src/native/vector-scan.ts")>("native/vector-scan.js");
const { wordSplitter } = await built<typeof import("../../src/native/words.ts")>("native/words.js");

const [place = "", queriesFile = "", rounds = "100", seconds = "0"] = process.argv.slice(2);
const known = new Map(
  (JSON.parse(readFileSync(queriesFile, "utf8")) as [string, number[]][]).map(([query, vector]) => [
    query,
    Float32Array.from(vector),
  ]),
);
const queries = [...known.keys()];

function rss(): number {
  const status = readFileSync("/proc/self/status", "utf8");
  return Number(/VmRSS:\s+(\d+)/u.exec(status)?.[1] ?? 0) * 1_024;
}

async function open(): Promise<OpenedMemoryStore> {
  if (!place.startsWith("postgres")) {
    const { openMemoryStore } = await built<
      typeof import("../../src/storage/sqlite/memories/store.ts")
    >("storage/sqlite/memories/store.js");
    return openMemoryStore({ path: place, kernels: scanKernels(), wordSplitter: wordSplitter() });
  }
  const { openLink } = await built<typeof import("../../src/storage/postgres/link/open.ts")>(
    "storage/postgres/link/open.js",
  );
  const { openPgMemoryStore } = await built<
    typeof import("../../src/storage/postgres/memories/store.ts")
  >("storage/postgres/memories/store.js");
  const link = openLink({ url: place });
  return openPgMemoryStore(link, {
    ...{ kernels: scanKernels(), wordSplitter: wordSplitter() },
    closed: () => link.close(),
  });
}

/** CPU time of what the server does for its clients, who are this one alone, milliseconds: it tells on a busy machine too. */
function serverCpuMs(): number {
  if (!place.startsWith("postgres")) return 0;
  const ticks = readdirSync("/proc")
    .filter((name) => /^\d+$/u.test(name))
    .map((pid) => {
      try {
        const isOurs = readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("postgres memories ");
        if (!isOurs) return 0;
        const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
        return Number(fields[11]) + Number(fields[12]);
      } catch {
        return 0;
      }
    });
  return ticks.reduce((sum, one) => sum + one, 0) * 10;
}

const began = performance.now();
const store = await open();
const memories = new MemoryService({
  store,
  embedder: madeUpModel(known),
  isScheduled: () => true,
});
const openMs = performance.now() - began;
const filters = {
  plain: {},
  tagged: { tags: { any: ["tag7"] } },
  rare: { tags: { any: ["rare"] } },
  namespace: { namespace: "other" },
} as const;

async function times(options: object, count: number, from = 0): Promise<number[]> {
  const all: number[] = [];
  for (let round = 0; round < count; round += 1) {
    const query = queries[(from + round) % queries.length] as string;
    const start = performance.now();
    await memories.recall(query, { ...options, cache: false });
    all.push(performance.now() - start);
  }
  return all;
}

/** Until what is held for searching is there. */
async function untilReady(): Promise<number> {
  const start = performance.now();
  let before = -1;
  for (let still = 0; still < 4; still = memories.residentBytes === before ? still + 1 : 0) {
    before = memories.residentBytes;
    await pause(250);
  }
  return performance.now() - start - 1_000;
}

const [firstMs = 0] = await times({}, 1);
if (Number(seconds) > 0) {
  // All that this client asks of the server, one question after the other.
  await times({}, 3);
  await untilReady();
  const end = performance.now() + Number(seconds) * 1_000;
  const all: number[] = [];
  for (let from = process.pid; performance.now() < end; from += 1) {
    all.push(...(await times({}, 1, from)));
  }
  say(JSON.stringify({ asked: all.length, p50: percentile(all, 0.5), p95: percentile(all, 0.95) }));
} else {
  // Questions of their own, for the code to be warm.
  const cold = await times({}, 20, Number(rounds));
  const readyMs = await untilReady();
  await times({}, 20, Number(rounds));
  const cpu = process.cpuUsage();
  const ofServer = serverCpuMs();
  const plain = await times({}, Number(rounds));
  const { user, system } = process.cpuUsage(cpu);
  const found: Record<string, unknown> = {
    openMs: Math.round(openMs),
    firstMs: Math.round(firstMs),
    coldP50: percentile(cold, 0.5),
    readyMs: Math.round(readyMs),
    p50: percentile(plain, 0.5),
    p95: percentile(plain, 0.95),
    cpuMsEach: Number(((user + system) / 1_000 / Number(rounds)).toFixed(2)),
    serverCpuMsEach: Number(((serverCpuMs() - ofServer) / Number(rounds)).toFixed(2)),
  };
  const again = await times({}, Number(rounds));
  found.againP50 = percentile(again, 0.5);
  found.againP95 = percentile(again, 0.95);
  for (const [name, filter] of Object.entries(filters)) {
    if (name === "plain") continue;
    const all = await times(filter, Math.ceil(Number(rounds) / 2));
    found[`${name}P50`] = percentile(all, 0.5);
    found[`${name}P95`] = percentile(all, 0.95);
  }
  const written: number[] = [];
  for (let round = 0; round < 20; round += 1) {
    const text = `${queries[round] as string} was asked by ${process.pid}`;
    known.set(text, known.get(queries[round] as string) as Float32Array<ArrayBuffer>);
    const start = performance.now();
    await memories.remember(text, { namespace: "written" });
    written.push(performance.now() - start);
  }
  found.rememberP50 = percentile(written, 0.5);
  found.rememberP95 = percentile(written, 0.95);
  found.rssMB = Number((rss() / 1e6).toFixed(1));
  found.peakRssMB = Number((peakRss() / 1e6).toFixed(1));
  found.residentMB = Number((memories.residentBytes / 1e6).toFixed(1));
  say(JSON.stringify(found));
}
await memories.close();
