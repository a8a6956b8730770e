import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { appendRecord, readRecords } from "../../../../src/engine/activity/ring.ts";
import { activityRecord } from "../../../helpers/activity-record.ts";
import { repository } from "../../../helpers/model.ts";

const scratch = mkdtempSync(join(tmpdir(), "haypile-ring-"));
const fresh = (name: string): string => join(scratch, name, "activity");

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("the ring of activity", () => {
  it("gives back what was added, from a time on, in order", () => {
    const folder = fresh("order");
    const late = activityRecord({ at: "2026-01-02T00:00:00.000Z" });
    const early = activityRecord();
    expect(appendRecord(folder, late)).toBe(true);
    expect(appendRecord(folder, early)).toBe(true);
    expect(readRecords(folder, 0)).toEqual([early, late]);
    expect(readRecords(folder, Date.parse("2026-01-01T12:00:00Z"))).toEqual([late]);
    expect(readRecords(fresh("none"), 0)).toEqual([]);
  });

  it("can be read by its owner alone", () => {
    const folder = fresh("mode");
    appendRecord(folder, activityRecord());
    const [name = ""] = readdirSync(folder);
    expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
    expect(statSync(folder).mode & 0o077).toBe(0);
  });

  it("stays bounded: the oldest go", () => {
    const folder = fresh("bounded");
    const index = "y".repeat(20_000);
    for (let i = 0; i < 150; i += 1) {
      appendRecord(folder, activityRecord({ index, process: String(i) }));
    }
    const sizes = readdirSync(folder).map((name) => statSync(join(folder, name)).size);
    expect(sizes).toHaveLength(8);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(8 * (256 * 1024 + 21_000));
    const kept = readRecords(folder, 0).map(({ process }) => Number(process));
    expect(kept.at(-1)).toBe(149);
    expect(kept[0]).toBeGreaterThan(0);
    expect(kept).toEqual(kept.map((_, at) => (kept[0] ?? 0) + at));
  });

  it("passes over what is cut, damaged or of another format, and goes on behind it", () => {
    const folder = fresh("damaged");
    appendRecord(folder, activityRecord({ process: "first" }));
    const path = join(folder, readdirSync(folder)[0] ?? "");
    appendRecord(folder, activityRecord({ process: "cut" }));
    truncateSync(path, statSync(path).size - 40);
    appendRecord(folder, activityRecord({ process: "third" }));
    const { steps: _, ...without } = activityRecord();
    for (const line of [
      "null",
      "7",
      "[]",
      JSON.stringify(without),
      JSON.stringify({ ...activityRecord(), format: 2 }),
      JSON.stringify({ ...activityRecord(), at: "yesterday" }),
      JSON.stringify({ ...activityRecord(), caches: null }),
    ]) {
      appendFileSync(path, `${line}\n`);
    }
    appendFileSync(path, Buffer.from([0xff, 0xfe, 0x0a]));
    expect(readRecords(folder, 0).map(({ process }) => process)).toEqual(["first", "third"]);
  });

  it("says no, and throws nothing, where it cannot be written", () => {
    const file = join(scratch, "a-file");
    writeFileSync(file, "");
    expect(appendRecord(join(file, "activity"), activityRecord())).toBe(false);
    expect(readRecords(join(file, "activity"), 0)).toEqual([]);
  });

  it("loses no record of three processes that write at once", async () => {
    const folder = fresh("together");
    const writer = join(repository, "test", "helpers", "activity-writer.ts");
    const ends = ["a", "b", "c"].map(async (name) => {
      const child = spawn(process.execPath, [writer, folder, name, "150"], { stdio: "inherit" });
      const [code] = await once(child, "exit");
      expect(code).toBe(0);
    });
    await Promise.all(ends);
    const counts = new Map<string, number>();
    for (const { process } of readRecords(folder, 0)) {
      counts.set(process, (counts.get(process) ?? 0) + 1);
    }
    expect([...counts].sort()).toEqual([
      ["a", 150],
      ["b", 150],
      ["c", 150],
    ]);
    expect(readdirSync(folder).length).toBeGreaterThan(2);
  }, 30_000);
});
