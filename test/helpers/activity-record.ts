/* A record of activity in which nothing happened, to be changed by tests. */
import type { ActivityRecord } from "../../src/engine/activity/record.ts";

export function activityRecord(changed: Partial<ActivityRecord> = {}): ActivityRecord {
  return {
    format: 1,
    from: "2026-01-01T10:00:00.000Z",
    at: "2026-01-01T10:01:00.000Z",
    process: "7-1000",
    index: "app-0123456789ab.db",
    settings: { workers: 1, tokensPerRun: 160, cacheBytes: 64e6 },
    memory: { rssBytes: 100e6, peakRssBytes: 120e6, runtimePeakBytes: 0, sessionBytes: 0 },
    steps: {},
    batches: { times: 0, texts: 0, least: 0, most: 0 },
    caches: {},
    vectors: { asked: 0, found: 0 },
    searches: { anew: 0, same: 0, similar: 0 },
    events: [],
    ...changed,
  };
}
