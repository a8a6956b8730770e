/*
 * Pipes, devices and endless files where small files are read by name. Report of the kind: haypile.toml as a link to
 * /dev/zero made the daemon grow by 170 MB a second, and as a pipe it hung; git carries links.
 */
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { open } from "../../src/engine/open.ts";
import { indexFolder } from "../../src/indexing/indexer.ts";
import { cli, type Ended } from "../helpers/cli.ts";
import { HashEmbedder } from "../helpers/hash-embedder.ts";
import { MapStore } from "../helpers/map-store.ts";
import { repository } from "../helpers/model.ts";
import { writeTree } from "../helpers/temp-tree.ts";

let scratch: string;
let project: string;

beforeEach(() => {
  scratch = realpathSync(mkdtempSync(join(tmpdir(), "haypile-hostile-")));
  project = join(scratch, "project");
  writeTree(project, { "src/a.py": "def parse_config():\n    return 1\n", ".git/HEAD": "x\n" });
});

afterEach(() => rmSync(scratch, { recursive: true, force: true }));

/** Long enough for any machine; a reader that waits or reads on is killed then, and the test fails. */
const limitMs = 50_000;
const run = (...words: string[]): Promise<Ended> =>
  cli(words, {
    data: join(scratch, "data"),
    cwd: project,
    limitMs,
    env: { HAYPILE_CONFIG_DIR: join(scratch, "config") },
  });

const kinds: Record<string, (path: string) => void> = {
  "a pipe": (path) => execFileSync("mkfifo", [path]),
  "a link to a device without end": (path) => symlinkSync("/dev/zero", path),
  "a link to itself": (path) => symlinkSync(path, path),
  "a folder": (path) => mkdirSync(path),
  "a file of 8 GB": (path) => {
    writeFileSync(path, "x");
    truncateSync(path, 8_000_000_000);
  },
};

function put(path: string, kind: (path: string) => void): void {
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { recursive: true, force: true });
  kind(path);
}

describe.each(Object.entries(kinds))("%s", (name, kind) => {
  it("as a file of the project is refused or passed over", { timeout: 200_000 }, async () => {
    for (const file of [".gitignore", ".haypileignore", "src/.gitignore", ".git/info/exclude"]) {
      put(join(project, file), kind);
    }
    const ended = await run("index", "-q", "--fill-in", "off", "--json");
    expect({ signal: ended.signal, code: ended.code, said: ended.stderr }).toEqual({
      signal: null,
      code: 0,
      said: "",
    });
    expect(JSON.parse(ended.stdout)).toMatchObject({ files: { seen: 1 } });

    put(join(project, "haypile.toml"), kind);
    const refused = await run("index", "-q", "--fill-in", "off");
    expect({ signal: refused.signal, code: refused.code }).toEqual({ signal: null, code: 2 });
    expect(refused.stderr).toMatch(/haypile\.toml.*\[HAYPILE_CONFIG_INVALID\]/);
    for (const words of [
      ["config", "list"],
      ["config", "trust"],
      ["search", "config"],
    ]) {
      expect((await run(...words)).signal).toBeNull();
    }
  });

  it("as a file of the user is refused or begun anew", { timeout: 200_000 }, async () => {
    put(join(scratch, "data", "trusted-files.json"), kind);
    writeFileSync(join(project, "haypile.toml"), "[search]\nlimit = 3\n");
    const untrusted = await run("config", "get", "search.limit", "--json");
    expect({ signal: untrusted.signal, code: untrusted.code }).toEqual({ signal: null, code: 0 });
    put(join(scratch, "config", "haypile.toml"), kind);
    const refused = await run("config", "list");
    expect({ signal: refused.signal, code: refused.code }).toEqual({ signal: null, code: 2 });
    expect(refused.stderr).toContain("[HAYPILE_CONFIG_INVALID]");
  });

  it("as a file of a model is refused", { timeout: 200_000 }, async () => {
    const model = join(scratch, "model");
    for (const file of ["tokenizer.json", "model.json", "checksums.json"]) {
      mkdirSync(model, { recursive: true });
      for (const good of ["model.onnx", "tokenizer.json"]) {
        rmSync(join(model, good), { recursive: true, force: true });
        symlinkSync(join(repository, "models", "all-minilm-l6-v2", good), join(model, good));
      }
      put(join(model, file), kind);
      const ended = await run(
        "search",
        "config",
        "--model-dir",
        model,
        "--db",
        join(scratch, "x.db"),
      );
      expect({ file, signal: ended.signal, isZero: ended.code === 0 }).toEqual({
        file,
        signal: null,
        isZero: false,
      });
      expect(ended.stderr).not.toContain("HAYPILE_INTERNAL");
      rmSync(model, { recursive: true });
    }
  });

  it("as a client's file is refused, and stays as it is", { timeout: 100_000 }, async () => {
    const home = join(scratch, "home");
    put(join(home, ".cursor", "mcp.json"), kind);
    const ended = await cli(["install", "--client", "cursor"], {
      data: join(scratch, "data"),
      limitMs,
      env: { HOME: home },
    });
    expect(ended.signal).toBeNull();
    expect(ended.code).toBeGreaterThan(0);
    expect(name).not.toBe("");
  });
});

it("imports from a pipe, and from no device", { timeout: 100_000 }, async () => {
  const pipe = join(scratch, "pipe");
  execFileSync("mkfifo", [pipe]);
  const importing = run("memories", "import", pipe, "--json");
  writeFileSync(pipe, '{"text":"The heron stands in the reeds."}\n');
  expect(JSON.parse((await importing).stdout)).toMatchObject({ stored: 1 });
  for (const path of ["/dev/zero", project]) {
    const ended = await run("memories", "import", path);
    expect({ path, code: ended.code, signal: ended.signal }).toEqual({
      path,
      code: 7,
      signal: null,
    });
    expect(ended.stderr).toContain("not a regular file");
  }
});

it("indexes no outside text while a folder is swapped for a link, run after run", async () => {
  const outside = join(scratch, "outside");
  const names = Array.from({ length: 60 }, (_, at) => `f${at}.py`);
  writeTree(project, Object.fromEntries(names.map((one) => [`part/${one}`, "own_text = 1\n"])));
  writeTree(outside, Object.fromEntries(names.map((one) => [one, "secret_text = 1\n"])));
  writeTree(outside, { "only_outside.py": "secret_text = 1\n" });
  const [part, link, aside] = ["part", "link", "aside"].map((one) => join(project, one)) as [
    string,
    string,
    string,
  ];
  symlinkSync(outside, link);
  let met = 0;
  for (let round = 0; round < 40; round += 1) {
    const store = new MapStore();
    let isSwapped = false;
    const report = await indexFolder({
      root: project,
      store,
      embedder: new HashEmbedder(),
      options: { embed: false },
      // A few files in: the folder has been listed, most of it is still to be opened.
      onProgress: ({ filesDone }) => {
        if (isSwapped || filesDone < 2 + (round % 20)) return;
        isSwapped = true;
        renameSync(part, aside);
        renameSync(link, part);
      },
    });
    if (isSwapped) {
      renameSync(part, link);
      renameSync(aside, part);
    }
    for (const path of store.files.all().keys()) {
      expect(path).not.toContain("only_outside");
      expect(store.textsOf(path).join()).not.toContain("secret_text");
    }
    met += report.skipped.byReason["link-to-outside"]?.count ?? 0;
    store.close();
  }
  expect(met).toBeGreaterThan(40);
}, 120_000);

it("does not print what stands in a file that a project links to", {
  timeout: 100_000,
}, async () => {
  writeFileSync(join(scratch, "secret"), "hunter2 = 1\n");
  symlinkSync(join(scratch, "secret"), join(project, "haypile.toml"));
  const ended = await run("config", "list");
  expect(ended.code).toBe(2);
  expect(ended.stderr + ended.stdout).not.toContain("hunter2");
  const engine = open({ folder: project, database: join(scratch, "x.db") });
  await expect(engine).rejects.toMatchObject({ code: "HAYPILE_CONFIG_INVALID" });
  expect(readFileSync(join(scratch, "secret"), "utf8")).toBe("hunter2 = 1\n");
});
