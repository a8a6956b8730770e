/* Options of memory in a real engine and in real processes: pressure, pools, the heap. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import "../helpers/as-installed.ts";
import { openHome } from "../../src/engine/home.ts";
import { open } from "../../src/index.ts";
import { cli } from "../helpers/cli.ts";
import { sanitized } from "../helpers/model.ts";
import { tempFolder, writeTree } from "../helpers/temp-tree.ts";

let folder: string;
const before = { ...process.env };

beforeEach(() => {
  folder = tempFolder();
  process.env.HAYPILE_DATA_DIR = join(folder, "data");
  process.env.HAYPILE_CONFIG_DIR = join(folder, "config");
  for (const name of ["a", "b", "c"]) {
    writeTree(join(folder, name), { "text.md": `# ${name}\n\nNotes about ${name} and kettles.\n` });
  }
  onTestFinished(() => {
    process.env = { ...before };
  });
});

describe("pressure", () => {
  it("is calm without a limit, whatever is used", async () => {
    await using engine = await open({ folder: join(folder, "a") });
    expect(engine.memoryPressure()).toMatchObject({ level: "calm", share: undefined, steps: [] });
    expect(engine.memoryPressure().usedBytes).toBeGreaterThan(1e6);
    expect(await engine.untilCalm()).toMatchObject({ level: "calm", limitBytes: undefined });
  });

  it("goes by the limit and the marks that were said", async () => {
    const usedBytes = process.memoryUsage.rss();
    const limits = { folder: join(folder, "a"), maxMemoryBytes: usedBytes * 3 };
    await using engine = await open({ ...limits, memoryCheckMs: 60_000 });
    const calm = engine.memoryPressure();
    expect(calm).toMatchObject({ level: "calm", limitBytes: usedBytes * 3, steps: [] });
    expect(calm.share).toBeCloseTo(calm.usedBytes / (usedBytes * 3));
    // The same use, by lower marks.
    const marks = { memoryTarget: "5%", memoryWarning: "8%", memoryCritical: "10MB" };
    await expect(open({ ...limits, ...marks })).rejects.toMatchObject({ code: "HAYPILE_USAGE" });
    await using short = await open({ ...limits, ...marks, memoryCritical: "90%" });
    expect(short.memoryPressure().level).toBe("warning");
    const waited = await short.untilCalm({ timeoutMs: 60 });
    expect(waited).toMatchObject({ level: "warning", limitBytes: usedBytes * 3 });
    const stop = new AbortController();
    const waiting = short.untilCalm({ signal: stop.signal });
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: "HAYPILE_ABORTED" });
    await expect(short.untilCalm({ timeoutMs: -1 })).rejects.toMatchObject({
      code: "HAYPILE_USAGE",
    });
    await expect(short.untilCalm({ timeout: 5 } as never)).rejects.toThrow(/timeoutMs/);
  });

  it.skipIf(sanitized)("an eager clean-up collects garbage without a flag of Node", async () => {
    const limitBytes = process.memoryUsage.rss() * 3;
    const marks = { memoryTarget: "1%", memoryWarning: "2%", memoryCritical: "99%" };
    let isGone = false;
    const registry = new FinalizationRegistry(() => {
      isGone = true;
    });
    (() => registry.register({ kettles: Array.from({ length: 1_000 }, () => ({})) }, undefined))();
    await using engine = await open({
      ...{ folder: join(folder, "a"), maxMemoryBytes: limitBytes, ...marks },
      ...{ memoryCleanup: "aggressive", memoryCheckMs: 20 },
    });
    expect(engine.memoryPressure().level).toBe("warning");
    while (!isGone) await new Promise((resolve) => setTimeout(resolve, 20));
  });
});

it("index.open: of more indexes the one goes that was asked longest ago", async () => {
  process.env.HAYPILE_INDEX_OPEN = "2";
  await using home = await openHome({ embeddingCache: false });
  const open = async (name: string) => await home.engine(join(folder, name));
  const first = await open("a");
  for (const name of ["b", "c"]) await open(name);
  const last = await open("c");
  expect(home.engines().map(({ root }) => root)).not.toContain(first.root);
  expect(home.engines()).toContain(last);
  expect(home.engines()).toHaveLength(2);
});

describe.skipIf(sanitized || typeof process.execve !== "function")("memory.heap", () => {
  /** What the command's own process says of itself when it ends. */
  async function heapOf(env: NodeJS.ProcessEnv): Promise<number> {
    const spy = join(folder, "spy.cjs");
    writeFileSync(
      spy,
      'process.on("exit", () => require("fs").writeFileSync(process.env.SPY_TO, String(require("v8").getHeapStatistics().heap_size_limit)));',
    );
    const to = join(folder, "heap.txt");
    rmSync(to, { force: true });
    const said = { NODE_OPTIONS: `--require ${spy}`, SPY_TO: to, ...env };
    const { code, stderr } = await cli(["config", "path"], { data: folder, env: said });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { readFileSync } = await import("node:fs");
    return Number(readFileSync(to, "utf8"));
  }

  it("bounds the heap of a command, by variable and by file", async () => {
    const usual = await heapOf({});
    const byVariable = await heapOf({ HAYPILE_MEMORY_HEAP: "200MB" });
    expect(byVariable).toBeLessThan(usual);
    mkdirSync(join(folder, "config"), { recursive: true });
    writeFileSync(join(folder, "config", "haypile.toml"), '[memory]\nheap = "200MB"\n');
    expect(await heapOf({})).toBe(byVariable);
    // The variable goes before the file, and one the user gave Node before both.
    const larger = await heapOf({ HAYPILE_MEMORY_HEAP: "300MB" });
    expect(larger).toBeGreaterThan(byVariable);
  });

  it("the smallest is enough to index and search a small tree", async () => {
    const env = { HAYPILE_MEMORY_HEAP: "64MB" };
    const tree = join(folder, "a");
    const indexed = await cli(["index", tree], { data: folder, env });
    expect(indexed.code).toBe(0);
    const found = await cli(["search", "kettles", "--path", tree], { data: folder, env });
    expect(found).toMatchObject({ code: 0 });
    expect(found.stdout).toContain("text.md");
  });
});
