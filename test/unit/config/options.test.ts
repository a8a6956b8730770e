/* The table itself, values of every type, files, and the knobs of other stores. */
import { describe, expect, it } from "vitest";
import { foreignKnobs } from "../../../src/config/foreign-knobs.ts";
import { type OptionName, optionNames, rowOf } from "../../../src/config/options.ts";
import { parseOptions } from "../../../src/config/read-file.ts";
import {
  formatSize,
  formatValue,
  parseDuration,
  parseSize,
  readValue,
} from "../../../src/config/values.ts";

const source = { where: "in here", code: "HAYPILE_CONFIG_INVALID" } as const;
const failing = (run: () => unknown): { code: string; message: string } => {
  try {
    run();
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error("it did not fail");
};
const parse = (text: string) => Object.fromEntries(parseOptions(text, "/p/haypile.toml"));

describe("the table", () => {
  it("has rows that agree with themselves", () => {
    expect(optionNames.length).toBeGreaterThan(30);
    expect(new Set(optionNames.map((name) => rowOf(name).env)).size).toBe(optionNames.length);
    const keys = optionNames.map((name) => rowOf(name).key).filter(Boolean);
    expect(new Set(keys).size).toBe(keys.length);
    for (const name of optionNames) {
      const row = rowOf(name);
      expect(name).toMatch(/^[a-z]+\.[a-z-]+$/);
      expect(row.env).toMatch(/^(HAYPILE_[A-Z_]+|HF_ENDPOINT)$/);
      const defaults = [row.default, row.tier, row.storage, row.unset].filter(
        (one) => one !== undefined,
      );
      expect(defaults, name).toHaveLength(1);
      if (["integer", "size", "duration"].includes(row.type)) expect(row.range).toBeDefined();
      if (row.type === "choice") expect(row.choices?.length).toBeGreaterThan(1);
      if (row.default !== undefined) expect(readValue(name, row.default, source)).toBe(row.default);
      expect(row.says).not.toMatch(/\.$/);
    }
  });
});

describe("values", () => {
  it.each([
    ["256MB", 256e6],
    ["1.5 GiB", 1_610_612_736],
    ["512 kb", 512_000],
    ["4096", 4_096],
    ["0", 0],
    ["1e3", undefined],
    ["-1MB", undefined],
    ["12 apples", undefined],
    ["", undefined],
  ])("reads the size %j", (text, bytes) => expect(parseSize(text)).toBe(bytes));

  it.each([
    ["30s", 30_000],
    ["250ms", 250],
    ["2 min", 120_000],
    ["1500", 1_500],
    ["0.5h", 1_800_000],
    ["soon", undefined],
    ["5 kB", undefined],
  ])("reads the duration %j", (text, ms) => expect(parseDuration(text)).toBe(ms));

  it("writes sizes so that they are read back exactly", () => {
    for (const bytes of [0, 1, 1_000, 1_024, 4_096_000, 1_048_576, 123_456_789, 2e9, 2 ** 33]) {
      expect(parseSize(formatSize(bytes))).toBe(bytes);
    }
    expect(formatSize(1_048_576)).toBe("1MiB");
    expect(formatValue("search.deadline", 90_000)).toBe("90s");
  });

  const bad: [OptionName, unknown, string][] = [
    ["embed.workers", "0", "a whole number from 1 to 1024"],
    ["embed.workers", "2.5", "a whole number"],
    ["embed.workers", "many", "a whole number"],
    ["embed.workers", true, "a whole number"],
    ["embed.workers", 1.5, "a whole number"],
    ["memory.max", "1kB", "a size from 1MB to 16000GB"],
    ["memory.max", "lots", "a size"],
    ["memory.max", Number.NaN, "a size"],
    ["search.deadline", "soon", "a duration from 1ms to 1h"],
    ["model.graph-cache", "perhaps", "true or false"],
    ["model.graph-cache", 1, "true or false"],
    ["host.tier", "medium", "one of light, standard, heavy, auto"],
    ["model.name", "", "a text"],
    ["model.folder", 5, "a path"],
    ["storage.page-cache", [1], "a size"],
  ];
  it.each(bad)("refuses for %s %j", (name, raw, expected) => {
    const { code, message } = failing(() => readValue(name, raw, source));
    expect(code).toBe("HAYPILE_CONFIG_INVALID");
    expect(message).toContain(`Expected ${expected}`);
    expect(message).toContain(`for ${name} in here, but got`);
  });
});

describe("a file", () => {
  it("is read by section, by dotted keys, and with paths from its folder", () => {
    const text = `
# comment
embed.workers = 2
[memory]
max = "300MB" # fits
[model]
folder = "mine"
graph-cache = false
[search]
deadline = "30s"
`;
    expect(parse(text)).toEqual({
      "embed.workers": 2,
      "memory.max": 300e6,
      "model.folder": "/p/mine",
      "model.graph-cache": false,
      "search.deadline": 30_000,
    });
    expect(parse("")).toEqual({});
  });

  it.each([
    ["[embed]\nworker = 2", "embed.worker", "embed.workers"],
    ["workers = 2", "workers", "embed.workers"],
    ["[memory]\nmaks = 2", "memory.maks", "memory.max"],
    ["[memroy]\nmax = 2", "memroy.max", "memory.max"],
    ["[storage]\npage_cache = 2", "storage.page_cache", "storage.page-cache"],
  ])("with an unknown key names the likely one: %j", (text, key, likely) => {
    const { code, message } = failing(() => parse(text));
    expect(code).toBe("HAYPILE_CONFIG_INVALID");
    expect(message).toContain(`no option ${key}`);
    expect(message).toContain(`Did you mean ${likely}?`);
    expect(message).toContain("/p/haypile.toml");
  });

  it("names the line that is not TOML", () => {
    const { code, message } = failing(() => parse("[embed]\nworkers = 2\nthreads = = 3\n"));
    expect(code).toBe("HAYPILE_CONFIG_INVALID");
    expect(message).toMatch(/^\/p\/haypile\.toml:3:\d+ is not TOML/);
    expect(message).not.toContain("\n");
  });

  it("does not fall for keys of objects, dates and lists", () => {
    for (const text of ["__proto__ = 1", "constructor = 2", "[toString]\na = 1"]) {
      expect(failing(() => parse(text)).code).toBe("HAYPILE_CONFIG_INVALID");
    }
    expect(failing(() => parse("[embed]\nworkers = 1979-05-27")).message).toContain("a date");
    expect(failing(() => parse("[[embed]]\nworkers = 1")).message).toContain("no option embed");
  });
});

describe("knobs of other stores", () => {
  const knobs = Object.entries(foreignKnobs);

  it("are many", () => expect(knobs.length).toBeGreaterThan(20));

  it.each(knobs)("%s is mapped or refused with a reason", (name, knob) => {
    const text = (value: string) => `[storage]\n${name.replaceAll("-", "_")} = ${value}`;
    if ("option" in knob) {
      const { type, choices = [] } = rowOf(knob.option);
      const [choice] = choices;
      const [raw, value] =
        type === "size"
          ? ['"32MB"', 32e6]
          : type === "integer"
            ? ["3", 3]
            : [`"${choice}"`, choice];
      expect(parse(text(String(raw)))).toEqual({ [knob.option]: value });
      return;
    }
    const { code, message } = failing(() => parse(text('"lz4"')));
    expect(code).toBe("HAYPILE_CONFIG_INVALID");
    expect(message).toContain(knob.refused);
    // It says what to do instead, or that nothing needs to be done.
    expect(knob.refused).toMatch(/Use |Nothing needs|Leave|Move|Remove/);
    for (const accepted of knob.accepts ?? []) {
      expect(parse(text(JSON.stringify(accepted)))).toEqual({});
    }
  });

  it("are refused where they say the same as an option beside them", () => {
    const text = '[storage]\nmmap = "1MB"\nmmap_size = "2MB"';
    expect(failing(() => parse(text)).message).toContain("it is there twice");
  });
});
