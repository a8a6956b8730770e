/*
 * HOME may be empty. Report of the kind: state landed below whatever folder a command was run in, other memories in
 * each, inside repositories.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bin } from "../helpers/cli.ts";
import { tempFolder } from "../helpers/temp-tree.ts";

/** Of the machine, without a word of ours. */
function run(cwd: string, env: NodeJS.ProcessEnv, before: string[], ...args: string[]) {
  const [command = "", ...rest] = [...before, process.execPath, bin, ...args];
  return spawnSync(command, rest, {
    cwd,
    encoding: "utf8",
    timeout: 60_000,
    env: { PATH: process.env.PATH, ...env },
  });
}

describe.skipIf(process.platform === "win32")("an empty HOME", () => {
  it.each(["", ".", "some/where"])("of %j: nothing lands in the current folder", (HOME) => {
    const folder = tempFolder();
    const ended = run(folder, { HOME }, [], "config", "path", "--json");
    expect(ended.stderr).toBe("");
    expect(ended.status).toBe(0);
    expect(ended.stdout).not.toContain(folder);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.skipIf(process.getuid?.() !== 0)(
    "of a user that the system does not know is refused, and help is there all the same",
    (test) => {
      const folder = tempFolder();
      execFileSync("chmod", ["777", folder]);
      const as = ["setpriv", "--reuid", "54321", "--clear-groups"];
      const canRun = run(folder, { HOME: "/" }, as, "--version").status === 0;
      test.skip(!canRun, "that user cannot read this folder, or there is no setpriv");
      const ended = run(folder, { HOME: "" }, as, "remember", "x");
      expect(ended.status).toBe(2);
      expect(ended.stderr).toMatch(
        /Expected HOME to name your home folder.*HAYPILE_CONFIG_INVALID/,
      );
      expect(readdirSync(folder)).toEqual([]);
      expect(run(folder, { HOME: "" }, as, "--help").status).toBe(0);
      const data = join(folder, "data");
      const said = run(
        folder,
        { HOME: "", HAYPILE_DATA_DIR: data },
        as,
        "config",
        "path",
        "--json",
      );
      expect(said.status).toBe(0);
      expect(said.stdout).toContain(join(data, "config"));
    },
  );
});
