/*
 * What the daemon says of itself: health as an object, metrics as the text Prometheus reads. Both are pure:
 * given a reading, they give words. Meter counts the calls.
 */
import type { LaneCounts } from "../haypile/lanes.ts";
import type { Health } from "../wire/words.ts";

export interface Reading {
  version: string;
  pid: number;
  upMs: number;
  isLeaving: boolean;
  clients: { mcp: number; rpc: number; served: number };
  lanes: Readonly<Record<string, LaneCounts>>;
  engines: number;
  rssBytes: number;
  cpuMs: number;
  calls: readonly CallCounts[];
}

export interface CallCounts {
  method: string;
  ok: number;
  failed: number;
  totalMs: number;
  /** Calls that took at most the bucket's milliseconds; not cumulative. */
  buckets: readonly number[];
}

/** Upper bounds, milliseconds; all that took longer are in one more bucket. */
const bucketMs: readonly number[] = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000];

/** Counts calls by method. Methods are those of a table, so there are never many. */
export class Meter {
  readonly #calls = new Map<
    string,
    { ok: number; failed: number; totalMs: number; buckets: number[] }
  >();

  async measure<T>(method: string, run: () => Promise<T>): Promise<T> {
    const began = performance.now();
    let isOk = false;
    try {
      const result = await run();
      isOk = true;
      return result;
    } finally {
      this.#note(method, isOk, performance.now() - began);
    }
  }

  calls(): CallCounts[] {
    return [...this.#calls]
      .map(([method, counts]) => ({ method, ...counts, buckets: [...counts.buckets] }))
      .sort((a, b) => (a.method < b.method ? -1 : 1));
  }

  #note(method: string, isOk: boolean, ms: number): void {
    let counts = this.#calls.get(method);
    if (counts === undefined) {
      const buckets = new Array<number>(bucketMs.length + 1).fill(0);
      counts = { ok: 0, failed: 0, totalMs: 0, buckets };
      this.#calls.set(method, counts);
    }
    if (isOk) counts.ok += 1;
    else counts.failed += 1;
    counts.totalMs += ms;
    const at = bucketMs.findIndex((most) => ms <= most);
    const bucket = at < 0 ? bucketMs.length : at;
    counts.buckets[bucket] = (counts.buckets[bucket] ?? 0) + 1;
  }
}

/** For GET /health: 200 while "ok", 503 while "leaving". */
export function healthOf(reading: Reading): Health {
  const { version, pid, upMs, isLeaving, clients, engines, rssBytes } = reading;
  return {
    status: isLeaving ? "leaving" : "ok",
    version,
    pid,
    upSeconds: Math.round(upMs / 1000),
    clients: clients.mcp + clients.rpc,
    engines,
    rssBytes,
  };
}

/** For GET /metrics: the text format of Prometheus, version 0.0.4. */
export function metricsText(reading: Reading): string {
  const { clients, lanes, calls } = reading;
  const inLanes = (pick: (counts: LaneCounts) => number): Sample[] =>
    Object.entries(lanes).map(([lane, counts]) => [{ lane }, pick(counts)]);
  return [
    family("haypile_info", "gauge", "1, with the version of the daemon", [
      [{ version: reading.version }, 1],
    ]),
    family("haypile_up_seconds", "gauge", "since the daemon started", [[{}, reading.upMs / 1000]]),
    family("haypile_leaving", "gauge", "1 while the daemon ends", [
      [{}, Number(reading.isLeaving)],
    ]),
    family("haypile_resident_bytes", "gauge", "resident memory of the daemon's process", [
      [{}, reading.rssBytes],
    ]),
    family("haypile_cpu_seconds_total", "counter", "processor time of the daemon's process", [
      [{}, reading.cpuMs / 1000],
    ]),
    family("haypile_clients", "gauge", "clients connected, by face", [
      [{ face: "mcp" }, clients.mcp],
      [{ face: "rpc" }, clients.rpc],
    ]),
    family("haypile_clients_total", "counter", "clients since the start", [[{}, clients.served]]),
    family("haypile_engines", "gauge", "indexes that are open", [[{}, reading.engines]]),
    family(
      "haypile_lane_running",
      "gauge",
      "calls at work",
      inLanes(({ running }) => running),
    ),
    family(
      "haypile_lane_queued",
      "gauge",
      "calls that wait",
      inLanes(({ queued }) => queued),
    ),
    family(
      "haypile_lane_done_total",
      "counter",
      "calls ended",
      inLanes(({ done }) => done),
    ),
    family(
      "haypile_lane_refused_total",
      "counter",
      "calls refused because too many waited",
      inLanes(({ refused }) => refused),
    ),
    family(
      "haypile_calls_total",
      "counter",
      "calls by method and outcome",
      calls.flatMap(({ method, ok, failed }): Sample[] => [
        [{ method, outcome: "ok" }, ok],
        [{ method, outcome: "failed" }, failed],
      ]),
    ),
    family("haypile_call_seconds", "histogram", "time of calls, waiting included", []),
    ...calls.map(histogram),
  ].join("");
}

type Sample = readonly [Readonly<Record<string, string>>, number];

function family(name: string, type: string, help: string, samples: readonly Sample[]): string {
  const head = `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
  return head + samples.map(([labels, value]) => sample(name, labels, value)).join("");
}

function sample(name: string, labels: Readonly<Record<string, string>>, value: number): string {
  const said = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`);
  return `${name}${said.length > 0 ? `{${said.join(",")}}` : ""} ${value}\n`;
}

function histogram({ method, ok, failed, totalMs, buckets }: CallCounts): string {
  const name = "haypile_call_seconds";
  let sum = 0;
  const lines = buckets.map((count, i) => {
    sum += count;
    const most = bucketMs[i];
    const le = most === undefined ? "+Inf" : String(most / 1000);
    return sample(`${name}_bucket`, { method, le }, sum);
  });
  return `${lines.join("")}${sample(`${name}_sum`, { method }, totalMs / 1000)}${sample(`${name}_count`, { method }, ok + failed)}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
