/* Projects that are asked about are kept up to date by themselves: real files, system, store, model and grammars. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type HaypileHere, openHere } from "../../src/haypile/here.ts";
import type { CodeIndex } from "../../src/ports/haypile.ts";

let scratch: string;
let tree: string;
let haypile: HaypileHere;
let code: CodeIndex;

const write = (name: string, text: string, root = tree): void => {
  mkdirSync(join(root, name, ".."), { recursive: true });
  writeFileSync(join(root, name), text);
};

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-keeper-"));
  vi.stubEnv("HAYPILE_DATA_DIR", join(scratch, "data"));
  vi.stubEnv("HAYPILE_CACHE_DIR", join(scratch, "cache"));
  tree = join(scratch, "tree");
  write("src/a.ts", "export function alpha() {\n  return 1;\n}\n");
  write("src/b.ts", "export function beta() {\n  return 2;\n}\n");
  open();
});

afterEach(async () => {
  await haypile.close();
  vi.unstubAllEnvs();
  rmSync(scratch, { recursive: true, force: true });
});

function open(): void {
  haypile = openHere({ watch: true });
  code = haypile.code(tree, { nearest: false });
}

const how = async (of: CodeIndex = code): Promise<string | undefined> =>
  (await of.status()).watched?.how;

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 600 && !(await isTrue()); i += 1) await wait(100);
  expect(await isTrue()).toBe(true);
}

/** Indexed, asked about, and watched. */
async function begin(of: CodeIndex = code): Promise<void> {
  await of.index({ fillIn: "off" });
  await of.findSymbol("alpha");
  await until(async () => (await how(of)) === "events");
}

const isFound = async (text: string, path?: string): Promise<boolean> => {
  const filter = path === undefined ? {} : { filter: { paths: [path] } };
  const { hits } = await code.search(text, { k: 5, minScore: 0, ...filter });
  return hits.some((hit) => hit.text.includes(text) && !hit.stale);
};

describe("a project that is asked about", () => {
  it("is watched, and the next search finds what changed", async () => {
    await begin();
    for (let edit = 0; edit < 10; edit += 1) {
      write("src/a.ts", `export function marmot${edit}() {\n  return ${edit};\n}\n`);
      expect(await isFound(`marmot${edit}`)).toBe(true);
      expect((await code.findSymbol(`marmot${edit - 1}`)).map(({ name }) => name)).not.toContain(
        `marmot${edit - 1}`,
      );
    }
    write("lib/new/deep.ts", "export function pika() {}\n");
    expect(await isFound("pika")).toBe(true);
    renameSync(join(tree, "lib"), join(tree, "moved"));
    expect((await code.findSymbol("pika"))[0]?.path).toBe("moved/new/deep.ts");
    rmSync(join(tree, "moved"), { recursive: true });
    expect(await isFound("pika")).toBe(false);
  });

  it("is not the user's own folder, nor what holds it, whoever indexes that", async () => {
    vi.stubEnv("HOME", join(tree, "home"));
    vi.stubEnv("USERPROFILE", join(tree, "home"));
    mkdirSync(join(tree, "home"));
    await code.index({ fillIn: "off" });
    await code.findSymbol("alpha");
    expect(await how()).toBeUndefined();
    vi.unstubAllEnvs();
    vi.stubEnv("HAYPILE_DATA_DIR", join(scratch, "data"));
    vi.stubEnv("HAYPILE_CACHE_DIR", join(scratch, "cache"));
    await code.findSymbol("alpha");
    await until(async () => (await how()) === "events");
  });

  it("gets its vectors by itself", async () => {
    await begin();
    write("src/c.ts", "export function gamma() {\n  return 3;\n}\n");
    await until(async () => {
      const { files, chunks, vectors } = (await code.status()).index;
      return files === 3 && chunks === vectors;
    });
  }, 120_000);

  it("is seen in hidden files and in what .haypileignore brings back, and nowhere else", async () => {
    mkdirSync(join(tree, ".git"));
    write(".haypileignore", "!vendor/\n!.claude/\n");
    write(".gitignore", "out/\n");
    const kept = [".gitlab-ci.yml", ".clang-format", "vendor/acme/v.ts", ".claude/commands/c.md"];
    for (const path of kept) write(path, "# first\n");
    await begin();
    for (const [at, path] of kept.entries()) {
      write(path, `# probe${at}probe\n`);
      expect(await isFound(`probe${at}probe`, path)).toBe(true);
    }
    // A rule that changes takes files out, and new ones in.
    write("out/o.ts", "export function inOut() {}\n");
    expect(await isFound("inOut")).toBe(false);
    write(".gitignore", "src/\n");
    await until(async () => (await isFound("inOut")) && !(await isFound("beta")));
  });

  it("follows a switch of branches while it is searched", async () => {
    const git = (...args: string[]): void => {
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], {
        cwd: tree,
      });
    };
    for (let i = 0; i < 400; i += 1)
      write(`many/p${i % 9}/f${i}.py`, `def first_${i}():\n    pass\n`);
    git("init", "-q", "-b", "one");
    git("add", ".");
    git("commit", "-qm", "one");
    git("checkout", "-q", "-b", "two");
    for (let i = 0; i < 400; i += 1)
      write(`many/p${i % 9}/f${i}.py`, `def second_${i}():\n    pass\n`);
    git("commit", "-qam", "two");
    git("checkout", "-q", "one");
    await begin();
    expect((await code.findSymbol("first_399"))[0]?.name).toBe("first_399");
    git("checkout", "-q", "two");
    const searches = Array.from({ length: 5 }, () => code.search("second", { k: 3 }));
    await Promise.all(searches);
    await until(async () => {
      const [now] = await code.findSymbol("second_399");
      const old = await code.findSymbol("first_399");
      return now?.match === "exact" && old.every(({ match }) => match !== "exact");
    });
  });

  it("lets an index run that somebody asks for pass", async () => {
    for (let i = 0; i < 40; i += 1) write(`m/f${i}.ts`, `export function many${i}() {}\n`);
    await begin();
    write("src/z.ts", "export function zeta() {}\n");
    for (let i = 0; i < 3; i += 1) expect((await code.index()).files.seen).toBe(43);
    expect(await how()).toBe("events");
  });

  it("is let go when nobody asked for a while, and taken up again", async () => {
    await haypile.close();
    vi.stubEnv("HAYPILE_WATCH_IDLE", "1s");
    open();
    await begin();
    await wait(1_500);
    // status() is a question too: it says how it was, and takes it up again.
    expect(await how()).toBe(undefined);
    write("src/b.ts", "export function later() {}\n");
    expect((await code.findSymbol("later"))[0]?.match).toBe("exact");
  });

  it("gives its place to one that is asked about later", async () => {
    await haypile.close();
    vi.stubEnv("HAYPILE_WATCH_PROJECTS", "1");
    open();
    await begin();
    const other = join(scratch, "other");
    write("o.ts", "export function alpha() {}\n", other);
    await begin(haypile.code(other, { nearest: false }));
    expect(await how()).toBe(undefined);
  });

  it("is left alone where its own file, or the user, says so", async () => {
    write("haypile.toml", "[watch]\nauto = false\n");
    await code.index({ fillIn: "off" });
    await code.findSymbol("alpha");
    expect(await how()).toBe(undefined);
    await haypile.close();
    rmSync(join(tree, "haypile.toml"));
    vi.stubEnv("HAYPILE_WATCH", "off");
    open();
    await code.findSymbol("alpha");
    expect(await how()).toBe(undefined);
  });
});
