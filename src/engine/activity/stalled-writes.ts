/* Writes that waited too long: which option helps, by what they waited for. */
import { mb } from "../../base/byte-count.ts";
import type { StallCause } from "../../base/measures/stalls.ts";
import type { ActivityRecord } from "./record.ts";
import type { Improvement } from "./report.ts";

const MB = 1e6;
/** A smaller log is moved so often that nothing is won. */
const leastCheckpointBytes = 2 * MB;
const memoriesFile = "memories.db";

/** @returns one for each cause, and for memories apart from indexes */
export function aboutStalls(records: readonly ActivityRecord[]): Improvement[] {
  const stalled = records.filter(({ stalls }) => stalls !== undefined);
  const ofIndexes = stalled.filter(({ index }) => index !== memoriesFile);
  const ofMemories = stalled.filter(({ index }) => index === memoriesFile);
  return [...aboutWriters(stalled), ...aboutCommits(ofIndexes), ...aboutMemories(ofMemories)];
}

/** A process writes one thing after the other: who waits, waits for another process. */
function aboutWriters(records: readonly ActivityRecord[]): Improvement[] {
  const seen = sumOf(records, "wait");
  if (seen.times === 0) return [];
  return [
    {
      option: "daemon.autostart",
      present: "as it is",
      proposed: "true",
      because: `${inWords(seen)} for another process that wrote`,
      effect:
        "commands write through the one daemon, so that none waits for another; no index run beside it",
      cost: "nothing",
    },
  ];
}

function aboutCommits(records: readonly ActivityRecord[]): Improvement[] {
  const seen = sumOf(records, "commit");
  const settings = records.at(-1)?.settings;
  if (seen.times === 0 || settings === undefined) return [];
  const because = `${inWords(seen)} for the disk at a commit to an index`;
  if (settings.synchronous === "full") {
    return [
      {
        option: "storage.synchronous",
        present: "full",
        proposed: "normal",
        because,
        effect:
          "the disk is waited for when the log is moved, not at each commit; a power cut may cost the last commits, which the next run makes again",
        cost: "nothing",
      },
    ];
  }
  const { checkpointBytes = 0 } = settings;
  if (checkpointBytes / 2 >= leastCheckpointBytes) {
    return [
      {
        option: "storage.checkpoint",
        present: size(checkpointBytes),
        proposed: size(checkpointBytes / 2),
        because,
        effect: `a commit moves at most ${mb(checkpointBytes / 2)} MB of log, in place of ${mb(checkpointBytes)} MB; it is moved more often`,
        cost: "time",
      },
    ];
  }
  return [
    {
      option: "storage.disk",
      present: "as it is",
      proposed: "hdd",
      because,
      effect: "fewer, larger writes, as a slow disk likes them",
      cost: "memory",
    },
  ];
}

/** Each commit of memories waits for the disk, whatever is set: what can be taken from it is moving the log. */
function aboutMemories(records: readonly ActivityRecord[]): Improvement[] {
  const seen = sumOf(records, "commit");
  if (seen.times === 0) return [];
  return [
    {
      option: "upkeep.checkpoint",
      present: "as it is",
      proposed: "5min",
      because: `${inWords(seen)} for the disk at a commit of memories`,
      effect:
        "the daemon moves the log while nobody asks, so that fewer writes have to; each still waits until the disk has it",
      cost: "nothing",
    },
  ];
}

function sumOf(
  records: readonly ActivityRecord[],
  cause: StallCause,
): { times: number; ms: number } {
  let [times, ms] = [0, 0];
  for (const { stalls } of records) {
    times += stalls?.[cause]?.times ?? 0;
    ms += stalls?.[cause]?.ms ?? 0;
  }
  return { times, ms };
}

function inWords({ times, ms }: { times: number; ms: number }): string {
  return `${times} ${times === 1 ? "write" : "writes"} waited ${(ms / 1000).toFixed(1)} s together`;
}

/** As the options table reads it. */
function size(bytes: number): string {
  return `${Math.round(bytes / MB)}MB`;
}
