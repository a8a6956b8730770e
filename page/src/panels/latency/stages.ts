/* How stages are told: their names in words, and a tone with a pattern for each, so that none differs by colour alone. */
import type { QueryTrace } from "../../../../src/ports/answers/daemon/queries.ts";

export type StageName = QueryTrace["stages"][number]["stage"];

export interface StageLook {
  /** What it is, in a few words. */
  says: string;
  /** Class of chart.css. */
  tone: string;
  /** Class of latency.css. */
  pattern: string;
}

const waits = "waits";
const looks: Readonly<Record<StageName, StageLook>> = {
  turn: { says: "waiting for its turn", tone: "tone-8", pattern: waits },
  open: { says: "opening index, memories or model", tone: "tone-7", pattern: waits },
  disk: { says: "taking changed files in", tone: "tone-5", pattern: waits },
  room: { says: "waiting for room under the limit of memory", tone: "tone-6", pattern: waits },
  queue: { says: "waiting for the model", tone: "tone-2", pattern: waits },
  embed: { says: "the question becomes a vector", tone: "tone-2", pattern: "plain" },
  words: { says: "looking up words", tone: "tone-1", pattern: "plain" },
  meaning: { says: "comparing vectors", tone: "tone-4", pattern: "plain" },
  names: { says: "looking up names", tone: "tone-3", pattern: "plain" },
  fuse: { says: "putting together what speaks for each", tone: "tone-5", pattern: "dots" },
  rerank: { says: "looking at the best once more", tone: "tone-6", pattern: "dots" },
  show: { says: "cutting out hits, comparing with the disk", tone: "tone-7", pattern: "dots" },
  work: { says: "the call itself", tone: "tone-1", pattern: "dots" },
  other: { says: "none of these", tone: "tone-8", pattern: "plain" },
};

export function lookOf(stage: StageName): StageLook {
  return looks[stage] ?? looks.other;
}

/** Those that occur, in the order of a call. */
export function stagesIn(traces: readonly QueryTrace[]): StageName[] {
  const seen = new Set(traces.flatMap(({ stages }) => stages.map(({ stage }) => stage)));
  return (Object.keys(looks) as StageName[]).filter((stage) => seen.has(stage));
}

/** Longer bars are cut here, milliseconds, so that one slow call does not make all others too short to be read. */
export function scaleOf(traces: readonly QueryTrace[]): number {
  const totals = traces.map(({ totalMs }) => totalMs).sort((a, b) => a - b);
  const usual = totals[Math.floor(totals.length * 0.9)] ?? 0;
  return Math.max(1, Math.min(totals.at(-1) ?? 0, usual * 1.5));
}
