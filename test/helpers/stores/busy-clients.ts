/*
 * Many clients, in processes of their own, that write and ask while their server is killed; and what is true afterwards: which
 * acknowledged writes are lost, which texts are there twice, what clients were told had failed, how long calls took.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import type { MemoryService } from "../../../src/memories/service.ts";
import { pause } from "../postgres/server.ts";
import type { PostgresServer } from "../postgres.ts";

export interface BusyOptions {
  server: PostgresServer;
  url: string;
  clients: number;
  /** Which share them. */
  processes: number;
  kills: number;
  /** How long they work between two kills, and before the first and after the last, milliseconds. */
  betweenMs: number;
  /** In that time each client comes at least so many times around, however slow the machine is. */
  leastRounds: number;
  /** The server is away for so long after each kill, milliseconds, and then started. */
  awayMs: number;
  waitMs: number;
  /** Called when all clients are open, before the first of them writes. */
  areOpen?: (() => Promise<void>) | undefined;
}

interface Process {
  child: ChildProcess;
  names: string[];
  lines: string[];
  complaint: string;
  ended: Promise<number | null>;
}

export interface BusyResult {
  calls: number;
  acknowledged: number;
  failures: string[];
  /** Milliseconds of all calls, and by what was called. */
  timesMs: number[];
  byCall: Record<string, number[]>;
  /** From a kill to the server taking connections again, milliseconds. */
  downMs: number[];
  seconds: number;
  kept: Map<string, string>;
  going: Set<string>;
  gone: Set<string>;
}

export async function runBusyClients(options: BusyOptions): Promise<BusyResult> {
  const { server, kills, awayMs, processes } = options;
  const names = Array.from({ length: options.clients }, (_, name) => String(name));
  const clients = Array.from({ length: processes }, (_, at) =>
    start(
      options,
      names.filter((name) => Number(name) % processes === at),
    ),
  );
  const isFailing = (): boolean => clients.some(({ complaint }) => complaint !== "");
  await until(() => isFailing() || clients.every((client) => turns(client, "open") > 0));
  await options.areOpen?.();
  for (const { child } of clients) child.stdin?.write("go\n");
  const began = performance.now();
  const downMs: number[] = [];
  for (let kill = 0; kill <= kills; kill += 1) {
    const before = clients.map((client) => turns(client, "round"));
    const isEnough = (client: Process, at: number): boolean =>
      turns(client, "round") >= (before[at] ?? 0) + options.leastRounds;
    await pause(options.betweenMs);
    await until(() => isFailing() || clients.every(isEnough));
    if (kill === kills) break;
    const killed = performance.now();
    await server.stop("immediate");
    await pause(awayMs);
    await server.start();
    downMs.push(Math.round(performance.now() - killed));
  }
  const seconds = Math.round(performance.now() - began) / 1_000;
  for (const { child } of clients) child.stdin?.end();
  for (const client of clients) {
    const code = await client.ended;
    if (code !== 0 || client.complaint !== "") {
      throw new Error(`a client ended with ${code}: ${client.complaint}`);
    }
  }
  return { ...resultOf(clients), downMs, seconds };
}

function start({ url, waitMs }: BusyOptions, names: string[]): Process {
  const script = join(import.meta.dirname, "busy-client.ts");
  const child = spawn(process.execPath, ["--no-warnings", script, url, String(waitMs), ...names], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const client: Process = {
    child,
    names,
    lines: [],
    complaint: "",
    ended: new Promise((done) => child.on("close", (code) => done(code))),
  };
  let rest = "";
  child.stdout?.on("data", (data) => {
    const parts = `${rest}${data}`.split("\n");
    rest = parts.pop() ?? "";
    client.lines.push(...parts);
  });
  child.stderr?.on("data", (data) => {
    // What is made in the background says that it waits.
    const lines = String(data).split("\n");
    client.complaint += lines.filter((line) => line !== "" && !mayBeSaid.test(line)).join("\n");
  });
  return client;
}

const mayBeSaid = /^haypile: (?:debug|info|warn): /u;

/** Of the client that said it least often. */
function turns({ lines, names }: Process, word: "open" | "round"): number {
  const counts = names.map((name) => {
    const line = `${word}\t${name}`;
    return lines.reduce((sum, one) => sum + (one === line ? 1 : 0), 0);
  });
  return Math.min(...counts);
}

function resultOf(clients: readonly Process[]): Omit<BusyResult, "downMs" | "seconds"> {
  const result = {
    calls: 0,
    acknowledged: 0,
    failures: [] as string[],
    timesMs: [] as number[],
    byCall: {} as Record<string, number[]>,
    kept: new Map<string, string>(),
    going: new Set<string>(),
    gone: new Set<string>(),
  };
  for (const { lines } of clients) {
    for (const line of lines) {
      const [what, first = "", ...rest] = line.split("\t");
      if (what === "took") {
        result.calls += 1;
        result.timesMs.push(Number(rest[0]));
        result.byCall[first] ??= [];
        result.byCall[first].push(Number(rest[0]));
      } else if (what === "failed") result.failures.push(line);
      else if (what === "kept") result.kept.set(first, rest.join("\t"));
      else if (what === "going") result.going.add(first);
      else if (what === "gone") result.gone.add(first);
    }
  }
  result.acknowledged = result.kept.size + result.gone.size;
  return result;
}

/** What is not as it was acknowledged, in words. */
export async function lostOf(
  memories: MemoryService,
  { kept, going, gone }: Pick<BusyResult, "kept" | "going" | "gone">,
): Promise<string[]> {
  const wrong: string[] = [];
  const there = new Map<string, string>();
  const times = new Map<string, number>();
  for (let cursor: string | undefined; ; ) {
    const page = await memories.list({ limit: 1_000, cursor });
    for (const { id, text } of page.memories) {
      there.set(id, text);
      times.set(text, (times.get(text) ?? 0) + 1);
    }
    cursor = page.nextCursor;
    if (cursor === undefined) break;
  }
  for (const [id, text] of kept) {
    if (gone.has(id) || going.has(id)) continue;
    if (there.get(id) !== text) wrong.push(`lost: ${id} ${text}`);
  }
  for (const id of gone) if (there.has(id)) wrong.push(`back again: ${id}`);
  for (const [text, count] of times) if (count > 1) wrong.push(`there ${count} times: ${text}`);
  return wrong;
}

/** On a busy machine too: how long it takes is not looked at. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await pause(20);
}

export function percentile(times: readonly number[], share: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
