/* What "haypile analyze" says of real work: an index run under a limit, searches, and one engine asked again. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import "../helpers/as-installed.ts";
import type { ActivityReport } from "../../src/engine/activity/report.ts";
import { type CliOptions, type Ended, cli as run } from "../helpers/cli.ts";
import { repository } from "../helpers/model.ts";
import { writeTinyModel } from "../helpers/tiny-model.ts";

let scratch: string;
let tree: string;
let cache: string;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-analyze-"));
  tree = join(scratch, "tree");
  cache = join(scratch, "cache");
  mkdirSync(tree);
  cpSync(join(repository, "src", "base", "errors.ts"), join(tree, "errors.ts"));
  writeFileSync(join(tree, "note.txt"), "swordfish is the password\n");
  expect((await cli(["index", tree, "--max-memory", "400MB"])).code).toBe(0);
}, 120_000);

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function cli(args: string[], env: NodeJS.ProcessEnv = {}, options: Partial<CliOptions> = {}) {
  return run(args, {
    data: join(scratch, "data"),
    env: { HAYPILE_CACHE_DIR: cache, ...env },
    ...options,
  });
}

async function analyzed(...args: string[]): Promise<ActivityReport> {
  const ended: Ended = await cli(["analyze", "--json", ...args]);
  expect(ended.code, ended.stderr).toBe(0);
  return JSON.parse(ended.stdout) as ActivityReport;
}

function ringText(): string {
  const folder = join(cache, "activity");
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("");
}

describe("haypile analyze", () => {
  it("tells of an index run under a limit, and of searches, without their words", async () => {
    const query = "where is the swordfish kept";
    const searched = await cli(["search", query, "--path", tree, "--times"]);
    expect([searched.code, searched.stderr]).toEqual([
      0,
      expect.stringMatching(/open [\d.]+ ms, .*words [\d.]+ ms, .*show [\d.]+ ms/),
    ]);
    expect((await cli(["remember", "the swordfish is in the safe"])).code).toBe(0);
    const recalled = await cli(["recall", "swordfish", "--times"]);
    expect([recalled.code, recalled.stderr]).toEqual([0, expect.stringMatching(/words [\d.]+ ms/)]);
    const report = await analyzed();
    expect(report).toMatchObject({ records: 3, processes: 3, searches: { anew: 1 } });
    // That of the folder, and the file of memories.
    expect(report.indexes).toHaveLength(2);
    expect(report.queries.map(({ call, times }) => [call, times]).sort()).toEqual([
      ["recall", 1],
      ["search", 1],
    ]);
    for (const { stages, sumMs, p50 } of report.queries) {
      const shares = stages.reduce((sum, { share }) => sum + share, 0);
      expect(shares).toBeCloseTo(1, 6);
      expect(stages.reduce((sum, { led }) => sum + led, 0)).toBe(1);
      // One call: its time is the sum, as near as buckets are.
      expect(Math.abs(p50 / sumMs - 1)).toBeLessThan(0.0394);
    }
    expect(report.pressure).toMatchObject({ mostLimitBytes: 400e6, refused: 0 });
    expect(report.pressure?.lookedMs).toBeGreaterThan(0);
    expect(report.pressure?.mostShare).toBeGreaterThan(0.1);
    expect(report.batches?.times).toBeGreaterThan(0);
    expect(report.vectors.asked).toBeGreaterThan(0);
    expect(report.peak.rssBytes).toBeGreaterThan(50e6);
    expect(report.models.loads).toBeGreaterThan(1);
    const names = [...report.slowest, ...report.hungriest].map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["index run", "embed a batch", "search"]));
    expect(report.caches.map(({ owner }) => owner)).toContain("query vectors");
    expect(ringText()).not.toContain("swordfish");
    const { stdout } = await cli(["analyze", "--last", "7d"]);
    expect(stdout).toMatch(/Pressure: limit 400 MB, at most \d+ % of it used/);
    expect(stdout).toMatch(/Time of 1 search: half within [\d.]+ m?s/);
    expect(stdout).toContain("Most time");
    expect(stdout).toContain("model all-minilm-l6-v2 loaded, because");
  }, 60_000);

  it("names the graph cache when it was off", async () => {
    // Packed weights have no graph: nothing of theirs could be kept.
    const other = join(scratch, "graph");
    cpSync(tree, other, { recursive: true });
    const model = ["--model-dir", writeTinyModel(join(scratch, "tiny"))];
    expect((await cli(["index", other, "--no-graph-cache", ...model])).code).toBe(0);
    const { cheapest } = await analyzed();
    expect(cheapest).toMatchObject({
      option: "model.graph-cache",
      proposed: "true",
      cost: "nothing",
    });
  }, 60_000);

  it("keeps nothing when told so, and never fails the work when it cannot write", async () => {
    const before = ringText();
    const off = await cli(["search", "anything", "--path", tree], { HAYPILE_ACTIVITY: "false" });
    expect(off.code).toBe(0);
    expect(ringText()).toBe(before);
    const other = join(scratch, "other");
    mkdirSync(other);
    writeFileSync(join(other, "activity"), "a file in the way");
    const blocked = await cli(["search", "anything", "--path", tree], { HAYPILE_CACHE_DIR: other });
    expect([blocked.code, blocked.stderr]).toEqual([0, expect.not.stringContaining("activity")]);
  }, 60_000);

  it("says what is wrong with its arguments, and that there is no record", async () => {
    const bad = await cli(["analyze", "--last", "soon"]);
    expect([bad.code, bad.stderr]).toEqual([2, expect.stringContaining('"30min", "24h" or "7d"')]);
    const none = await cli(["analyze"], { HAYPILE_CACHE_DIR: join(scratch, "none") });
    expect(none.code).toBe(2);
    expect(none.stderr).toMatch(/Expected a record of the last .*HAYPILE_USAGE/s);
  });
});
