/*
 * Help and flags as a whole. The reports: thirty options where five are used, and the same thing under three names.
 */
import { Command, type Option } from "commander";
import { describe, expect, it, vi } from "vitest";
import { commands as listed } from "../../../src/cli/commands/list.ts";
import { completionScript } from "../../../src/cli/commands/machine/completion-scripts.ts";
import { oneFolder } from "../../../src/cli/flags/options.ts";
import { isRare, pathOf, readHelpAll } from "../../../src/cli/help.ts";
import { makeProgram } from "../../../src/cli/main.ts";
import { cli } from "../../helpers/cli.ts";
import { tempFolder } from "../../helpers/temp-tree.ts";

// On a machine where other work runs, processes take their time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const { signal } = new AbortController();
const some = await makeProgram(signal);
const all = await makeProgram(signal, true);
const program = (isAll = false): Command => (isAll ? all : some);

/** Commands that do something, without those that are for programs only. */
function leaves(of: Command): Command[] {
  const below = of.commands.filter((one) => one.name() !== "help" && one.name() !== "daemon");
  // "index" has commands below it, and indexes folders by itself.
  const own = of.registeredArguments.length > 0 ? [of] : [];
  return below.length === 0 ? [of] : [...own, ...below.flatMap(leaves)];
}
const commands = (isAll = false): Command[] => leaves(program(isAll));
const options = (command: Command): Option[] => command.options.filter(({ hidden }) => !hidden);

describe("the list of commands", () => {
  it("names what each entry adds, so that the one that is asked for is found", async () => {
    for (const { names, add } of listed) {
      const own = new Command("haypile");
      await add(own, signal);
      expect(own.commands.flatMap((one) => [one.name(), ...one.aliases()])).toEqual(names);
      const alone = await makeProgram(signal, false, [names[0] as string]);
      if (names[0] !== "completion") {
        expect(alone.commands.flatMap((one) => [one.name(), ...one.aliases()]).sort()).toEqual(
          [...names].sort(),
        );
      }
    }
    expect((await makeProgram(signal, false, ["serach"])).commands).toHaveLength(
      some.commands.length,
    );
  });
});

describe("--help", () => {
  it("shows few options, and says how many more there are", () => {
    const names = commands().map(pathOf);
    expect(names.length).toBeGreaterThan(35);
    for (const command of commands()) {
      const page = command.helpInformation();
      const shown = options(command).filter(({ long }) => new RegExp(`${long}\\b`).test(page));
      expect(shown.length, pathOf(command)).toBeLessThanOrEqual(12);
      for (const option of options(command)) {
        if (isRare(command, option)) {
          expect(page, `${pathOf(command)} ${option.long}`).not.toMatch(`${option.flags} `);
        } else expect(page, pathOf(command)).toContain(option.flags);
      }
    }
  });

  it("shows all with --help-all, of one command and of all together", async () => {
    for (const command of commands(true)) {
      const page = command.helpInformation();
      for (const { flags } of options(command)) expect(page, pathOf(command)).toContain(flags);
    }
    const data = tempFolder();
    const short = await cli(["search", "--help"], { data });
    expect(short.stdout).toMatch(/\d+ more options: haypile search --help-all/);
    const long = await cli(["search", "--help-all"], { data });
    expect(long.code, long.stderr).toBe(0);
    expect(long.stdout).toContain("--storage-profile <name>");
    expect(long.stdout).toContain("Examples:");
    expect(long.stdout).not.toContain("more options:");
    const whole = await cli(["--help-all"], { data });
    expect(whole.stdout).toContain("Usage: haypile memories export");
    // Words behind "--" are a query's.
    expect(readHelpAll(["search", "--", "--help-all"])).toEqual({
      isAll: false,
      args: ["search", "--", "--help-all"],
    });
  });

  it("puts every command under a heading", () => {
    for (const command of program().commands) {
      if (command.name() === "daemon") continue;
      expect(command.helpGroup(), command.name()).not.toBe("");
    }
  });

  it("leaves suggestions and completions all options", async () => {
    const wrong = await cli(["index", "--wokers", "2"], { data: tempFolder() });
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("Did you mean --workers?");
    expect(completionScript(program(), "bash")).toContain("--storage-profile");
  });
});

describe("flags", () => {
  it("have the same name and letter wherever they mean the same", () => {
    const letters: Readonly<Record<string, string>> = {
      "--limit": "-k",
      "--dry-run": "-n",
      "--yes": "-y",
      "--quiet": "-q",
      "--follow": "-f",
      "--lines": "",
    };
    let looked = 0;
    for (const command of commands()) {
      for (const { long, short, flags } of options(command)) {
        const letter = letters[long ?? ""];
        if (letter === undefined || (long === "--lines" && command.name() === "logs")) continue;
        looked += 1;
        expect(short ?? "", `${pathOf(command)} ${flags}`).toBe(letter);
      }
    }
    expect(looked).toBeGreaterThan(12);
    // What a folder's index is asked is always said by --path.
    for (const name of ["index", "watch", "search", "why", "symbol", "outline", "callers"]) {
      const command = commands().find((one) => pathOf(one) === name) as Command;
      expect(
        command.options.map(({ long }) => long),
        name,
      ).toContain("--path");
    }
  });

  it("are --json everywhere, but where the output is a protocol, a script or lines of JSON", () => {
    const without = commands()
      .filter(({ options: all }) => !all.some(({ long }) => long === "--json"))
      .map(pathOf);
    expect(without).toEqual(["mcp", "hook", "completion"]);
  });

  it("take a folder as an argument or by --path, not two", () => {
    expect([oneFolder(undefined, undefined), oneFolder("a", undefined)]).toEqual([".", "a"]);
    expect([oneFolder(undefined, "b"), oneFolder("c", "c")]).toEqual(["b", "c"]);
    expect(() => oneFolder("a", "b")).toThrow(/one folder, but got a and --path b/);
  });

  it("are taken by their old names, too", async () => {
    const data = tempFolder();
    expect((await cli(["memories", "list", "-n", "3", "--json"], { data })).code).toBe(0);
    expect((await cli(["memories", "list", "-k", "0"], { data })).code).toBe(2);
    const outline = await cli(["outline", "--max-files", "x"], { data });
    expect(outline.stderr).toContain("Expected a whole number from 1 to 100000");
  });
});
