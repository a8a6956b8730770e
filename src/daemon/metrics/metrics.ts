/*
 * What the daemon says of itself: health as an object, metrics as the text Prometheus reads. Both are pure:
 * given a reading, they give words.
 */
import type { StoreState } from "../../base/measures/stores.ts";
import type { LaneCounts } from "../../haypile/lanes.ts";
import type { Health } from "../../wire/words.ts";
import { bucketMs, type CallCounts } from "./meter.ts";
import { family, type Sample, sample } from "./text.ts";

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
  /** Address of the page; undefined: none is served. */
  page?: string | undefined;
  /** Servers of stores that are away; only for who may know where they are. */
  storesAway?: readonly StoreState[] | undefined;
  /** Families that others make. */
  more?: readonly (() => string)[] | undefined;
}

/** For GET /health: 200 while "ok", 503 while "leaving". */
export function healthOf(reading: Reading): Health {
  const { version, pid, upMs, isLeaving, clients, engines, rssBytes, page, storesAway } = reading;
  return {
    status: isLeaving ? "leaving" : "ok",
    version,
    pid,
    upSeconds: Math.round(upMs / 1000),
    clients: clients.mcp + clients.rpc,
    engines,
    rssBytes,
    ...(page !== undefined && { page }),
    ...(storesAway?.length && { storesAway: [...storesAway] }),
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
    ...(reading.more ?? []).map((families) => families()),
  ].join("");
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
