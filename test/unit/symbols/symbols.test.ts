/* The symbol services over a real store, with files parsed by the real grammars. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { globMatcher } from "../../../src/base/paths/glob.ts";
import { pathRank } from "../../../src/base/paths/path-traits.ts";
import { languageOf } from "../../../src/indexing/read/language.ts";
import { openSqliteStore, type SqliteStore } from "../../../src/storage/sqlite/store.ts";
import { findSymbol } from "../../../src/symbols/find-symbol.ts";
import { outline } from "../../../src/symbols/outline.ts";
import {
  calleesOf,
  callersOf,
  implementationsOf,
  referencesOf,
} from "../../../src/symbols/references.ts";
import { importMeans } from "../../../src/symbols/resolve-import.ts";
import { grammarsFolder } from "../../../src/syntax/grammars.ts";
import { TreeSitterParser } from "../../../src/syntax/parser.ts";

const files: Record<string, string> = {
  "app/config.py": `
class Loader:
    """Loads."""

    def load_config(self, path):
        return parse_config(read_text(path))


def parse_config(text):
    return text


def _private_helper():
    pass
`,
  "app/main.py": `
from app.config import parse_config, Loader as L
from . import util


class Special(L):
    def run(self):
        util.start()
        return parse_config("x")


def parse_config_file(path):
    return parse_config(path)
`,
  "app/util.py": "def start():\n    pass\n\n\ndef parse():\n    pass\n",
  "tests/test_config.py":
    "def parse_config(text):\n    return None\n\n\ndef test_it():\n    parse_config('a')\n",
  "vendor/lib.py": "def parse_config(a, b, c):\n    pass\n",
  "web/view.ts":
    "import { render } from './render';\nexport function show() { return render(); }\n",
  "web/render.ts":
    "export const render = () => 1;\nexport class Frame {}\nexport class Wide extends Frame {}\n",
  "web/other.ts": "export function ask(one: { render(): void }) { one.render(); }\n",
};

let folder: string;
let store: SqliteStore;
let parser: TreeSitterParser;

async function put(path: string, text: string): Promise<void> {
  const language = languageOf(path);
  const outcome = await parser.parse({ path, language, text });
  if (!("parsed" in outcome)) throw new Error(outcome.failed);
  const stamp = { sizeBytes: text.length, mtimeMs: 1, readMs: 5000 };
  store.files.put([
    { path, stamp, contentHash: text, language, chunks: [], syntax: outcome.parsed },
  ]);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "haypile-symbols-"));
  store = openSqliteStore({ path: join(folder, "index.db") });
  parser = new TreeSitterParser({ grammars: grammarsFolder() });
  for (const [path, text] of Object.entries(files)) await put(path, text);
});

afterAll(async () => {
  await parser.close();
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const find = (query: string, options = {}): string[] =>
  findSymbol(store.symbols, query, options).map(
    ({ path, name, match }) => `${match} ${path} ${name}`,
  );
const one = (name: string, path?: string) => {
  const [hit] = findSymbol(store.symbols, name, path === undefined ? {} : { path });
  if (hit === undefined) throw new Error(`no ${name}`);
  return hit;
};
const uses = (found: { confidence: string; path: string; line: number }[]): string[] =>
  found.map(({ confidence, path, line }) => `${confidence} ${path}:${line}`);

describe("findSymbol", () => {
  it("puts source before tests and vendored code", () => {
    expect(find("parse_config")).toEqual([
      "exact app/config.py parse_config",
      "exact tests/test_config.py parse_config",
      "exact vendor/lib.py parse_config",
    ]);
  });

  it.each([
    ["PARSE_CONFIG", "case"],
    ["parseConfig", "words"],
    ["parse config", "words"],
    ["parse_cnfig", "typo"],
    ["parse_confing", "typo"],
    ["prase_config", "typo"],
    ["parse_konfig", "typo"],
  ])("meets %s", (query, match) => {
    expect(find(query, { k: 1 })).toEqual([`${match} app/config.py parse_config`]);
  });

  it("finds longer names by their beginning and by their words", () => {
    expect(find("parse_con")).toContain("prefix app/main.py parse_config_file");
    expect(find("config file")).toEqual(["part app/main.py parse_config_file"]);
  });

  it("asks inside a container, by kind and by path", () => {
    expect(find("Loader.load_config")).toEqual(["exact app/config.py load_config"]);
    expect(find("Special.load_config")).toEqual([]);
    expect(find("parse_config", { kinds: ["class"] })).toEqual([]);
    expect(find("parse_config", { path: "tests" })).toHaveLength(1);
    expect(find("parse_config", { path: "**/lib.py" })).toHaveLength(1);
    expect(find("parse_config", { k: 2 })).toHaveLength(2);
  });

  it("takes any text", () => {
    for (const query of ['"', "a AND OR", "()", "*", "%_", "\u0000", "x".repeat(5000), "日本語"]) {
      expect(find(query)).toEqual([]);
    }
    expect(() => find("  ")).toThrow(/empty text/);
    expect(() => find("a", { k: 0 })).toThrow(/from 1 to 1000/);
  });
});

describe("uses", () => {
  it("are as sure as file and imports allow", () => {
    const found = referencesOf(store.symbols, one("parse_config"));
    expect(uses(found)).toEqual([
      "exact app/config.py:6",
      "import app/main.py:2",
      "import app/main.py:9",
      "import app/main.py:13",
    ]);
    expect(found[0]?.within?.name).toBe("load_config");
  });

  it("follow a relative import, and do not take another file's member for it", () => {
    const found = callersOf(store.symbols, one("render", "web/render.ts"));
    expect(uses(found)).toEqual(["import web/view.ts:2"]);
    expect(found[0]?.within?.name).toBe("show");
  });

  it("know who extends a type, by its own name or another", () => {
    const loaders = implementationsOf(store.symbols, one("Loader"));
    expect(uses(loaders)).toEqual(["import app/main.py:6"]);
    expect(loaders[0]?.within?.name).toBe("Special");
    const frames = implementationsOf(store.symbols, one("Frame"));
    expect(frames.map(({ within }) => within?.name)).toEqual(["Wide"]);
  });

  it("name what a definition calls, and where that is", () => {
    const callees = calleesOf(store.symbols, one("Special"));
    expect(
      callees.map(
        ({ name, confidence, definition }) => `${name} ${confidence} ${definition?.path}`,
      ),
    ).toEqual(["start import app/util.py", "parse_config import app/config.py"]);
    const unknown = calleesOf(store.symbols, one("load_config"));
    expect(unknown.find(({ name }) => name === "read_text")?.definition).toBeUndefined();
  });
});

describe("outline", () => {
  it("nests a file's definitions", () => {
    const { files: found } = outline(store.symbols, "./app/config.py");
    expect(found[0]?.definitions.map(({ name, depth }) => `${depth} ${name}`)).toEqual([
      "0 Loader",
      "1 load_config",
      "0 parse_config",
      "0 _private_helper",
    ]);
  });

  it("shows the top of each file of a folder, and says what it left out", () => {
    const whole = outline(store.symbols, "app/");
    expect(whole.files.map(({ path }) => path)).toEqual([
      "app/config.py",
      "app/main.py",
      "app/util.py",
    ]);
    expect(whole.files[0]?.definitions.some(({ name }) => name === "load_config")).toBe(false);
    const some = outline(store.symbols, "", { maxFiles: 2, depth: 1 });
    expect(some).toMatchObject({ filesLeftOut: Object.keys(files).length - 2 });
    expect(() => outline(store.symbols, "ap")).toThrow(/nothing at ap/);
  });
});

describe("a changed file", () => {
  it("loses what it no longer says", async () => {
    await put("gone.py", "def only_here():\n    used_here()\n");
    expect(find("only_here")).toHaveLength(1);
    await put("gone.py", "def other_now():\n    pass\n");
    expect(find("only_here", { k: 1 })).toEqual([]);
    expect(find("other_now")).toHaveLength(1);
    expect(store.symbols.referencesTo("used_here", 10)).toEqual([]);
    store.files.remove(["gone.py"]);
    expect(find("other_now")).toEqual([]);
    expect(store.symbols.definitionsIn("gone.py")).toBeUndefined();
  });
});

describe("paths", () => {
  it("rank by what they hold", () => {
    expect(["src/a.ts", "src/testable.ts", "latest/a.py"].map(pathRank)).toEqual([0, 0, 0]);
    expect(
      ["tests/a.py", "src/a.test.ts", "pkg/a_test.go", "src/FooTest.java"].map(pathRank),
    ).toEqual([1, 1, 1, 1]);
    expect(["dist/a.js", "a.min.js", "x_pb2.py"].map(pathRank)).toEqual([2, 2, 2]);
    expect(pathRank("vendor/a.c")).toBe(3);
  });

  it.each([
    ["src", "src/a.ts", true],
    ["src/", "src/b/a.ts", true],
    ["src", "srcs/a.ts", false],
    ["*.ts", "src/a.ts", true],
    ["src/*.ts", "src/b/a.ts", false],
    ["src/**/*.ts", "src/a.ts", true],
    ["a+b?", "a+bc", true],
  ])("%s fits %s: %s", (pattern, path, expected) => {
    expect(globMatcher(pattern)(path)).toBe(expected);
  });
});

describe("importMeans", () => {
  it.each([
    ["./fuse.ts", "src/a/b.ts", "src/a/fuse.ts", "typescript", true],
    ["../lib", "src/a/b.ts", "src/lib/index.ts", "typescript", true],
    ["react", "src/a.ts", "src/react.ts", "typescript", false],
    ["django.db.models", "x.py", "django/db/models/query.py", "python", false],
    ["django.db.models", "x.py", "django/db/models/__init__.py", "python", true],
    ["..models", "app/views/a.py", "app/models.py", "python", true],
    [".models", "app/views/a.py", "app/models.py", "python", false],
    ["example.com/x/pkg/util", "main.go", "pkg/util/a.go", "go", true],
    ["core/xxh64.h", "native/a.cc", "native/core/xxh64.h", "cpp", true],
    ["a.b", "X.java", "src/a/b/C.java", "java", true],
  ])("%s in %s is %s", (module, from, to, language, expected) => {
    expect(importMeans({ module, path: from }, to, language)).toBe(expected);
  });
});
