/* The limit of memory, with real processes and the real model. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import "../helpers/as-installed.ts";
import { open } from "../../src/index.ts";
import { cli } from "../helpers/cli.ts";
import { repository, sanitized } from "../helpers/model.ts";

let folder: string;
let data: string;
const limitBytes = 400e6;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "haypile-limit-tree-"));
  data = mkdtempSync(join(tmpdir(), "haypile-limit-data-"));
  for (let i = 0; i < 12; i += 1) {
    writeFileSync(
      join(folder, `part${i}.py`),
      `def price_${i}(order):\n    """What order ${i} costs."""\n    return order.count * ${i}\n`,
    );
  }
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(data, { recursive: true, force: true });
});

describe.skipIf(sanitized || process.platform !== "linux")("--max-memory", () => {
  test("lower than Node itself: refused at once, with a limit that then holds", async () => {
    const refused = await cli(["index", folder, "--json", "--max-memory", "20MB"], { data });
    expect(refused.code).toBe(7);
    const { error } = JSON.parse(refused.stderr) as {
      error: { code: string; message: string; data: { smallestBytes: number } };
    };
    expect(error.code).toBe("HAYPILE_MEMORY_LIMIT");
    const smallest = /--max-memory (\d+MB)/.exec(error.message)?.[1] as string;
    expect(error.data.smallestBytes).toBe(Number.parseInt(smallest, 10) * 1e6);
    const done = await cli(["index", folder, "--json", "--max-memory", smallest], { data });
    expect(done.stderr).toBe("");
    const report = JSON.parse(done.stdout) as {
      chunks: { embedded: number };
      memory: { peakRssBytes: number };
    };
    expect(report.chunks.embedded).toBeGreaterThan(0);
    expect(report.memory.peakRssBytes).toBeLessThanOrEqual(error.data.smallestBytes);
  });

  test("64 searches at once under 192 MB: none is lost, and the limit holds", () => {
    const script = join(repository, "test", "helpers", "many-callers.ts");
    const args = ["--no-warnings", script, folder, join(data, "callers.db"), "192000000", "64"];
    const env = {
      ...process.env,
      HAYPILE_DATA_DIR: data,
      HAYPILE_CACHE_DIR: join(tmpdir(), "haypile-test-graphs"),
    };
    const run = spawnSync(process.execPath, args, { encoding: "utf8", env });
    expect(run.status, run.stderr).toBe(0);
    const { said, after, waiting, peakBytes } = JSON.parse(run.stdout);
    expect(said).toHaveLength(64);
    for (const one of said) expect(["answered", "HAYPILE_OVERLOADED"]).toContain(one);
    expect(said).toContain("answered");
    expect(after).toBeGreaterThan(0);
    expect(waiting).toBe(0);
    expect(peakBytes).toBeLessThanOrEqual(192e6);
  }, 60_000);

  test("a value that is no size is refused, in the flag and in the environment", async () => {
    const flag = await cli(["index", folder, "--max-memory", "much"], { data });
    expect(flag.code).toBe(2);
    expect(flag.stderr).toContain("Expected a size");
    const env = { HAYPILE_MAX_MEMORY: "much" };
    const variable = await cli(["index", folder], { data, env });
    expect(variable.code).toBe(2);
    expect(variable.stderr).toContain("HAYPILE_MAX_MEMORY");
  });

  test("the program stays one process with its exit code when it starts itself anew", async () => {
    let pid: number | undefined;
    const run = await cli(["status", "--path", folder, "--json"], {
      data,
      env: { HAYPILE_MAX_MEMORY: "400MB" },
      onStart: (child) => {
        pid = child.pid;
      },
    });
    expect(pid).toBeGreaterThan(0);
    expect(run.stderr).toBe("");
    expect(run.code).toBe(0);
  });
});

describe.skipIf(sanitized)("a limit in the library", () => {
  test("64 searches at once: each is answered or refused with a code, none is lost", async () => {
    await using engine = await open({
      folder,
      database: join(data, "many.db"),
      maxMemoryBytes: limitBytes,
    });
    await engine.index();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 64 }, (_, i) => engine.search(`what does order ${i} cost`)),
    );
    let answered = 0;
    for (const outcome of outcomes) {
      if (outcome.status === "fulfilled") {
        expect(outcome.value.hits.length).toBeGreaterThan(0);
        answered += 1;
      } else {
        expect(outcome.reason.code).toBe("HAYPILE_OVERLOADED");
      }
    }
    expect(answered).toBeGreaterThan(0);
    const { governor } = engine.footprint();
    expect(governor).toMatchObject({ limitBytes, waiting: 0 });
    const load = governor?.predictions.find(({ step }) => step === "model load");
    expect(load?.predictedBytes).toBeGreaterThan(0);
    expect(load?.measuredBytes).toBeGreaterThan(0);
  });

  test("without a limit too, the model is not there while texts are stored", async () => {
    await using engine = await open({ folder, database: join(data, "late.db") });
    const during: boolean[] = [];
    const { chunks } = await engine.index({
      onProgress: ({ phase }) => {
        if (phase === "scan") during.push(engine.modelReport() !== undefined);
      },
    });
    expect(during.length).toBeGreaterThan(0);
    expect(during).not.toContain(true);
    expect(chunks.embedded).toBeGreaterThan(0);
  });

  test("an idle model goes, and comes back at the next search", async () => {
    await using engine = await open({
      folder,
      database: join(data, "idle.db"),
      modelIdleMs: 200,
      embeddingCache: false,
    });
    await engine.index();
    const first = await engine.search("what an order costs");
    expect(engine.modelReport()).toBeDefined();
    await expect.poll(() => engine.modelReport(), { timeout: 10_000 }).toBeUndefined();
    expect(engine.footprint().process.runtimeBytes).toBeLessThan(1e6);
    const second = await engine.search("what an order costs");
    expect(second.hits.map(({ path }) => path)).toEqual(first.hits.map(({ path }) => path));
  });

  test("wrong values are refused", async () => {
    for (const maxMemoryBytes of [0, -1, Number.NaN]) {
      await expect(open({ folder, maxMemoryBytes })).rejects.toMatchObject({
        code: "HAYPILE_USAGE",
      });
    }
  });
});

test.skipIf(process.platform !== "linux")(
  "memory of other processes is read without a copy of shared pages",
  async () => {
    const { privateBytes } = await import("../../src/governor/gauge.ts");
    const rss =
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) * 1024;
    expect(privateBytes(process.pid)).toBeGreaterThan(0);
    expect(privateBytes(process.pid)).toBeLessThan(rss);
    expect(privateBytes(2 ** 30)).toBe(0);
  },
);
