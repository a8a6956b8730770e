/*
 * What open pages cost agents: ten that ask for memories, alone, beside 20 open pages in chromium, and beside 20 streams that ask
 * as those pages do without a browser (which takes processor time of its own). Blocks of each in turn, there and back, in one run.
 *
 *   node bench/page/beside.ts [--tree DIR] [--memories 300] [--rounds 3] [--seconds 12] [--pages 20] [--agents 10] [--pause 200]
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { argument, keepRows, printMachine, repository, say } from "../common.ts";
import { BenchDaemon, openPages, startBrowser } from "./daemon.ts";

const tree = argument("--tree", join(repository, "src", "base"));
const memories = Number(argument("--memories", "300"));
const rounds = Number(argument("--rounds", "3"));
const seconds = Number(argument("--seconds", "12"));
const many = Number(argument("--pages", "20"));
const count = Number(argument("--agents", "10"));
const pauseMs = Number(argument("--pause", "200"));
const here = printMachine();

const daemon = await BenchDaemon.start("beside", { tree, memories });
const agents = spawn(
  process.execPath,
  ["--no-warnings", join(import.meta.dirname, "agents.ts"), String(count), String(pauseMs)],
  { env: daemon.env, stdio: ["pipe", "pipe", "inherit"] },
);
const lines = createInterface({ input: agents.stdout })[Symbol.asyncIterator]();
const browser = await startBrowser();

async function block(): Promise<{ times: number[]; cpu: number }> {
  await wait(2_000);
  const [cpuMs, atMs] = [daemon.cpuMs(), performance.now()];
  agents.stdin.write("begin\n");
  await wait(seconds * 1_000);
  agents.stdin.write("end\n");
  const { value } = await lines.next();
  const cpu = (daemon.cpuMs() - cpuMs) / (performance.now() - atMs);
  return { times: JSON.parse(value as string) as number[], cpu };
}

/** Asks as open pages do: the stream of happenings, and the polls of the panels of memory. */
async function openStreams(): Promise<() => Promise<void>> {
  const token = await daemon.session();
  const stop = new AbortController();
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const { signal } = stop;
  const one = async (at: number): Promise<void> => {
    const answer = await fetch(`${daemon.origin}/api/v1/events`, { headers, signal });
    const reading = (async () => {
      for await (const _ of answer.body ?? []) {
        // Only taken.
      }
    })().catch(() => undefined);
    await wait((at * 10_000) / many, undefined, { signal }).catch(() => undefined);
    while (!signal.aborted) {
      const body = { method: "POST", headers, signal };
      await fetch(`${daemon.origin}/api/v1/daemon/receipt`, { ...body, body: "{}" })
        .then((said) => said.arrayBuffer())
        .catch(() => undefined);
      await wait(10_000, undefined, { signal }).catch(() => undefined);
    }
    await reading;
  };
  const all = Array.from({ length: many }, (_, at) => one(at));
  await wait(500);
  return async () => {
    stop.abort();
    await Promise.allSettled(all);
  };
}

type State = "alone" | "pages" | "streams";
const opens: Record<State, () => Promise<() => Promise<void>>> = {
  alone: async () => async () => undefined,
  pages: () => openPages(browser, daemon, many),
  streams: openStreams,
};
const order: State[] = ["alone", "pages", "streams"];
const all: Record<State, { times: number[]; cpu: number[] }> = {
  alone: { times: [], cpu: [] },
  pages: { times: [], cpu: [] },
  streams: { times: [], cpu: [] },
};
const at = (times: readonly number[], share: number): number =>
  [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))] ??
  Number.NaN;
try {
  // The first block of agents is not counted: code is compiled, and pages are mapped in.
  await block();
  for (let round = 0; round < rounds; round += 1) {
    for (const state of round % 2 === 0 ? order : [...order].reverse()) {
      const close = await opens[state]();
      const { times, cpu } = await block();
      await close();
      all[state].times.push(...times);
      all[state].cpu.push(cpu);
      say(
        `round ${round + 1}, ${state}: ${times.length} recalls, p50 ${at(times, 0.5).toFixed(1)} ms, p95 ${at(times, 0.95).toFixed(1)} ms; daemon's CPU ${(100 * cpu).toFixed(1)} %`,
      );
    }
  }
} finally {
  agents.stdin.end();
  await browser.close();
  await daemon.end();
}
const alone = at(all.alone.times, 0.95);
const rows = order.map((state) => {
  const { times, cpu } = all[state];
  const row = {
    state,
    pages: many,
    agents: count,
    recalls: times.length,
    p50: at(times, 0.5),
    p95: at(times, 0.95),
    p99: at(times, 0.99),
    cpu: cpu.reduce((sum, one) => sum + one, 0) / cpu.length,
    // What a busy machine does not change.
    cpuMsPerRecall: (1_000 * seconds * cpu.reduce((sum, one) => sum + one, 0)) / times.length,
  };
  say(
    `${state}: ${times.length} recalls, p50 ${row.p50.toFixed(1)} ms, p95 ${row.p95.toFixed(1)} ms (${(100 * (row.p95 / alone - 1)).toFixed(0)} % against alone), p99 ${row.p99.toFixed(1)} ms; daemon's CPU ${(100 * row.cpu).toFixed(1)} %, ${row.cpuMsPerRecall.toFixed(1)} ms a recall`,
  );
  return row;
});
keepRows("page-beside", here, rows);
