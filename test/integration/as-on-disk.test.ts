/* Questions about definitions after the files have changed and nobody has indexed them again. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type HaypileHere, openHere } from "../../src/haypile/here.ts";
import type { CodeIndex } from "../../src/ports/haypile.ts";

let scratch: string;
let tree: string;
let haypile: HaypileHere;
let code: CodeIndex;

const write = (name: string, text: string | Buffer): void => {
  mkdirSync(join(tree, name, ".."), { recursive: true });
  writeFileSync(join(tree, name), text);
};

beforeEach(async () => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-disk-"));
  tree = join(scratch, "tree");
  write("src/a.ts", "export function alpha() {\n  return beta();\n}\n");
  write("src/b.ts", "export function beta() {\n  return 1;\n}\n");
  write("src/deep/c.py", "def gamma():\n    return 2\n");
  haypile = openHere({ database: join(scratch, "i.db"), embeddingCache: false });
  code = haypile.code(tree, { nearest: false });
  await code.index({ fillIn: "off" });
});

afterEach(async () => {
  await haypile.close();
  rmSync(scratch, { recursive: true, force: true });
});

const named = async (name: string): Promise<string[]> =>
  (await code.findSymbol(name))
    .filter(({ match }) => match === "exact")
    .map(({ path, startLine }) => `${path}:${startLine}`);

describe("questions about definitions", () => {
  it("are answered from the new text, and never with a name that is not there any more", async () => {
    for (let edit = 0; edit < 30; edit += 1) {
      const [before, now] = [`beta_${edit}`, `beta_${edit + 1}`];
      write("src/b.ts", `${"\n".repeat(edit % 5)}export function ${now}() {\n  return 1;\n}\n`);
      expect(await named(before)).toEqual([]);
      expect(await named(now)).toEqual([`src/b.ts:${(edit % 5) + 1}`]);
    }
  });

  it("know new files and folders, and forget those that went", async () => {
    write("src/new.ts", "export function delta() {\n  return alpha();\n}\n");
    write("lib/inner/e.ts", "export function epsilon() {}\n");
    expect(await named("delta")).toEqual(["src/new.ts:1"]);
    expect(await named("epsilon")).toEqual(["lib/inner/e.ts:1"]);
    const { uses } = await code.callers("alpha");
    expect(uses.map(({ path, within }) => `${path} ${within?.name}`)).toEqual(["src/new.ts delta"]);
    renameSync(join(tree, "src/deep"), join(tree, "moved"));
    expect(await named("gamma")).toEqual(["moved/c.py:1"]);
    rmSync(join(tree, "src"), { recursive: true });
    expect(await named("alpha")).toEqual([]);
    await expect(code.outline("src")).rejects.toMatchObject({ code: "HAYPILE_PATH_MISSING" });
  });

  it("take uses from the new text too", async () => {
    write("src/a.ts", "\n\nexport function alpha() {\n  return other();\n}\n");
    expect((await code.callers("beta")).uses).toEqual([]);
    write(
      "src/a.ts",
      "export function alpha() {}\nexport function omega() {\n  return beta();\n}\n",
    );
    expect((await code.callers("beta")).uses.map(({ within }) => within?.name)).toEqual(["omega"]);
    expect((await code.callees("omega")).callees.map(({ name }) => name)).toEqual(["beta"]);
  });

  it("see a file written anew with the size and the time of the old one", async () => {
    const long = new Date("2020-01-01");
    write("same.ts", "export const first = 1;\n");
    utimesSync(join(tree, "same.ts"), long, long);
    await code.index({ fillIn: "off" });
    write("same.ts", "export const other = 1;\n");
    utimesSync(join(tree, "same.ts"), long, long);
    expect(await named("first")).toEqual([]);
    expect(await named("other")).toEqual(["same.ts:1"]);
    // A run sees it as well.
    write("same.ts", "export const third = 1;\n");
    utimesSync(join(tree, "same.ts"), long, long);
    expect((await code.index({ fillIn: "off" })).files).toMatchObject({ changed: 1 });
  });

  it("leave out what the rules leave out, also of new files", async () => {
    write(".gitignore", "ignored/\n");
    mkdirSync(join(tree, ".git"));
    write("ignored/x.ts", "export function hidden() {}\n");
    write("node_modules/p/index.js", "export function foreign() {}\n");
    expect(await named("hidden")).toEqual([]);
    expect(await named("foreign")).toEqual([]);
  });

  it("do not follow links and wait for no pipe that took the place of a file or folder", async () => {
    const outside = join(scratch, "outside");
    mkdirSync(outside);
    writeFileSync(join(outside, "c.py"), "def secret():\n    pass\n");
    rmSync(join(tree, "src/deep"), { recursive: true });
    symlinkSync(outside, join(tree, "src/deep"));
    expect(await named("gamma")).toEqual([]);
    expect(await named("secret")).toEqual([]);
    if (process.platform !== "win32") {
      rmSync(join(tree, "src/b.ts"));
      execFileSync("mkfifo", [join(tree, "src/b.ts")]);
      expect(await named("beta")).toEqual([]);
    }
  });

  it("say that a file changed where it cannot be taken in, and go on when it can", async () => {
    const holder = spawn(
      process.execPath,
      [join(import.meta.dirname, "../concurrency/index-lock-holder.ts"), join(scratch, "i.db")],
      { stdio: ["pipe", "pipe", "inherit"] },
    );
    await once(holder.stdout, "data");
    write("src/b.ts", "\n\nexport function beta2() {}\n");
    const [old] = await code.findSymbol("beta");
    expect(old).toMatchObject({ path: "src/b.ts", stale: true });
    expect((await code.outline("src/b.ts")).files[0]).toMatchObject({ stale: true });
    expect((await code.findSymbol("alpha"))[0]?.stale).toBe(undefined);
    holder.kill();
    await once(holder, "exit");
    expect(await named("beta")).toEqual([]);
    expect(await named("beta2")).toEqual(["src/b.ts:3"]);
  });

  it("hold no file for changed whose text is as it was", async () => {
    write("wide.cpp", Buffer.from("\uFEFFint wide() {\r\n  return 1;\r\n}\r\n", "utf16le"));
    write("cr.py", "def old_mac():\r    return 1\r");
    await code.index({ fillIn: "off" });
    for (const name of ["wide.cpp", "cr.py"]) utimesSync(join(tree, name), 1e9, 1e9);
    for (const name of ["wide", "old_mac"]) {
      const [hit] = await code.findSymbol(name);
      expect(hit).toMatchObject({ name, match: "exact" });
      expect(hit?.stale).toBe(undefined);
    }
    expect((await code.status()).index.files).toBe(5);
  });

  it("are up to date while a run of this process makes vectors", async () => {
    for (let i = 0; i < 60; i += 1) write(`many/f${i}.py`, `def many_${i}():\n    return ${i}\n`);
    const stop = new AbortController();
    let asked: Promise<string[]> | undefined;
    const run = code.index({
      signal: stop.signal,
      onProgress: ({ phase }) => {
        if (phase !== "embed" || asked !== undefined) return;
        write("src/b.ts", "export function meanwhile() {}\n");
        asked = named("meanwhile");
      },
    });
    await run;
    expect(await asked).toEqual(["src/b.ts:1"]);
  });
});
