import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { LogFile } from "../../../src/daemon/log/log-file.ts";
import { readLog } from "../../../src/daemon/log/read-log.ts";
import { Meter } from "../../../src/daemon/metrics/meter.ts";
import { healthOf, metricsText, type Reading } from "../../../src/daemon/metrics/metrics.ts";
import { compareVersions, helloLine, parseHello } from "../../../src/wire/hello.ts";
import { isSameProcess, processStart } from "../../../src/wire/process-facts.ts";
import { tempFolder } from "../../helpers/temp-tree.ts";

describe("the hello line", () => {
  it("is read as it was written", () => {
    const hello = {
      face: "mcp",
      version: "1.2.3",
      pid: 7,
      root: "/a",
      client: "c",
      any: true,
    } as const;
    expect(parseHello(helloLine(hello))).toEqual(hello);
    const bare = parseHello('{"haypile":1,"face":"rpc","version":"0.1.0","root":null,"pid":-0.5}');
    expect(bare).toEqual({
      face: "rpc",
      version: "0.1.0",
      pid: 0,
      root: undefined,
      client: undefined,
      any: false,
    });
  });

  it("is refused when it is another", () => {
    for (const line of [
      "",
      "[]",
      "null",
      "{}",
      '{"haypile":2}',
      '{"haypile":1,"face":"x"}',
      '{"haypile":1,"face":"mcp"}',
    ]) {
      expect(() => parseHello(line), line).toThrow(
        expect.objectContaining({ code: "HAYPILE_USAGE" }),
      );
    }
  });

  it("knows which version is newer", () => {
    const ordered = ["0.1.0-rc.1", "0.1.0", "0.1.1", "0.2.0", "0.10.0", "1.0.0"];
    for (const [i, a] of ordered.entries()) {
      for (const [j, b] of ordered.entries())
        expect(Math.sign(compareVersions(a, b))).toBe(Math.sign(i - j));
    }
    expect(compareVersions("rubbish", "0.0.0")).toBe(0);
  });
});

describe("a process", () => {
  it.runIf(process.platform === "linux")("is told from a later one of its number", () => {
    const startTime = processStart(process.pid);
    expect(startTime).toMatch(/^\d+$/);
    expect(isSameProcess({ pid: process.pid, startTime })).toBe(true);
    expect(isSameProcess({ pid: process.pid, startTime: "1" })).toBe(false);
    expect(isSameProcess({ pid: 2 ** 30, startTime })).toBe(false);
  });
});

describe("the log", () => {
  it("is moved aside when full, kept within its bound, for its owner only", async () => {
    const folder = tempFolder();
    const path = join(folder, "logs", "daemon.log");
    const log = new LogFile(path, { fileBytes: 2_000, kept: 2 });
    for (let i = 0; i < 100; i++)
      log.write("info", "event", { i, long: "x".repeat(3_000 * (i % 2)) });
    log.close();
    const files = readdirSync(join(folder, "logs"));
    expect(files.sort()).toEqual(["daemon.log", "daemon.log.1", "daemon.log.2"]);
    for (const file of files) {
      const stats = statSync(join(folder, "logs", file));
      expect(stats.size).toBeLessThan(4_500);
      expect(stats.mode & 0o777).toBe(0o600);
    }
    const last = readFileSync(path, "utf8").trim().split("\n").at(-1) as string;
    expect(JSON.parse(last)).toMatchObject({
      level: "info",
      event: "event",
      i: 99,
      pid: process.pid,
    });
  });

  it("is followed over the change of files", async () => {
    const folder = tempFolder();
    const log = new LogFile(join(folder, "daemon.log"), { fileBytes: 1_000, kept: 3 });
    for (let i = 0; i < 5; i++) log.write("info", "old", { i });
    const stop = new AbortController();
    const seen: number[] = [];
    const reading = (async () => {
      for await (const line of readLog(folder, 2, stop.signal)) seen.push(JSON.parse(line).i);
    })();
    for (let i = 5; i < 40; i++) {
      log.write("info", "new", { i });
      await wait(30);
    }
    await wait(500);
    stop.abort();
    await reading;
    expect(seen).toEqual(Array.from({ length: 37 }, (_, i) => i + 3));
    const all: string[] = [];
    for await (const line of readLog(folder, 3)) all.push(line);
    expect(all.map((line) => JSON.parse(line).i)).toEqual([37, 38, 39]);
    const none: string[] = [];
    for await (const line of readLog(join(folder, "nothing"), 3)) none.push(line);
    expect(none).toEqual([]);
  });

  it("does not fail who writes it", () => {
    const folder = tempFolder();
    writeFileSync(join(folder, "file"), "");
    expect(() => new LogFile(join(folder, "file", "x.log")).write("info", "event")).not.toThrow();
  });
});

describe("metrics", () => {
  const reading = async (): Promise<Reading> => {
    const meter = new Meter();
    await meter.measure("memories.recall", async () => 1);
    await meter
      .measure('odd"\n', async () => Promise.reject(new Error("x")))
      .catch(() => undefined);
    return {
      version: "0.1.0",
      pid: 5,
      upMs: 61_500,
      isLeaving: false,
      clients: { mcp: 3, rpc: 1, served: 9 },
      lanes: { interactive: { running: 1, queued: 2, done: 3, refused: 4 } },
      engines: 2,
      rssBytes: 1_000_000,
      cpuMs: 2_500,
      calls: meter.calls(),
    };
  };

  it("are lines that Prometheus reads", async () => {
    const text = metricsText(await reading());
    const line =
      /^(# (HELP|TYPE) haypile_\w+ .+|haypile_\w+(\{\w+="([^"\\\n]|\\["\\n])*"(,\w+="([^"\\\n]|\\["\\n])*")*\})? -?\d+(\.\d+)?(e-?\d+)?)$/;
    for (const one of text.trim().split("\n")) expect(one).toMatch(line);
    expect(text).toContain('haypile_clients{face="mcp"} 3\n');
    expect(text).toContain('haypile_lane_refused_total{lane="interactive"} 4\n');
    expect(text).toContain('haypile_calls_total{method="memories.recall",outcome="ok"} 1\n');
    expect(text).toContain('haypile_call_seconds_bucket{method="memories.recall",le="+Inf"} 1\n');
    expect(text).toContain('outcome="failed"} 1\n');
  });

  it("health is short", async () => {
    const said = await reading();
    expect(healthOf(said)).toEqual({
      status: "ok",
      version: "0.1.0",
      pid: 5,
      upSeconds: 62,
      clients: 4,
      engines: 2,
      rssBytes: 1_000_000,
    });
    expect(healthOf({ ...said, isLeaving: true }).status).toBe("leaving");
  });
});
