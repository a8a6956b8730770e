/* The table itself, values of every type, files, and the knobs of other stores. */
import { describe, expect, it } from "vitest";
import { parseOptions } from "../../../../src/config/file/read-file.ts";
import { foreignKnobs } from "../../../../src/config/foreign/foreign-knobs.ts";
import { type OptionName, optionNames, rowOf } from "../../../../src/config/options/options.ts";
import {
  formatSize,
  formatValue,
  parseDuration,
  parseSize,
  readValue,
} from "../../../../src/config/options/values.ts";

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
      expect(name).toMatch(/^[a-z]+\.[a-z0-9-]+$/);
      expect(row.env).toMatch(/^(HAYPILE_[A-Z0-9_]+|HF_ENDPOINT)$/);
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
    expect(failing(() => parse("[[embed]]\nworkers = 1")).message).toContain("embed is a section");
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

describe("a file from a storage guide", () => {
  // The report: of sixteen keys as guides have them, thirteen ended in "There is no option".
  const taken: [string, Record<string, unknown>][] = [
    ["write_buffer_size_mb = 64", { "storage.checkpoint": 64e6 }],
    ['write_buffer_size = "8MB"', { "storage.checkpoint": 8e6 }],
    ["writeBufferSize = 8388608", { "storage.checkpoint": 8_388_608 }],
    ["block_cache_size_mb = 256", { "storage.page-cache": 256e6 }],
    ["block-cache-size-mib = 2", { "storage.page-cache": 2_097_152 }],
    ['block_cache_size_mb = "128"', { "storage.page-cache": 128e6 }],
    ['block_cache_size_mb = "128MB"', { "storage.page-cache": 128e6 }],
    ["max_background_jobs = 4", { "embed.workers": 4 }],
    ["wal_size_limit_mb = 512", { "storage.wal-limit": 512e6 }],
    ["max_total_wal_size_mb = 0.5", { "storage.wal-limit": 500_000 }],
    ["use_fsync = true", { "storage.synchronous": "full" }],
    ["sync = false", { "storage.synchronous": "normal" }],
    ["fsync = false", { "storage.synchronous": "off" }],
    ['compression = "zstd"', { "storage.compression": "zstd" }],
    ["create_if_missing = true", {}],
    ["paranoid_checks = true", {}],
  ];
  it.each(taken)("%s is taken", (line, values) => {
    for (const table of ["storage", "storage.advanced", "rocksdb"]) {
      expect(parse(`[${table}]\n${line}`), table).toEqual(values);
    }
    expect(parse(line)).toEqual(values);
  });

  it.each([
    ["bloom_filter_bits_per_key = 10", /no bloom filters.*storage\.page-cache/],
    ["whole_key_filtering = true", /no bloom filters/],
    ["cache_index_and_filter_blocks = true", /same page cache/],
    ['wal_dir = "/fast/wal"', /beside the database.*HAYPILE_DATA_DIR/],
    ["wal_ttl_seconds = 3600", /no age/],
    ['compression = "lz4"', /lz4 is not built in.*deflate/],
    [
      'compression_type = "kSnappyCompression"',
      /one of off, deflate, zstd.*snappy is not built in/,
    ],
    ['compression = "zlib"', /Use "deflate"/],
    ['bottommost_compression = "zstd"', /no levels.*storage\.compression/],
    ["level_compaction_dynamic_level_bytes = true", /no levels/],
    ["max_write_buffer_number = 4", /one log, not several buffers/],
    ["target_file_size_base = 67108864", /one SQLite file/],
    ["target_file_size_base_mb = 64", /one SQLite file/],
    ["max_bytes_for_level_base_mb = 256", /no levels/],
    ["level0_file_num_compaction_trigger = 4", /no levels/],
    ["max_open_files = 1000", /few to hold open/],
    ['path = "/data/store"', /HAYPILE_DATA_DIR/],
    ["create_if_missing = false", /haypile index/],
  ])("%s is refused with what to use", (line, reason) => {
    for (const table of ["storage", "storage.advanced"]) {
      const { code, message } = failing(() => parse(`[${table}]\n${line}`));
      expect(code).toBe("HAYPILE_CONFIG_INVALID");
      expect(message).toMatch(reason);
      expect(message).not.toContain("There is no option");
    }
  });

  it("takes our own keys in [storage.advanced], and refuses one that is there twice", () => {
    expect(parse('[storage.advanced]\nmmap = "1MB"')).toEqual({ "storage.mmap": 1e6 });
    expect(parse("[storage.advanced]")).toEqual({});
    const twice = '[storage]\nmmap = "1MB"\n[storage.advanced]\nmmap = "2MB"';
    expect(failing(() => parse(twice)).message).toContain("storage.mmap once");
    const typo = failing(() => parse('[storage.advanced]\nmaps = "1MB"'));
    expect(typo.message).toContain("Did you mean storage.mmap?");
  });

  it("leaves words alone that mean something else in another section", () => {
    expect(failing(() => parse('[model]\npath = "/m"')).message).toContain("There is no option");
    expect(failing(() => parse("[memories]\nttl = 3")).message).toContain("There is no option");
  });

  it("names the reason wherever the value comes from", () => {
    const variable = { where: "in HAYPILE_COMPRESSION", code: "HAYPILE_CONFIG_INVALID" } as const;
    expect(failing(() => readValue("storage.compression", "lz4", variable)).message).toContain(
      "lz4 is not built in",
    );
  });
});
