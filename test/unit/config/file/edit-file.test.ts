/* Setting one option in a text leaves every other character as it is; trust hangs on the text. */
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readEnvironment } from "../../../../src/config/environment/env.ts";
import { changeFile } from "../../../../src/config/file/change-file.ts";
import { setOption } from "../../../../src/config/file/edit-file.ts";
import { parseOptions } from "../../../../src/config/file/read-file.ts";
import { distrust, isTrusted, trust, trustFile } from "../../../../src/config/file/trust.ts";
import type { OptionName } from "../../../../src/config/options/options.ts";

const set = (text: string, name: OptionName, value: string | number | boolean): string =>
  setOption(text, name, value, "/p/haypile.toml");

describe("setOption", () => {
  const text = `# mine, hands off
[memory] # section
  max = "300MB"   # fits # in here

[embed]
workers = 2
# tokens-per-run = 320

[model]
name = 'a#b'	# quoted
`;

  it("changes the value and nothing else", () => {
    expect(set(text, "memory.max", 500e6)).toBe(text.replace('"300MB"', '"500MB"'));
    expect(set(text, "embed.workers", 4)).toBe(text.replace("workers = 2", "workers = 4"));
    expect(set(text, "model.name", 'x "y"')).toBe(text.replace("'a#b'", '"x \\"y\\""'));
  });

  it("adds a key to its section, behind what is there", () => {
    expect(set(text, "embed.tokens-per-run", 200)).toBe(
      text.replace("# tokens-per-run = 320\n", "# tokens-per-run = 320\ntokens-per-run = 200\n"),
    );
  });

  it("adds a section at the end, and begins an empty file", () => {
    expect(set(text, "search.limit", 3)).toBe(`${text}\n[search]\nlimit = 3\n`);
    expect(set("", "search.limit", 3)).toBe("[search]\nlimit = 3\n");
  });

  it("knows dotted and quoted keys", () => {
    expect(set("embed . workers = 2 # two\n", "embed.workers", 3)).toBe(
      "embed . workers = 3 # two\n",
    );
    expect(set('["embed"]\n"workers" = 2\n', "embed.workers", 3)).toBe(
      '["embed"]\n"workers" = 3\n',
    );
  });

  it("keeps line ends of Windows", () => {
    expect(set("[embed]\r\nworkers = 2\r\n", "embed.intra-op-threads", 1)).toBe(
      "[embed]\r\nworkers = 2\r\nintra-op-threads = 1\r\n",
    );
  });

  it.each([
    ["a table in braces", "embed = { workers = 2 }\n", "embed.workers", 3],
    ["a value over several lines", '[model]\nname = """\na"""\n', "model.name", "b"],
    [
      "the name another store gives it",
      '[storage]\nblock_cache = "1MB"\n',
      "storage.page-cache",
      2e6,
    ],
  ] as const)("refuses %s, and says what to write", (_, before, name, value) => {
    expect(() => set(before, name, value)).toThrow(/Set it by hand: /);
  });

  it("refuses a text that is not valid as it is", () => {
    expect(() => set("[embed\n", "embed.workers", 1)).toThrow(/:1:/);
  });
});

describe("files and trust", () => {
  let scratch: string;
  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), "haypile-trust-"));
  });
  afterEach(() => rmSync(scratch, { recursive: true, force: true }));
  const environment = () => readEnvironment({ HAYPILE_DATA_DIR: join(scratch, "data") });

  it("writes through a link, keeps the mode, and leaves no file beside", () => {
    const folder = join(scratch, "real");
    mkdirSync(folder);
    writeFileSync(join(folder, "file.toml"), "[embed]\nworkers = 1\n");
    chmodSync(join(folder, "file.toml"), 0o600);
    const link = join(scratch, "haypile.toml");
    symlinkSync(join(folder, "file.toml"), link);
    changeFile(link, "embed.workers", "2", false, environment());
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, "file.toml"), "utf8")).toBe("[embed]\nworkers = 2\n");
    expect(statSync(join(folder, "file.toml")).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(["file.toml"]);
  });

  it("takes the names of other stores, and leaves a file it cannot change as it was", () => {
    const path = join(scratch, "haypile.toml");
    const change = changeFile(path, "storage.block_cache", "8MB", false, environment());
    expect(change).toMatchObject({ name: "storage.page-cache", value: 8e6 });
    const text = "storage = { page-cache = '1MB' }\n";
    writeFileSync(path, text);
    expect(() => changeFile(path, "storage.page-cache", "8MB", false, environment())).toThrow(
      /by hand/,
    );
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  it("says of a key that is none what was meant, and of an option that is there twice by which names", () => {
    const path = join(scratch, "haypile.toml");
    const said = (text: string) => () => parseOptions(text, path);
    expect(said("memory = 3\n")).toThrow(/memory is a section .*Write \[memory\].* such as max/);
    expect(said('[[memory]]\nmax = "1GB"\n')).toThrow(/memory is a section/);
    expect(said("[memory]\nmax = nan\n")).toThrow(/but got NaN/);
    expect(said('CODESAGE_MAX_MEMORY_MB = 800\n[memory]\nmax = "1GB"\n')).toThrow(
      /as CODESAGE_MAX_MEMORY_MB and as memory\.max\. Take one of them out\./,
    );
    const set = (key: string) => () => changeFile(path, key, "3", false, environment());
    expect(set("memory")).toThrow(/Name one of its options, such as memory\.max/);
    // On a command line there is no line to be taken out.
    expect(set("nosuch")).toThrow(/then update Haypile\. See/);
    expect(said("nosuch = 3\n")).toThrow(/or take the line out/);
    // The unit of a plain number, however the key writes it.
    for (const key of ["max_memory_mb", "maxMemoryMB", "CODESAGE_MAX_MEMORY_MB"]) {
      expect([...parseOptions(`${key} = 800\n`, path)]).toEqual([["memory.max", 800e6]]);
    }
  });

  it("trusts one text at one path, until it is told not to", () => {
    const data = join(scratch, "data");
    expect(isTrusted(data, "/a/haypile.toml", "x")).toBe(false);
    trust(data, "/a/haypile.toml", "x");
    trust(data, "/b/haypile.toml", "y");
    expect(isTrusted(data, "/a/haypile.toml", "x")).toBe(true);
    expect(isTrusted(data, "/a/haypile.toml", "y")).toBe(false);
    expect(isTrusted(data, "/b/haypile.toml", "x")).toBe(false);
    expect(distrust(data, "/a/haypile.toml")).toBe(true);
    expect(distrust(data, "/a/haypile.toml")).toBe(false);
    expect(isTrusted(data, "/b/haypile.toml", "y")).toBe(true);
    for (const broken of ["{", "[]", "null", '{"__proto__": 1}']) {
      writeFileSync(trustFile(data), broken);
      expect(isTrusted(data, "/b/haypile.toml", "y")).toBe(false);
    }
  });
});
