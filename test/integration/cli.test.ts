/* The command line on a real folder, with the real model: what a person does first. */
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { version } from "../../src/base/package/version.ts";
import { type CliOptions, type Ended, cli as run } from "../helpers/cli.ts";
import { repository } from "../helpers/model.ts";
import { writeTinyReranker } from "../helpers/tiny-reranker.ts";

let scratch: string;
let tree: string;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-cli-"));
  tree = join(scratch, "tree");
  cpSync(join(repository, "src", "base"), join(tree, "base"), { recursive: true });
  cpSync(join(repository, "src", "config"), join(tree, "config"), { recursive: true });
  mkdirSync(join(tree, "node_modules", "other"), { recursive: true });
  writeFileSync(join(tree, "node_modules", "other", "index.js"), "export const vendored = 1;\n");
  writeFileSync(join(tree, ".gitignore"), "secret-notes.txt\n");
  writeFileSync(join(tree, "secret-notes.txt"), "the password is swordfish\n");
  writeFileSync(join(tree, "picture.png"), Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3]));
  expect((await cli(["index", tree])).code).toBe(0);
}, 240_000);

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

function cli(args: string[], options: Partial<CliOptions> = {}): Promise<Ended> {
  return run(args, { data: join(scratch, "data"), ...options });
}

async function json<T>(args: string[], options = {}): Promise<T> {
  const ended = await cli([...args, "--json"], options);
  expect(ended.stderr).not.toMatch(/Error|HAYPILE_/);
  expect(ended.code, ended.stderr).toBe(0);
  return JSON.parse(ended.stdout) as T;
}

interface Report {
  files: Record<"seen" | "new" | "changed" | "unchanged" | "deleted", number>;
  chunks: { written: number; embedded: number };
  skipped: { byReason: Record<string, { count: number }> };
  memory: { peakRssBytes: number };
}
interface Found {
  hits: { path: string; startLine: number; score: number; parts: object; text: string }[];
}

describe("index", () => {
  it("says that an unchanged tree needs nothing", async () => {
    const report = await json<Report>(["index", tree]);
    expect(report.files).toMatchObject({ new: 0, changed: 0, deleted: 0 });
    expect(report.files.unchanged).toBe(report.files.seen);
    expect(report.chunks.embedded).toBe(0);
    expect((await cli(["index", tree])).stdout).toContain("nothing: every chunk has its vector");
  });

  it("counts what it left out", async () => {
    const { skipped } = await json<Report>(["index", tree]);
    expect(skipped.byReason).toMatchObject({
      vendored: { count: 1 },
      "ignored-by-git": { count: 1 },
      binary: { count: 1 },
    });
    const listed = await cli(["index", tree, "--list-skipped"]);
    expect(listed.stdout).toContain("secret-notes.txt");
  });

  it("embeds only what changed, and drops what went", async () => {
    const file = join(tree, "config", "places", "paths.ts");
    appendFileSync(
      file,
      "\n/** Grinds coffee beans for the espresso machine. */\nexport function grind(): void {}\n",
    );
    const changed = await json<Report>(["index", tree]);
    expect(changed.files).toMatchObject({ new: 0, changed: 1, deleted: 0 });
    expect(changed.chunks.embedded).toBeGreaterThan(0);
    expect(changed.chunks.embedded).toBeLessThan(4);
    const found = await json<Found>(["search", "make coffee", "--path", tree, "-k", "1"]);
    expect(found.hits[0]?.path).toBe("config/places/paths.ts");
    rmSync(file);
    expect((await json<Report>(["index", tree])).files).toMatchObject({ deleted: 1 });
    const after = await json<Found>(["search", "make coffee", "--path", tree]);
    expect(after.hits.map(({ path }) => path)).not.toContain("config/places/paths.ts");
  });

  it("writes results to stdout and all else to stderr", async () => {
    const ended = await cli(["index", tree]);
    expect(ended.stdout).toMatch(/^Indexed /);
    expect(ended.stderr).toMatch(/^haypile \d/);
    expect((await cli(["index", tree, "--quiet"])).stderr).toBe("");
  });
});

describe("search", () => {
  it.each([
    ["which errors can happen and their exit codes", "base/errors.ts"],
    ["read an environment variable", "config/environment/env.ts"],
    ["throws when the caller asked to stop", "base/abort.ts"],
    ["old versions of Node are refused", "base/package/node-version.ts"],
    ["editDistance", "base/text/suggest.ts"],
  ])("finds by meaning and by word: %s", async (query, path) => {
    const { hits } = await json<Found>(["search", query, "--path", tree, "-k", "3"]);
    expect(hits.map((hit) => hit.path)).toContain(path);
    expect(hits[0]?.parts).toHaveProperty("share");
  });

  it("works from inside the folder, below its top", async () => {
    const cwd = join(tree, "base");
    const { hits } = await json<Found>(["search", "exit codes"], { cwd });
    expect(hits.length).toBeGreaterThan(0);
  });

  it("shows places, scores and lines to people", async () => {
    const { stdout, stderr } = await cli(["search", "exit", "codes", "--path", tree, "-k", "2"]);
    expect(stdout).toMatch(
      /^base\/\S+:\d+-\d+ {2}(?:\S+ {2})?score -?\d+\.\d\d {2}words \S+ {2}meaning \S+(?: {2}name \S+)?$/m,
    );
    expect(stdout).toMatch(/^ +\d+ {2}/m);
    expect(stderr).toMatch(/2 hits in/);
  });

  it("takes any text as a query", async () => {
    for (const query of [
      '"',
      "AND OR NOT (",
      "*",
      "\u{1f600}",
      "a".repeat(5000),
      "--",
      "'; drop table files; --",
    ]) {
      const ended = await cli(["search", "--path", tree, "--json", "--", query]);
      expect(ended.code, `${query.slice(0, 20)}: ${ended.stderr}`).toBe(0);
    }
  });
});

describe("search with a reranker", () => {
  const words = ["search", "exit codes", "--path"];
  let reranker: string;
  beforeAll(() => {
    reranker = writeTinyReranker(join(scratch, "reranker"), { words: { exit: 5, codes: 3 } });
  });

  it("shows what it gave, and what it did", async () => {
    const { stdout } = await cli([...words, tree, "--reranker", reranker]);
    expect(stdout).toMatch(/^\S+\/\S+ .* rerank [0358]\.00$/m);
    const { reranked, hits } = await json<{
      reranked: object;
      hits: { parts: { rerank?: number } }[];
    }>([...words, tree, "--reranker", reranker]);
    expect(reranked).toMatchObject({ complete: true });
    const places = hits.map(({ parts }) => parts.rerank !== undefined);
    // It looks at the best chunks, of which several may be of one file: a file of many others may come between them.
    expect(places.filter(Boolean).length).toBeGreaterThanOrEqual(hits.length / 2);
    expect(places[0]).toBe(true);
    expect((await cli([...words, tree])).stdout).not.toContain("rerank");
  });

  it("says when the time was up before it was done", async () => {
    const late = [...words, tree, "--reranker", reranker, "--deadline-ms", "1"];
    const { stdout, stderr, code } = await cli(late);
    expect(code).toBe(0);
    expect(stderr).toMatch(/deadline passed when 0 of \d+ candidates were reranked/);
    expect(stdout).not.toContain("rerank");
    const { reranked } = await json<{ reranked: object }>(late);
    expect(reranked).toMatchObject({ pairs: 0, complete: false, why: "deadline" });
  });

  it("explains places and memory with it", async () => {
    const asked = ["why", "exit codes", "base/errors.ts", "--path", tree];
    const why = await cli([...asked, "--reranker", reranker]);
    expect(why.stdout).toMatch(/by the reranker/);
    expect(why.stdout).toMatch(/ {2}rerank \d\.00 \(place \d+\)$/m);
    const status = await cli(["status", "--path", tree, "--memory", "--reranker", reranker]);
    expect(status.stdout).toMatch(/^ *reranker +\S/m);
  });

  it("refuses a folder without one", async () => {
    const none = await cli([...words, tree, "--reranker", tree]);
    expect(none.code).toBe(5);
    expect(none.stderr).toMatch(/has no model\.onnx.*\[HAYPILE_MODEL_MISSING\]/);
    const embedding = join(repository, "models", "all-minilm-l6-v2");
    const other = await cli([...words, tree, "--reranker", embedding]);
    expect(other.code).toBe(5);
    expect(other.stderr).toMatch(/cross-encoder.*\[HAYPILE_MODEL_INVALID\]/);
  });
});

describe("status, models and doctor", () => {
  it("tell what is there", async () => {
    const status = await json<{
      model: { id: string };
      index: { chunks: number; vectors: number };
    }>(["status", "--path", tree]);
    expect(status.model.id).toBe("all-minilm-l6-v2");
    expect(status.index.vectors).toBe(status.index.chunks);
    const { stdout } = await cli(["status", "--path", tree, "--memory"]);
    for (const word of [
      "JavaScript heap",
      "model",
      "unaccounted",
      "peak",
      "efficiency",
      "Caches:",
    ]) {
      expect(stdout).toContain(word);
    }
    expect(stdout).toMatch(/model all-minilm-l6-v2 loaded, because .* \([\d.]+ MB resident\)/);
    const watch = await cli(["status", "--path", tree, "--watch", "0.1", "--json"], {
      onStart: (child) => {
        // Ctrl-C when two receipts have come.
        let lines = 0;
        child.stdout?.on("data", (data) => {
          lines += String(data).split("\n").length - 1;
          if (lines >= 2) child.kill("SIGINT");
        });
      },
    });
    expect(watch.code).toBe(0);
    const receipts = watch.stdout.trim().split("\n");
    expect(receipts.length).toBeGreaterThanOrEqual(2);
    expect(JSON.parse(receipts[0] ?? "").memory.owners.length).toBeGreaterThan(5);
    expect(JSON.parse(receipts[1] ?? "").unaccountedBytes).toBeGreaterThanOrEqual(0);
    const bad = await cli(["status", "--path", tree, "--watch", "never"]);
    expect([bad.code, bad.stderr]).toEqual([2, expect.stringContaining("0.1 to 86400")]);
    const { models } = await json<{ models: { name: string; source?: string }[] }>([
      "models",
      "list",
    ]);
    expect(models.find(({ name }) => name === "all-minilm-l6-v2")?.source).toBe("package");
    expect((await cli(["models", "verify"])).stdout).toMatch(/^ok {2}all-minilm-l6-v2: 4 files/);
    const { checks } = await json<{ checks: { name: string; state: string }[] }>(["doctor"]);
    expect(checks.filter(({ state }) => state === "failed")).toEqual([]);
    expect(checks.map(({ name }) => name)).toContain("database");
  });
});

describe("compact", () => {
  it("asks, makes the index smaller, and takes it back", async () => {
    const asked = await cli(["compact", "--path", tree]);
    expect(asked.stdout).toMatch(/now .*, recall 1\.000\n.*after tidy/);
    expect(asked.stdout).toContain("Nothing was changed.");
    const plan = await json<{
      before: { bytes: number };
      bytes: number;
      applied: boolean;
      steps: { name: string }[];
    }>(["compact", "--path", tree, "--yes"]);
    expect(plan.applied).toBe(true);
    expect(plan.bytes).toBeLessThan(plan.before.bytes);
    expect(plan.steps.map(({ name }) => name)).toEqual(["tidy", "texts", "static vectors"]);
    const status = await json<{ index: { databaseBytes: number } }>(["status", "--path", tree]);
    expect(status.index.databaseBytes).toBeLessThan(plan.before.bytes);
    expect((await cli(["compact", "--path", tree, "--undo"])).stdout).toMatch(/\d+ texts unpacked/);
    const dry = await json<typeof plan>([
      "compact",
      "--path",
      tree,
      "--vectors",
      "pq4",
      "-n",
      "-y",
    ]);
    expect(dry.applied).toBe(false);
    expect(dry.steps.at(-1)).toMatchObject({ name: "vectors", format: "pq4" });
    expect(dry.bytes).toBe(dry.before.bytes);
    const packed = await cli(["compact", "--path", tree, "--vectors", "pq4", "--yes"]);
    expect(packed.stdout).toMatch(/after vectors pq4 .*\n +then .*recall 0\.\d{3}/);
    const details = await cli(["status", "--path", tree, "--index"]);
    expect(details.stdout).toMatch(/packed +pq4, 96 bytes a vector, recall 0\.\d{3}/);
    const back = await cli(["compact", "--path", tree, "--undo"]);
    expect(back.stdout).toMatch(/\d+ vectors made anew/);
    expect((await cli(["status", "--path", tree, "--index"])).stdout).not.toMatch(/^ *packed +/m);
    const bad = await cli(["compact", "--path", tree, "--target=-0%"]);
    expect([bad.code, bad.stderr]).toEqual([2, expect.stringContaining('"-30%"')]);
    const small = await cli(["compact", "--path", tree, "--target", "5kB"]);
    expect([small.code, small.stderr]).toEqual([2, expect.stringContaining("is the least")]);
  }, 400_000);
});

describe("the command line itself", () => {
  it("has help with examples everywhere, and a version", async () => {
    for (const command of [
      [],
      ["index"],
      ["search"],
      ["status"],
      ["compact"],
      ["doctor"],
      ["models", "add"],
    ]) {
      const { stdout, code } = await cli([...command, "--help"]);
      expect(code).toBe(0);
      expect(stdout, command.join(" ")).toContain("Examples:");
    }
    expect((await cli(["--version"])).stdout).toBe(`${version}\n`);
  });

  it("ends quietly when its reader does", async () => {
    const { spawnSync } = await import("node:child_process");
    const run = spawnSync(
      "bash",
      [
        "-c",
        `"${process.execPath}" bin/haypile.cjs search error --path "${tree}" -k 100 | head -n 1`,
      ],
      {
        cwd: repository,
        encoding: "utf8",
        env: { ...process.env, HAYPILE_DATA_DIR: join(scratch, "data") },
      },
    );
    expect(run.stdout.split("\n")).toHaveLength(2);
    expect(run.stderr).not.toContain("EPIPE");
  });
});
