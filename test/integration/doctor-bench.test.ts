/* haypile doctor --bench on this machine: every part is measured, and what is written is what was proposed. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { measureDisk } from "../../src/engine/host-bench/disk-speed.ts";
import type { HostBench } from "../../src/engine/host-bench/host-bench.ts";
import { measureCommits } from "../../src/storage/sqlite/commit-speed.ts";
import { cli } from "../helpers/cli.ts";

const scratch = mkdtempSync(join(tmpdir(), "haypile-bench-"));
const data = join(scratch, "data");

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("parts of the bench", () => {
  it("measure commits and the disk, and leave nothing behind", () => {
    const folder = mkdtempSync(join(scratch, "parts-"));
    for (const mode of ["full", "normal"] as const) {
      const speed = measureCommits(folder, mode, 300);
      expect(speed.commits).toBeGreaterThan(0);
      expect(speed.commitsPerSecond).toBeGreaterThan(0);
    }
    const disk = measureDisk(folder, 300);
    expect(disk.bytesPerSecond).toBeGreaterThan(0);
    expect(disk.randomReadMs).toBeGreaterThan(0);
    expect(readdirSync(folder)).toEqual([]);
    expect(() => measureDisk(join(folder, "none"), 300)).toThrow(/ENOENT/);
  });
});

describe("haypile doctor --bench", () => {
  it("measures, proposes, and writes what it proposed", async () => {
    // Full commits of a user's own file: where the disk waits for them, something is proposed.
    const set = await cli(["config", "set", "storage.synchronous", "full"], { data });
    expect(set.code, set.stderr).toBe(0);
    const args = ["doctor", "--bench", "--json", "--apply", "--yes"];
    const ended = await cli(args, { data, limitMs: 120_000 });
    expect(ended.code, ended.stderr).toBe(0);
    const bench = JSON.parse(ended.stdout) as HostBench & { applied: boolean; file: string };
    expect(bench.embedding.length).toBeGreaterThan(0);
    expect(bench.embedding[0]?.tokensPerSecond).toBeGreaterThan(0);
    expect(bench.model.memory?.loadMs).toBeGreaterThan(0);
    expect(bench.scan.bytesPerSecond).toBeGreaterThan(0);
    expect(bench.commits.map(({ synchronous }) => synchronous)).toEqual(["full", "normal"]);
    expect(bench.disk?.bytesPerSecond).toBeGreaterThan(0);
    expect(bench.applied).toBe(bench.proposals.length > 0);
    const text = readFileSync(bench.file, "utf8");
    for (const { option, proposed } of bench.proposals) {
      expect(text).toContain(`${option.split(".")[1]} = `);
      const got = await cli(["config", "get", option], { data });
      expect(got.stdout.trim()).toBe(proposed);
    }
    expect(readdirSync(data).filter((name) => name.startsWith("bench-"))).toEqual([]);
  }, 150_000);

  it("writes nothing that was not measured", async () => {
    const other = join(scratch, "other");
    const ended = await cli(["doctor", "--apply"], { data: other });
    expect([ended.code, ended.stderr]).toEqual([2, expect.stringContaining("--bench --apply")]);
    expect(existsSync(join(other, "config"))).toBe(false);
  });
});
