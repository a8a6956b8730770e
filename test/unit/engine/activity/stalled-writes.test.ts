/** Which option helps writes that waited too long. */
import { expect, it } from "vitest";
import { analyze } from "../../../../src/engine/activity/analyze.ts";
import type { ActivityRecord } from "../../../../src/engine/activity/record.ts";
import { activityRecord } from "../../../helpers/activity-record.ts";

const none = { times: 0, ms: 0 };

function optionsFor(changed: Partial<ActivityRecord>): [string, string][] {
  const found = analyze([activityRecord(changed)])?.improvements ?? [];
  return found.map(({ option, proposed }) => [option, proposed]);
}

it("names none where none stalled, and takes records of earlier versions", () => {
  expect(optionsFor({})).toEqual([]);
  expect(analyze([activityRecord()])?.stalls).toEqual({ wait: none, commit: none });
});

it("names the daemon where others wrote", () => {
  const stalls = { wait: { times: 2, ms: 900 }, commit: none };
  const report = analyze([activityRecord({ stalls }), activityRecord({ stalls })]);
  expect(report?.stalls.wait).toEqual({ times: 4, ms: 1_800 });
  expect(report?.improvements).toMatchObject([
    { option: "daemon.autostart", proposed: "true", because: expect.stringContaining("4 writes") },
  ]);
});

it("names what is waited for at a commit: the disk each time, a large log, or a slow disk", () => {
  const stalls = { wait: none, commit: { times: 1, ms: 700 } };
  const setTo = (settings: Partial<ActivityRecord["settings"]>) =>
    optionsFor({ stalls, settings: { ...activityRecord().settings, ...settings } });
  expect(setTo({ synchronous: "full", checkpointBytes: 16e6 })).toEqual([
    ["storage.synchronous", "normal"],
  ]);
  expect(setTo({ synchronous: "normal", checkpointBytes: 16e6 })).toEqual([
    ["storage.checkpoint", "8MB"],
  ]);
  expect(setTo({ synchronous: "normal", checkpointBytes: 1e6 })).toEqual([["storage.disk", "hdd"]]);
  expect(optionsFor({ stalls, index: "memories.db" })).toEqual([["upkeep.checkpoint", "5min"]]);
});
