/* Histories of definitions, files and lines in small real repositories: merges, moves, what is cut, what is not committed. */
import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { open } from "../../src/engine/open.ts";
import type { HistoryOptions } from "../../src/ports/answers/time/history.ts";
import { cli } from "../helpers/cli.ts";
import { tempFolder, writeTree } from "../helpers/temp-tree.ts";

vi.setConfig({ testTimeout: 120_000 });

class Tree {
  readonly folder = tempFolder();
  #time = 1_700_000_000;

  constructor(...how: string[]) {
    this.git("init", "-q", "-b", "main", ...how);
  }

  git(...args: string[]): string {
    const date = `${this.#time} +0000`;
    return execFileSync(
      "git",
      [
        "-c",
        "user.name=Ann",
        "-c",
        "user.email=ann@example.com",
        "-c",
        "protocol.file.allow=always",
        ...args,
      ],
      {
        cwd: this.folder,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
        env: { ...process.env, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
      },
    ).trim();
  }

  commit(subject: string, files: Record<string, string | Uint8Array | undefined> = {}): string {
    this.#time += 3_600;
    for (const [path, text] of Object.entries(files)) {
      if (text === undefined) rmSync(join(this.folder, path), { force: true });
      else writeTree(this.folder, { [path]: text });
    }
    this.git("add", "-A");
    this.git("commit", "-q", "--allow-empty", "-m", subject);
    return this.git("rev-parse", "HEAD");
  }

  /** A merge whose files are these, whatever the sides say. */
  merge(subject: string, branches: string[], files: Record<string, string | undefined>): void {
    this.#time += 3_600;
    try {
      this.git(
        "merge",
        "-q",
        "--no-ff",
        "--no-commit",
        "-s",
        branches.length > 1 ? "octopus" : "ort",
        ...branches,
      );
    } catch {
      // A conflict, which the files decide.
    }
    this.commit(subject, files);
  }
}

async function withEngine<T>(folder: string, work: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = await open({
    folder,
    database: join(tempFolder(), "i.db"),
    embeddingCache: false,
  });
  try {
    await engine.index({ fillIn: "off" });
    return await work(engine);
  } finally {
    await engine.close();
  }
}

async function told(engine: Engine, target: string, options: HistoryOptions = {}) {
  const { entries } = await engine.history(target, { limit: 100, ...options });
  return entries.map(
    ({ change, subject, commit }) => `${change} ${commit === undefined ? "now" : subject}`,
  );
}

const body = (name: string, value: number | string, more = ""): string =>
  `export function ${name}(a: number): number {\n  const first = a + ${value};\n  const second = first * 2;\n${more}  return second - first;\n}\n`;

describe("a history", () => {
  it("leaves out comments above, white space and moved lines, and keeps comments inside", async () => {
    const tree = new Tree();
    tree.commit("add", { "a.ts": body("one", 1) });
    tree.commit("above", { "a.ts": `// Says more.\n${body("one", 1)}` });
    tree.commit("shift", { "a.ts": `export const x = 1;\n\n// Says more.\n${body("one", 1)}` });
    tree.commit("indent", { "a.ts": body("one", 1).replaceAll("  ", "\t") });
    tree.commit("inside", { "a.ts": body("one", 1, "  // Why.\n") });
    tree.commit("other", { "a.ts": body("one", 1, "  // Why.\n") + body("two", 2) });
    await withEngine(tree.folder, async (engine) => {
      expect(await told(engine, "one")).toEqual(["changed inside", "added add"]);
      expect(await told(engine, "a.ts")).toHaveLength(6);
      const { entries, of } = await engine.history("a.ts#one");
      expect(of).toMatchObject({ path: "a.ts", name: "one", line: 1 });
      expect(entries[0]).toMatchObject({
        author: "Ann",
        email: "ann@example.com",
        added: 4,
        removed: 3,
      });
      expect(entries[0]?.diff).toContain("+  // Why.");
      expect(entries[0]?.committed).toMatch(/^2023-11-1\d/u);
    });
  });

  it("counts the depth of lines in Python", async () => {
    const tree = new Tree();
    tree.commit("add", {
      "a.py": "def f(a):\n    if a:\n        g()\n        h()\n    return a\n",
    });
    tree.commit("deeper", { "a.py": "def f(a):\n    if a:\n        g()\n    h()\n    return a\n" });
    tree.commit("wider", { "a.py": "def f(a):\n  if a:\n     g()\n  h()\n  return a\n" });
    await withEngine(tree.folder, async (engine) => {
      expect(await told(engine, "f")).toEqual(["changed deeper", "added add"]);
    });
  });

  it("follows renames and moves, also of a file that is rewritten, and not what was copied", async () => {
    const tree = new Tree();
    tree.commit("add", { "a.ts": body("one", 1) + body("two", 2) });
    tree.commit("rename", { "a.ts": body("uno", 1) + body("two", 2) });
    const rest = Array.from({ length: 40 }, (_, at) => `export const c${at} = "${at}";\n`).join("");
    tree.commit("rewrite", { "a.ts": undefined, "in/b.ts": rest + body("uno", 1) });
    tree.commit("edit", { "in/b.ts": rest + body("uno", 9) });
    tree.commit("part", { "in/b.ts": rest, "c.ts": body("uno", 9) });
    tree.commit("copy", { "d.ts": body("uno", 9) });
    await withEngine(tree.folder, async (engine) => {
      expect(await told(engine, "c.ts#uno")).toEqual([
        "moved part",
        "changed edit",
        "moved rewrite",
        "renamed rename",
        "added add",
      ]);
      expect(await told(engine, "d.ts#uno")).toEqual(["added copy"]);
      const { entries } = await engine.history("c.ts#uno");
      expect(entries[0]?.before).toMatchObject({ path: "in/b.ts", name: "uno" });
      expect(entries[3]?.before).toMatchObject({ path: "a.ts", name: "one" });
      expect(await told(engine, "a.ts#two")).toEqual(["removed rewrite", "added add"]);
    });
  });

  it("tells what came by a merge where it was made, and what the merge made itself", async () => {
    const tree = new Tree();
    const text = (first: number, last: number, more = ""): string =>
      `export function f(a: number): number {\n  const x = ${first};\n\n  step(x);\n  step(a);\n  step(3);\n\n  const y = ${last};\n${more}  return x + y;\n}\n`;
    tree.commit("add", { "a.ts": text(1, 1) });
    tree.git("checkout", "-qb", "side");
    tree.commit("side", { "a.ts": text(1, 2) });
    tree.git("checkout", "-q", "main");
    tree.commit("main", { "a.ts": text(2, 1) });
    tree.merge("clean", ["side"], { "a.ts": text(2, 2) });
    tree.git("checkout", "-qb", "other");
    tree.commit("other", { "b.ts": "export const b = 1;\n" });
    tree.git("checkout", "-q", "main");
    tree.commit("main again", { "c.ts": "export const c = 1;\n" });
    tree.merge("evil", ["other"], { "a.ts": text(2, 2, "  evil();\n") });
    await withEngine(tree.folder, async (engine) => {
      const all = ["merged evil", "changed main", "changed side", "added add"];
      expect(await told(engine, "f")).toEqual(all);
      const paged: string[] = [];
      for (let cursor: string | undefined; ; ) {
        const page = await engine.history("f", { limit: 1, cursor });
        paged.push(...page.entries.map(({ change, subject }) => `${change} ${subject}`));
        cursor = page.nextCursor;
        if (cursor === undefined) break;
      }
      expect(paged).toEqual(all);
    });
  });

  it("follows a file that one side renamed and the other changed, and an octopus", async () => {
    const tree = new Tree();
    tree.commit("add", { "a.ts": body("one", 1), "x.ts": "export const x = 1;\n" });
    for (const side of ["s1", "s2", "s3"]) {
      tree.git("checkout", "-q", "-b", side, "main");
      if (side === "s1") tree.commit("s1", { "a.ts": undefined, "b.ts": body("one", 1) });
      else if (side === "s2") tree.commit("s2", { "a.ts": body("one", 2) });
      else tree.commit("s3", { "z.ts": "export const z = 1;\n" });
    }
    tree.git("checkout", "-q", "main");
    tree.commit("main", { "y.ts": "export const y = 1;\n" });
    tree.merge("both", ["s1", "s2"], { "a.ts": undefined, "b.ts": body("one", 2) });
    tree.merge("octopus", ["s3", "main~1"], {});
    await withEngine(tree.folder, async (engine) => {
      expect(await told(engine, "b.ts#one")).toEqual(["changed s2", "moved s1", "added add"]);
    });
  });

  it("begins with what is not committed yet, also under a new name", async () => {
    const tree = new Tree();
    tree.commit("add", { "a.ts": body("one", 1) });
    writeFileSync(join(tree.folder, "a.ts"), body("one", 5));
    await withEngine(tree.folder, async (engine) => {
      expect(await told(engine, "one")).toEqual(["changed now", "added add"]);
      expect(await told(engine, "one", { at: "HEAD" })).toEqual(["added add"]);
      expect(await told(engine, "a.ts")).toEqual(["changed now", "added add"]);
      renameSync(join(tree.folder, "a.ts"), join(tree.folder, "b.ts"));
      expect(await told(engine, "b.ts#one")).toEqual(["moved now", "added add"]);
      expect(await told(engine, "a.ts#one")).toEqual(["removed now", "added add"]);
      writeFileSync(join(tree.folder, "c.ts"), body("fresh", 3));
      expect(await told(engine, "c.ts#fresh")).toEqual(["added now"]);
    });
  });

  it("goes on behind what was removed and added again, and tells a change that was taken back", async () => {
    const tree = new Tree();
    tree.commit("add", { "a.ts": body("one", 1) + body("two", 2) });
    tree.commit("change", { "a.ts": body("one", 7) + body("two", 2) });
    tree.commit("revert", { "a.ts": body("one", 1) + body("two", 2) });
    tree.commit("remove", { "a.ts": body("two", 2) });
    tree.commit("file", { "a.ts": undefined });
    tree.commit("again", { "a.ts": body("one", 1) });
    await withEngine(tree.folder, async (engine) => {
      const rest = ["removed remove", "changed revert", "changed change", "added add"];
      expect(await told(engine, "one")).toEqual(["added again", ...rest]);
      expect(await told(engine, "a.ts")).toEqual([
        "added again",
        "removed file",
        "changed remove",
        "changed revert",
        "changed change",
        "added add",
      ]);
      expect(await told(engine, "a.ts#two")).toEqual(["removed file", "added add"]);
    });
  });

  it("keeps definitions of one name apart", async () => {
    const tree = new Tree();
    const overload = (kind: string, value: number): string =>
      `  add(a: ${kind}): void {\n    this.sum(a, ${value});\n    this.tell(${value});\n  }\n`;
    const java = (...parts: string[]): string => `class Box {\n${parts.join("")}}\n`;
    tree.commit("add", { "Box.ts": java(overload("number", 1)) });
    tree.commit("second", { "Box.ts": java(overload("string", 2), overload("number", 1)) });
    tree.commit("first", { "Box.ts": java(overload("string", 2), overload("number", 5)) });
    tree.commit("swap", { "Box.ts": java(overload("number", 5), overload("string", 2)) });
    await withEngine(tree.folder, async (engine) => {
      expect(await told(engine, "Box.ts#Box.add")).toEqual(["changed first", "added add"]);
      tree.commit("back", { "Box.ts": java(overload("string", 2), overload("number", 5)) });
      expect(await told(engine, "Box.ts#Box.add")).toEqual(["added second"]);
    });
  });

  it("tells of files that were links or submodules, and of encodings that changed", async () => {
    const tree = new Tree();
    tree.commit("add", { "real.ts": body("one", 1) });
    symlinkSync("real.ts", join(tree.folder, "a.ts"));
    tree.commit("link");
    rmSync(join(tree.folder, "a.ts"));
    tree.commit("file", { "a.ts": `${body("one", 3)}// Gr\u00fc\u00dfe\n` });
    const latin = Buffer.from(`${body("one", 3)}// Gr\u00fc\u00dfe\n`, "latin1");
    tree.commit("latin", { "a.ts": latin });
    tree.commit("wide", { "a.ts": Buffer.from(`\ufeff${body("one", 3)}`, "utf16le") });
    mkdirSync(join(tree.folder, "sub"));
    const id = tree.git("rev-parse", "HEAD");
    tree.git("update-index", "--add", "--cacheinfo", `160000,${id},sub`);
    tree.git("commit", "-qm", "submodule");
    rmSync(join(tree.folder, "sub"), { recursive: true });
    tree.commit("no submodule", { sub: "text\n" });
    await withEngine(tree.folder, async (engine) => {
      expect(await told(engine, "a.ts#one")).toEqual(["added file"]);
      const { entries } = await engine.history("a.ts");
      expect(entries.map(({ subject, note }) => [subject, note ?? ""])).toEqual([
        ["wide", ""],
        ["latin", "its lines are the same: line ends, encoding or mode"],
        ["file", "it was a link before"],
        ["link", "it is a link here"],
      ]);
      const [first, second] = (await engine.history("sub")).entries;
      expect([first?.note, second?.note]).toEqual([
        "it was a submodule before",
        "it is a submodule here",
      ]);
    });
  });

  it("follows lines", async () => {
    const tree = new Tree();
    const lines = Array.from({ length: 20 }, (_, at) => `line ${at + 1}`);
    const text = (list: string[]): string => `${list.join("\n")}\n`;
    tree.commit("add", { "a.txt": text(lines) });
    tree.commit("ten", { "a.txt": text(lines.with(9, "ten")) });
    tree.commit("above", { "a.txt": text(["new", "newer", ...lines.with(9, "ten")]) });
    tree.commit("below", { "a.txt": text(["new", "newer", ...lines.with(9, "ten"), "end"]) });
    await withEngine(tree.folder, async (engine) => {
      expect(await told(engine, "a.txt:11-13")).toEqual(["changed ten", "added add"]);
      expect(await told(engine, "a.txt:14")).toEqual(["added add"]);
      expect(await told(engine, "a.txt:1-2")).toEqual(["added above"]);
    });
  });

  it("says where a shallow or a partial clone ends", async () => {
    const tree = new Tree();
    tree.commit("add", { "a.ts": body("one", 1) });
    tree.commit("two", { "a.ts": body("one", 2) });
    tree.commit("three", { "a.ts": body("one", 3) });
    tree.git("config", "uploadpack.allowFilter", "true");
    const clone = (...how: string[]): string => {
      const folder = join(tempFolder(), "clone");
      tree.git("clone", "-q", ...how, `file://${tree.folder}`, folder);
      return folder;
    };
    await withEngine(clone("--depth", "2"), async (engine) => {
      expect(await told(engine, "one")).toEqual(["changed three"]);
      const { end } = await engine.history("one");
      expect(end).toMatchObject({ why: "shallow", commit: tree.git("rev-parse", "HEAD~1") });
      expect(end?.hint).toContain("git fetch --unshallow");
    });
    await withEngine(clone("--filter=blob:none"), async (engine) => {
      const { entries, end } = await engine.history("one");
      expect(entries).toEqual([]);
      expect(end).toMatchObject({ why: "missing" });
      expect(end?.hint).toContain("git fetch --refetch");
    });
  });

  it("refuses what is no target, by its code", async () => {
    const tree = new Tree();
    tree.commit("add", { "a.ts": body("one", 1), ".env": "A=1\n", "data.bin": "\0\0" });
    await withEngine(tree.folder, async (engine) => {
      const cases = [
        ["", "HAYPILE_USAGE"],
        ["a.ts#", "HAYPILE_USAGE"],
        ["a.ts:5-2", "HAYPILE_USAGE"],
        ["nothing", "HAYPILE_SYMBOL_MISSING"],
        // One letter off: another's history is no answer.
        ["ones", "HAYPILE_SYMBOL_MISSING"],
        ["a.ts#nothing", "HAYPILE_SYMBOL_MISSING"],
        ["b.ts", "HAYPILE_PATH_MISSING"],
        ["../a.ts", "HAYPILE_PATH_REFUSED"],
        [".env", "HAYPILE_PATH_REFUSED"],
        ["data.bin#x", "HAYPILE_USAGE"],
      ] as const;
      for (const [target, code] of cases) {
        await expect(engine.history(target), target).rejects.toMatchObject({ code });
      }
      await expect(engine.history("one", { at: "v9" })).rejects.toMatchObject({
        code: "HAYPILE_REVISION_MISSING",
      });
      for (const options of [
        { cursor: "h1.x" },
        { limit: 0 },
        { diffLines: -1 },
        { deadlineMs: 0.5 },
      ]) {
        await expect(engine.history("one", options)).rejects.toMatchObject({
          code: "HAYPILE_USAGE",
        });
      }
      const stop = AbortSignal.abort();
      await expect(engine.history("one", { signal: stop })).rejects.toMatchObject({
        code: "HAYPILE_ABORTED",
      });
    });
    const bare = tempFolder();
    writeTree(bare, { "a.ts": body("one", 1) });
    await withEngine(bare, async (engine) => {
      await expect(engine.history("one")).rejects.toMatchObject({ code: "HAYPILE_GIT" });
    });
  });
});

it("comes over the command line, with the memories that speak of it", async () => {
  const tree = new Tree();
  tree.commit("add", { "a.ts": body("one", 1) });
  tree.commit("change", { "a.ts": body("one", 2) });
  const ways = { cwd: tree.folder, data: tempFolder() };
  const index = await cli(["index", "--fill-in", "off"], ways);
  expect(index.code, index.stderr).toBe(0);
  const kept = await cli(["remember", "one() counts twice", "--anchor", "a.ts#one"], ways);
  expect(kept.code, kept.stderr).toBe(0);
  const text = await cli(["history", "one"], ways);
  expect(text.stdout, text.stderr).toMatch(
    /Ann {2}change\n {2}changed {2}a\.ts:1 {2}one {2}\+1 -1/u,
  );
  expect(text.stdout).toContain("one() counts twice");
  const json = await cli(["history", "one", "--json", "--diff", "0"], ways);
  const { entries } = JSON.parse(json.stdout) as {
    entries: { memories: unknown[]; diff: string[] }[];
  };
  expect(entries.map(({ memories, diff }) => [memories.length, diff.length])).toEqual([
    [1, 0],
    [0, 0],
  ]);
});
