/* The scripts as their shells run them: bash is on every machine that runs these tests, the others where they are. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Argument, Command, Option } from "commander";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  completionScript,
  shells,
} from "../../../../../src/cli/commands/machine/completion-scripts.ts";

let folder: string;

function program(): Command {
  const root = new Command("haypile").description("for tests");
  root.command("search").description("find 'things': `here`; $HOME").argument("<query...>");
  root
    .command("index")
    .description("read a folder")
    .addArgument(new Argument("[path]", "folder"))
    .addOption(new Option("--fill-in <how>", "how").choices(["off", "background"]))
    .option("-n, --lines <n>", "lines");
  const memories = root.command("memories").description("look after them");
  memories.command("list").description("newest first").option("--json", "as JSON");
  memories.command("export").description("as lines");
  root.command("secret", { hidden: true });
  return root;
}

/** What bash offers for the last of these words. */
function offered(words: readonly string[]): string[] {
  const list = words.map((word) => `'${word}'`).join(" ");
  const script = `. ${folder}/haypile.bash
    COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _haypile; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8", cwd: folder });
  expect(stderr.replace(/.*compopt.*\n/g, "")).toBe("");
  return stdout.split("\n").filter((line) => line !== "");
}

const has = (shell: string): boolean => spawnSync(shell, ["-c", "true"]).status === 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "haypile-completion-"));
  for (const shell of shells) {
    writeFileSync(join(folder, `haypile.${shell}`), completionScript(program(), shell));
  }
  writeFileSync(join(folder, "notes.txt"), "");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("completion in bash", () => {
  it("offers commands, those below a command, flags and choices", () => {
    expect(offered(["haypile", "se"])).toEqual(["search"]);
    expect(offered(["haypile", "memories", ""])).toEqual(["list", "export", "-h", "--help"]);
    expect(offered(["haypile", "memories", "list", "--j"])).toEqual(["--json"]);
    expect(offered(["haypile", "index", "--fill-in", ""])).toEqual(["off", "background"]);
  });

  it("offers files where a command takes them, and none elsewhere", () => {
    expect(offered(["haypile", "index", "no"])).toEqual(["notes.txt"]);
    expect(offered(["haypile", "memories", "list", "no"])).toEqual([]);
  });

  it("knows nothing of hidden commands", () => {
    expect(offered(["haypile", "sec"])).toEqual([]);
  });
});

describe.skipIf(!has("zsh"))("completion in zsh", () => {
  it("is a script that zsh takes, and leaves its $path alone", () => {
    const file = join(folder, "haypile.zsh");
    expect(spawnSync("zsh", ["-n", file], { encoding: "utf8" }).stderr).toBe("");
    expect(completionScript(program(), "zsh")).not.toMatch(/local path|path="\$/);
  });
});

describe.skipIf(!has("fish"))("completion in fish", () => {
  it("offers commands and choices", () => {
    const ask = (line: string): string[] =>
      spawnSync("fish", ["-c", `source ${folder}/haypile.fish; complete -C "${line}"`], {
        encoding: "utf8",
        env: { ...process.env, HOME: folder },
      })
        .stdout.split("\n")
        .map((one) => one.split("\t")[0] as string)
        .filter((one) => one !== "");
    expect(ask("haypile se")).toEqual(["search"]);
    expect(ask("haypile memories l")).toEqual(["list"]);
    expect(ask("haypile index --fill-in ")).toEqual(["background", "off"]);
  });
});
