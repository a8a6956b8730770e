/*
 * A run says when searches work and how long the rest takes, and others know of it. The reports: people waited for
 * minutes without knowing that they need not, and searched beside a run that nothing spoke of.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { beforeEach, describe, expect, it, vi } from "vitest";
import "../helpers/as-installed.ts";
import { runInWords, SearchableLine } from "../../src/cli/output/run-words.ts";
import { Pace } from "../../src/engine/index/pace.ts";
import { type IndexProgress, type IndexRun, open } from "../../src/index.ts";
import { bin, cli } from "../helpers/cli.ts";
import { repository } from "../helpers/model.ts";
import { tempFolder, writeTree } from "../helpers/temp-tree.ts";

// On a machine where other work runs, processes take their time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const at = (phase: IndexProgress["phase"], more: Partial<IndexProgress> = {}): IndexProgress => ({
  phase,
  filesDone: 3,
  filesTotal: 3,
  chunksDone: 0,
  rssBytes: 0,
  chunksTotal: 1000,
  tokensDone: 0,
  tokensTotal: 0,
  bytes: 100,
  ...more,
});

describe("the time left", () => {
  it("is the measured one, once there is something to measure", () => {
    const pace = new Pace();
    expect(pace.note(at("scan"), 0)).toBeUndefined();
    expect(pace.note(at("read"), 5_000)).toBeUndefined();
    expect(pace.note(at("embed", { chunksDone: 0 }), 6_000)).toBeUndefined();
    expect(pace.note(at("embed", { chunksDone: 90 }), 6_500)).toBeUndefined();
    // 100 chunks in two seconds: 900 take eighteen.
    expect(pace.note(at("embed", { chunksDone: 100 }), 8_000)).toBe(18_000);
    expect(pace.note(at("embed", { chunksDone: 1000 }), 26_000)).toBe(0);
  });

  it("does not take short texts for all texts", () => {
    const pace = new Pace();
    const tokensTotal = 100_000;
    pace.note(at("embed", { tokensTotal }), 0);
    const done = { chunksDone: 100, tokensDone: 5_000, tokensTotal };
    // So far fifty tokens a chunk, a hundred in all: the rest takes twice as long.
    expect(pace.note(at("embed", done), 2_000)).toBe(36_000);
    // Vectors that were in the cache took no tokens.
    const cached = new Pace();
    cached.note(at("embed", { tokensTotal }), 0);
    expect(cached.note(at("embed", { chunksDone: 500, tokensTotal }), 1_000)).toBe(1_000);
  });

  it("is said once", () => {
    const said: string[] = [];
    const line = new SearchableLine((text) => said.push(text));
    line.note(at("read"));
    line.note(at("embed"));
    line.note(at("embed", { msLeft: 125_000 }));
    line.note(at("embed", { msLeft: 25_000 }));
    expect(said).toEqual(["searchable now; vectors: 1,000 chunks, about 2 min; Ctrl-C is fine"]);
  });

  it("is told to others in words", () => {
    const run: IndexRun = {
      pid: 42,
      isOwn: false,
      since: new Date(2001, 1, 3, 4, 5, 6).toISOString(),
      phase: "embedding",
      filesDone: 3,
      filesTotal: 3,
      chunksDone: 1200,
      chunksTotal: 9971,
      msLeft: 4_000_000,
    };
    expect(runInWords(run)).toBe(
      "process 42 has been at work on the index since 2001-02-03 04:05:06: embedding, 1,200 of 9,971 chunks, about 67 min left",
    );
    expect(runInWords({ ...run, phase: "reading" })).toMatch(/: reading, 3 of 3 files so far$/);
    expect(runInWords({ ...run, phase: undefined, isOwn: true })).toMatch(/^this process .*06$/);
  });
});

describe("a run at work", () => {
  let scratch: string;
  let root: string;
  beforeEach(() => {
    scratch = tempFolder();
    root = join(scratch, "tree");
    const one = (file: number, at: number): string =>
      `def step_${file}_${at}(value):\n    """Adds ${at} to the value of step ${file}, and says which it was."""\n    total = value + ${at}\n    print("step", ${file}, "of", ${at}, "gave", total)\n    return total\n\n\n`;
    for (let file = 0; file < 40; file += 1) {
      const text = Array.from({ length: 30 }, (_, at) => one(file, at)).join("");
      writeTree(root, { [`part-${file}.py`]: text });
    }
  });

  it("is known to other processes while it lasts, and no longer", async () => {
    const data = join(scratch, "data");
    const child: ChildProcess = spawn(
      process.execPath,
      [bin, "index", root, "--workers", "1", "--intra-op-threads", "1", "--no-embedding-cache"],
      {
        cwd: repository,
        stdio: ["ignore", "ignore", "pipe"],
        env: {
          ...process.env,
          HAYPILE_DATA_DIR: data,
          HAYPILE_CACHE_DIR: join(scratch, "cache"),
        },
      },
    );
    const ended = once(child, "close");
    let said = "";
    child.stderr?.on("data", (text) => {
      said += text;
    });
    try {
      while (!said.includes("searchable now") && child.exitCode === null) await wait(20);
      expect(said).toMatch(
        /haypile: searchable now; vectors: [\d,]+ chunks, about \d+ (s|min|h); Ctrl-C is fine\n/,
      );
      // However fast the machine is: it stays in the middle of its run.
      child.kill("SIGSTOP");
      const of = ["--path", root];
      const status = await cli(["status", ...of, "--json"], { data });
      const search = await cli(["search", "adds to the value", "--fill-in", "off", ...of], {
        data,
      });
      expect(child.exitCode).toBeNull();
      expect(JSON.parse(status.stdout).indexing).toMatchObject({
        pid: child.pid,
        isOwn: false,
        phase: "embedding",
        filesDone: 40,
      });
      expect(search.stderr).toMatch(
        new RegExp(`process ${child.pid} has been at work on the index since .*: embedding`),
      );
      expect(search.stderr).not.toContain('run "haypile index"');
      expect(search.stdout).toContain("part-");
    } finally {
      child.kill("SIGKILL");
    }
    await ended;
    // Its note is still in the index; what counts is whether somebody is at work.
    const after = JSON.parse((await cli(["status", "--path", root, "--json"], { data })).stdout);
    expect(after.indexing).toBeUndefined();
    const { stdout } = await cli(["search", "value", "--path", root, "--json"], { data });
    expect(JSON.parse(stdout).indexing).toBeUndefined();
  });

  it("is known in the process that runs it", async () => {
    const database = join(scratch, "own.db");
    const engine = await open({ folder: root, database, workers: 1, embeddingCache: false });
    const stop = new AbortController();
    try {
      let during: Promise<IndexRun | undefined> | undefined;
      const progress: IndexProgress[] = [];
      const running = engine.index({
        signal: stop.signal,
        onProgress: (one) => {
          progress.push(one);
          if (one.phase !== "embed" || during !== undefined) return;
          during = engine
            .search("adds to the value", { fillIn: "off" })
            .then(({ indexing }) => indexing);
        },
      });
      await running;
      expect(await during).toMatchObject({ pid: process.pid, isOwn: true, phase: "embedding" });
      const read = progress.find(({ phase }) => phase === "read");
      expect(read?.chunksTotal).toBeGreaterThan(500);
      expect(read?.tokensTotal).toBeGreaterThan((read?.chunksTotal ?? 0) * 5);
      // No time left is said before there is something to measure, and none is left at the end.
      const said = (isEmbed: boolean) =>
        progress.filter(({ phase }) => (phase === "embed") === isEmbed).map(({ msLeft }) => msLeft);
      expect(said(false).every((ms) => ms === undefined)).toBe(true);
      expect(said(true)[0]).toBeUndefined();
      expect(said(true).every((ms) => ms === undefined || ms >= 0)).toBe(true);
      expect(said(true).at(-1) ?? 0).toBe(0);
      expect(engine.status().indexing).toBeUndefined();
      expect((await engine.search("adds to the value")).indexing).toBeUndefined();
    } finally {
      stop.abort();
      await engine.close();
    }
  });
});
