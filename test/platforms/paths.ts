/* The gate for paths, and what a walk gives: the same names on every system. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { splitLines } from "../../src/base/files/decode-text.ts";
import { readBoundedSync } from "../../src/base/files/read-file.ts";
import { repositoryAt } from "../../src/base/files/repository.ts";
import { passGate, passGateForFilter } from "../../src/base/paths/path-gate.ts";
import { realPathSync } from "../../src/base/paths/real-path.ts";
import { SkipLog } from "../../src/indexing/walk/skip-log.ts";
import { resolveRoot, walkFolder, whySkipped } from "../../src/indexing/walk/walk.ts";
import { report, Skipped, scratch, writeFiles } from "./harness.ts";

const isWindows = process.platform === "win32";
const root = join(realPathSync(scratch("paths")), "Project");
writeFiles(root, {
  ".git/HEAD": "ref: refs/heads/main\n",
  ".gitignore": "*.log\r\nout/\r\nb\u00fccher.txt\r\n",
  "src/Main.ts": "export const one = 1;\r\nexport const two = 2;\r\n",
  "src/con-text.ts": "export {};\n",
  "src/a b/\u65e5\u672c.md": "# \u65e5\u672c\n",
  "noise.log": "x\n",
  "out/made.js": "x\n",
  "b\u00fccher.txt": "x\n",
});
const outside = join(root, "..", "outside");
writeFiles(outside, { "secret.txt": "not yours\n" });

await report({
  "a path inside is written with slashes, however it was said": () => {
    const said = ["src/Main.ts", "./src/../src/Main.ts", join(root, "src", "Main.ts")];
    if (isWindows)
      said.push("src\\Main.ts", "src\\/Main.ts", `${root.replaceAll("\\", "/")}/src/Main.ts`);
    for (const one of said) assert.equal(passGate(root, one), "src/Main.ts");
    assert.equal(passGateForFilter(root, "src/*.ts"), "src/*.ts");
    if (isWindows) assert.equal(passGateForFilter(root, "src\\*.ts"), "src/*.ts");
    assert.equal(passGate(root, "src/a b/\u65e5\u672c.md"), "src/a b/\u65e5\u672c.md");
  },
  "a name in other letters is the one on the disk, where that is one": () => {
    if (!existsSync(join(root, "SRC"))) throw new Skipped("names are told apart by case here");
    assert.equal(passGate(root, "SRC/main.TS"), "src/Main.ts");
    assert.equal(passGate(root.toLowerCase(), "src/Main.ts"), "src/Main.ts");
  },
  "what leads out is refused": () => {
    for (const one of ["../outside/secret.txt", join(outside, "secret.txt"), "src/../../outside"]) {
      assert.throws(() => passGate(root, one), { code: "HAYPILE_PATH_REFUSED" }, one);
    }
  },
  "names that Windows makes something else of are refused there, before anything is asked": () => {
    const odd = [
      "\\\\evil.invalid\\share\\x",
      "//evil.invalid/share/x",
      "src/Main.ts::$DATA",
      "src/Main.ts:hidden",
      "nul",
      "src/CON.ts",
      "C:Main.ts",
      `\\\\?\\${root}\\src\\Main.ts`,
      "\\\\.\\pipe\\x",
    ];
    if (!isWindows) throw new Skipped("these are plain names, or foreign, here");
    for (const one of odd)
      assert.throws(() => passGate(root, one), { code: "HAYPILE_PATH_REFUSED" }, one);
    return odd.length;
  },
  "files with secrets stay hidden under the other names they have": () => {
    writeFiles(root, { ".env": "A=1\n" });
    const said = [".env", ".ENV"];
    if (isWindows) said.push(".env.", ".env ", ".\\.env", ".git\\config", ".GIT/config");
    for (const one of said)
      assert.throws(() => passGate(root, one), { code: "HAYPILE_PATH_REFUSED" }, one);
  },
  "a link or junction that leads out is not passed, walked or read": async () => {
    const at = join(root, "away");
    try {
      symlinkSync(outside, at, isWindows ? "junction" : "dir");
    } catch (error) {
      throw new Skipped(`no link could be made: ${(error as Error).message}`);
    }
    assert.throws(() => passGate(root, "away/secret.txt"), { code: "HAYPILE_PATH_REFUSED" });
    assert.throws(() =>
      readBoundedSync(join(root, "away", "secret.txt"), {
        mostBytes: 99,
        links: "refuse",
        inside: root,
      }),
    );
    assert.equal(await whySkipped(root, "away"), "link-to-outside");
  },
  "a walk gives the same paths everywhere, and ignore files with CRLF hold": async () => {
    const skips = new SkipLog();
    const paths: string[] = [];
    for await (const { path } of walkFolder(await resolveRoot(root), { skips })) paths.push(path);
    assert.deepEqual(paths, [
      ".gitignore",
      "src/Main.ts",
      "src/a b/\u65e5\u672c.md",
      "src/con-text.ts",
    ]);
    assert.equal(await whySkipped(root, "noise.log"), "ignored-by-git");
    return paths.join(", ");
  },
  "lines are the same with CRLF and LF": () => {
    const text = "a\nb\n\nc\n";
    assert.deepEqual(splitLines(text.replaceAll("\n", "\r\n")), splitLines(text));
  },
  "a repository that names another machine is none": () => {
    const clone = join(root, "..", "clone");
    mkdirSync(clone);
    writeFiles(clone, { ".git": "gitdir: //evil.invalid/share/x.git\n" });
    assert.equal(repositoryAt(clone), undefined);
  },
});
