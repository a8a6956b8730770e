/* A variable with a slip in its name was silence: the run went on with defaults. */
import { describe, expect, it, vi } from "vitest";
import { unknownVariables } from "../../../../src/config/environment/env-names.ts";
import { optionNames, rowOf } from "../../../../src/config/options/options.ts";
import { cli } from "../../../helpers/cli.ts";
import { tempFolder } from "../../../helpers/temp-tree.ts";

// On a machine where other work runs, processes take their time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

describe("variables that mean nothing", () => {
  it("are told with the one that was meant", () => {
    const said = unknownVariables({
      HAYPILE_WORKER: "2",
      HAYPILE_DATADIR: "/d",
      HAYPILE_MAXMEMORY: "1GB",
      haypile_log: "debug",
      HAYPILE_ZZZZZZ: "1",
      HAYPILE: "no variable of ours",
      PATH: "/bin",
    });
    expect(said).toHaveLength(5);
    expect(said.join("\n")).toMatch(/HAYPILE_DATADIR .*did you mean HAYPILE_DATA_DIR\?/);
    expect(said.join("\n")).toMatch(/HAYPILE_MAXMEMORY .*did you mean HAYPILE_MAX_MEMORY\?/);
    expect(said.join("\n")).toMatch(/HAYPILE_WORKER .*did you mean HAYPILE_WORKERS\?/);
    expect(said.join("\n")).toMatch(/HAYPILE_ZZZZZZ .*config list/);
    expect(said.join("\n")).toMatch(/haypile_log .*did you mean HAYPILE_LOG\?/);
  });

  it("are not those of options and folders", () => {
    const all = Object.fromEntries(optionNames.map((name) => [rowOf(name).env, "x"]));
    const folders = { HAYPILE_DATA_DIR: "x", HAYPILE_CACHE_DIR: "x", HAYPILE_CONFIG_DIR: "x" };
    expect(unknownVariables({ ...all, ...folders, HAYPILE_ADDON_DIR: "x" })).toEqual([]);
  });

  it("are told by every command, on stderr, once, and do not end it", async () => {
    const data = tempFolder();
    for (const args of [
      ["config", "get", "search.limit"],
      ["models", "list", "--json"],
    ]) {
      const ended = await cli(args, { data, env: { HAYPILE_SERCH_LIMIT: "3" } });
      expect(ended.code, ended.stderr).toBe(0);
      expect(ended.stderr.match(/HAYPILE_SERCH_LIMIT/g)).toHaveLength(1);
      expect(ended.stderr).toContain("did you mean HAYPILE_SEARCH_LIMIT?");
      expect(ended.stdout).not.toContain("SERCH");
    }
  });
});
