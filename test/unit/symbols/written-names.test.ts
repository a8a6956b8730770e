/* Names with dots and signs in them, as an outline prints them, and names that very many definitions have. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writtenNames } from "../../../src/base/text/scoped-names.ts";
import { languageOf } from "../../../src/indexing/read/language.ts";
import { openSqliteStore, type SqliteStore } from "../../../src/storage/sqlite/store.ts";
import { findSymbol } from "../../../src/symbols/find-symbol.ts";
import { outline } from "../../../src/symbols/outline.ts";
import { grammarsFolder } from "../../../src/syntax/grammars.ts";
import { TreeSitterParser } from "../../../src/syntax/parser.ts";
import { seededRandom } from "../../helpers/temp-tree.ts";

const files: Record<string, string> = {
  "setup.toml": "[build.wheel.targets]\nname = 'x'\n[lint]\nwidth = 1\n",
  "editor.json": '{ "window.zoomLevel": 1, "a": { "b.c": 2 }, "with space": 3 }\n',
  "deploy.yaml": "helm.sh/chart: x\nkind: y\n",
  "notes.md": "# v4.0.2\n\nText.\n\n## Why it's (still) slow: part 2?\n\nMore.\n",
  "theme.css": ".menu.open { color: red }\n#top > li:hover { color: blue }\n",
  "log.sh": "out::warn() { :; }\n",
  "sort.rb":
    "module Store\n  class Item\n    def <=>(other); end\n    def []=(k, v); end\n    def sold?; end\n  end\n  class Old::Item\n  end\nend\n",
  "vec.cc":
    "struct Vec { bool operator==(int a) { return true; } int operator[](int i) { return i; } };\n",
  "safe.ts":
    "export class Safe { #door() { return 1; } open() { return this.#door(); } }\nexport class List { get size() { return 1; } }\n",
};

const crowd = 12_000;

let folder: string;
let store: SqliteStore;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "haypile-written-"));
  store = openSqliteStore({ path: join(folder, "index.db") });
  const parser = new TreeSitterParser({ grammars: grammarsFolder() });
  for (const [path, text] of Object.entries(files)) {
    const language = languageOf(path);
    const outcome = await parser.parse({ path, language, text });
    if (!("parsed" in outcome)) throw new Error(outcome.failed);
    const stamp = { sizeBytes: text.length, mtimeMs: 1, readMs: 5000 };
    store.files.put([
      { path, stamp, contentHash: text, language, chunks: [], syntax: outcome.parsed },
    ]);
  }
  await parser.close();
  store.files.put(crowdOf("handle"));
});

afterAll(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Many methods of one name; the last one is the only class's, in a folder of its own. */
function crowdOf(name: string): Parameters<SqliteStore["files"]["put"]>[0] {
  const plain = { signature: "", doc: "", visibility: "public", bodyHash: "0".repeat(16) } as const;
  const perFile = 100;
  return Array.from({ length: crowd / perFile }, (_, at) => {
    const isLast = at === crowd / perFile - 1;
    const definitions = Array.from({ length: perFile }, (_, line) => ({
      ...{ ...plain, name, container: `T${line}` },
      kind: (isLast && line === 50 ? "class" : "method") as "class" | "method",
      ...{ startLine: line + 1, headLine: line + 1, endLine: line + 1 },
    }));
    return {
      path: isLast ? "zone/last.ts" : `crowd/f${String(at).padStart(3, "0")}.ts`,
      stamp: { sizeBytes: 1, mtimeMs: 1, readMs: 5000 },
      contentHash: `c${at}`,
      language: "typescript",
      chunks: [],
      syntax: { definitions, references: [], imports: [], hasErrors: false },
    };
  });
}

const best = (query: string, options = {}): string | undefined => {
  const [hit] = findSymbol(store.symbols, query, { k: 1, ...options });
  return hit && `${hit.match} ${hit.path}:${hit.headLine} ${hit.name}`;
};

describe("a name with signs in it", () => {
  it.each([
    ["build.wheel.targets", "exact setup.toml:1 build.wheel.targets"],
    ["[build.wheel.targets]", "exact setup.toml:1 build.wheel.targets"],
    ["window.zoomLevel", "exact editor.json:1 window.zoomLevel"],
    ['"window.zoomLevel"', "exact editor.json:1 window.zoomLevel"],
    ["'with space':", "exact editor.json:1 with space"],
    ["helm.sh/chart", "exact deploy.yaml:1 helm.sh/chart"],
    ["v4.0.2", "exact notes.md:1 v4.0.2"],
    ["# v4.0.2", "exact notes.md:1 v4.0.2"],
    ["v4.0.2.Why it's (still) slow: part 2?", "exact notes.md:5 Why it's (still) slow: part 2?"],
    [".menu.open", "exact theme.css:1 .menu.open"],
    ["out::warn", "exact log.sh:1 out::warn"],
    ["out::warn()", "exact log.sh:1 out::warn"],
    ["<=>", "exact sort.rb:3 <=>"],
    ["Item.<=>", "exact sort.rb:3 <=>"],
    ["Store::Item#<=>", "exact sort.rb:3 <=>"],
    ["Item#[]=", "exact sort.rb:4 []="],
    ["Item#sold?", "exact sort.rb:5 sold?"],
    ["Old::Item", "exact sort.rb:7 Item"],
    ["operator==", "exact vec.cc:1 operator=="],
    ["Vec::operator==", "exact vec.cc:1 operator=="],
    ["Vec::operator[]", "exact vec.cc:1 operator[]"],
    ["Safe.#door", "exact safe.ts:1 #door"],
    ["#door", "exact safe.ts:1 #door"],
    ["List<string>.size", "exact safe.ts:2 size"],
    ["safe.List.size", "exact safe.ts:2 size"],
  ])("is found as %s", (query, expected) => {
    expect(best(query)).toBe(expected);
  });

  it("is found in every spelling that an outline prints", () => {
    for (const path of Object.keys(files)) {
      const { definitions } = outline(store.symbols, path)?.files[0] ?? { definitions: [] };
      expect(definitions.length, path).toBeGreaterThan(0);
      for (const { name, container, headLine } of definitions) {
        const full = container === "" ? name : `${container}.${name}`;
        for (const query of [name, full]) {
          const hits = findSymbol(store.symbols, query, { k: 50 });
          const found = hits.some((hit) => hit.path === path && hit.headLine === headLine);
          expect(found, `${query} of ${path}`).toBe(true);
        }
      }
    }
  });

  it("is a name in other words where what stands before its dots holds nothing", () => {
    expect(best("Window.ZoomLevel")).toBe("case editor.json:1 window.zoomLevel");
    expect(best("nowhere.size")).toBeUndefined();
  });

  it("may have any signs and any length", () => {
    const random = seededRandom(3);
    const signs = [..."ab.:#->/\\()[]{}<>\"'`*?_ é🚀\0\n"];
    for (let trial = 0; trial < 400; trial += 1) {
      const length = 1 + Math.floor(random() * 40);
      const query = Array.from({ length }, () => signs[Math.floor(random() * signs.length)]).join(
        "",
      );
      if (query.trim() !== "") expect(() => best(query)).not.toThrow();
    }
    for (const query of [
      "a.".repeat(5_000),
      "::".repeat(5_000),
      "x".repeat(10_000),
      "[".repeat(10_000),
    ]) {
      expect(best(query)).toBeUndefined();
      expect(writtenNames(query).length).toBeLessThan(100);
    }
  });
});

describe("a name of very many definitions", () => {
  it("is filtered before it is cut", () => {
    expect(findSymbol(store.symbols, "handle", { path: "zone", k: 1000 })).toHaveLength(100);
    expect(best("handle", { kinds: ["class"] })).toBe("exact zone/last.ts:51 handle");
    expect(best("T50.handle", { path: "zone/**" })).toBe("exact zone/last.ts:51 handle");
    expect(best("handle", { kinds: ["enum"] })).toBeUndefined();
  });

  it("has the best of all first, and as many as are asked for", () => {
    const hits = findSymbol(store.symbols, "handle", { k: 1000 });
    expect(hits).toHaveLength(1000);
    expect(new Set(hits.map(({ id }) => id)).size).toBe(1000);
    expect(hits[0]?.path).toBe("crowd/f000.ts");
  });
});
