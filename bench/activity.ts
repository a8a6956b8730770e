/*
 * What the record for "haypile analyze" costs: counting a search, writing a record, reading a full ring.
 *
 *   node bench/activity.ts
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Activity, type ActivityParts } from "../src/engine/activity/activity.ts";
import { analyze } from "../src/engine/activity/analyze.ts";
import { appendRecord, readRecords } from "../src/engine/activity/ring.ts";
import { EngineCaches } from "../src/engine/caches/engine-caches.ts";
import { readConfiguration } from "../src/engine/configure.ts";
import { readFootprint } from "../src/native/footprint.ts";
import { activityRecord } from "../test/helpers/activity-record.ts";
import { keepRows, printMachine, say } from "./common.ts";

const here = printMachine();
const folder = mkdtempSync(join(tmpdir(), "haypile-activity-"));
const searches = 20_000;
const caches = new EngineCaches(16e6);

function partsWith(ring: string | undefined): ActivityParts {
  return {
    folder: ring,
    database: "/data/indexes/app-0123456789ab.db",
    settings: readConfiguration(undefined).settings,
    caches: () => caches.statistics(),
    governor: () => undefined,
    memory: () => readFootprint(),
    model: () => undefined,
    vectors: () => ({ asked: 0, found: 0 }),
  };
}

/** CPU microseconds of a search that does nothing, counted or not. */
async function searchUs(activity: Activity): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < searches; i += 1) {
    await activity.search(() => Promise.resolve({ fromCache: undefined }));
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / searches;
}

const off = await searchUs(new Activity(partsWith(undefined)));
const activity = new Activity(partsWith(folder));
const on = await searchUs(activity);
const closeStart = performance.now();
activity.close();
const firstRecordMs = performance.now() - closeStart;

await activity.search(() => Promise.resolve({ fromCache: undefined }));
const nextStart = performance.now();
activity.close();
const nextRecordMs = performance.now() - nextStart;

const records = 2_000;
const bytes = JSON.stringify(readRecords(folder, 0)[0]).length;
const start = performance.now();
for (let i = 0; i < records; i += 1) appendRecord(folder, activityRecord());
const recordUs = ((performance.now() - start) * 1000) / records;
const index = "x".repeat(1_500);
for (let i = 0; i < 1_500; i += 1) appendRecord(folder, activityRecord({ index }));
const ringBytes = readdirSync(folder).reduce(
  (sum, name) => sum + statSync(join(folder, name)).size,
  0,
);
const readStart = performance.now();
const all = readRecords(folder, 0);
analyze(all);
const readMs = performance.now() - readStart;
rmSync(folder, { recursive: true });

say(`counting a search: ${(on - off).toFixed(1)} µs of CPU time (${off.toFixed(1)} without)`);
say(
  `a record with what it gathers, ${bytes} bytes: the first ${firstRecordMs.toFixed(2)} ms, the next ${nextRecordMs.toFixed(2)} ms`,
);
say(`adding a record to the ring: ${recordUs.toFixed(0)} µs`);
say(
  `a full ring, ${(ringBytes / 1e6).toFixed(2)} MB, ${all.length} records: read and analysed in ${readMs.toFixed(0)} ms`,
);
keepRows("activity", here, [
  {
    countUs: on - off,
    recordBytes: bytes,
    firstRecordMs,
    nextRecordMs,
    recordUs,
    ringBytes,
    records: all.length,
    readMs,
  },
]);
