/* Filters that fit nothing were "Nothing found": each is an answer now, or a sentence that says what is wrong. */

import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { queryOf } from "../../src/cli/commands/code/search.ts";
import { type Engine, open } from "../../src/index.ts";
import { writeTree } from "../helpers/temp-tree.ts";

// On a machine where other work runs, processes take their time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

let root: string;
let engine: Engine;

beforeAll(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "haypile-filters-")));
  const code = (name: string): string => `export function kettle${name}() {}\n`;
  writeTree(root, {
    "my app/src/one.ts": code("One"),
    "a,b/two.ts": code("Two"),
    "app/[id]/page.tsx": code("Three"),
    "src/Utils/four.ts": code("Four"),
    "src/other/five.py": "def kettle_five():\n    pass\n",
    "src/ lead.ts": code("Six"),
    "it's/seven.ts": code("Seven"),
    "nai\u0308ve/eight.ts": code("Eight"),
    "tests/nine.test.ts": code("Nine"),
    "docs/ten.md": "# kettle\n",
    "build/left-out.ts": code("Gone"),
    ".gitignore": "build/\n",
  });
  engine = await open({ folder: root, database: join(root, "..", `${root.split("/").pop()}.db`) });
  await engine.index({ fillIn: "off" });
});

afterAll(async () => {
  await engine.reset();
  rmSync(root, { recursive: true, force: true });
});

const ask = async (query: string, filter = {}) => {
  const { hits, cut } = await engine.search(query, { fillIn: "off", filter });
  return { paths: hits.map(({ path }) => path).sort(), cut };
};

describe("filters in a query", () => {
  it.each([
    ['kettle path:"my app"', ["my app/src/one.ts"]],
    ["kettle path:'my app/src'", ["my app/src/one.ts"]],
    ["kettle path:a,b", ["a,b/two.ts"]],
    ['kettle path:"a,b","my app"', ["a,b/two.ts", "my app/src/one.ts"]],
    ["kettle path:src/{Utils,other}/**", ["src/Utils/four.ts", "src/other/five.py"]],
    ["kettle path:app/[id]", ["app/[id]/page.tsx"]],
    ['kettle path:"src/ lead.ts"', ["src/ lead.ts"]],
    ["kettle path:it's", ["it's/seven.ts"]],
    ["kettle path:na\u00efve", ["nai\u0308ve/eight.ts"]],
    ["kettle lang:py", ["src/other/five.py"]],
    ["kettle lang:.md", ["docs/ten.md"]],
    ["kettle -lang:ts,text -path:docs", ["src/other/five.py"]],
    ["kettle lang:python,markdown", ["docs/ten.md", "src/other/five.py"]],
  ])("%s", async (query, expected) => {
    const { paths, cut } = await ask(query);
    expect(paths).toEqual(expected);
    expect(cut).toEqual([]);
  });

  it("take a language by any of its names", async () => {
    for (const name of ["ts", "tsx", "TypeScript", ".mts"]) {
      expect((await ask(`kettle lang:${name}`)).paths, name).toContain("src/Utils/four.ts");
    }
  });

  it("stay together as the shell gave them", () => {
    expect(queryOf(["kettle", "path:my app"])).toBe('kettle path:"my app"');
    expect(queryOf(["kettle", '-path:quo"te dir'])).toBe('kettle -path:"quo\\"te dir"');
    expect(queryOf(["path:src where is it"])).toBe("path:src where is it");
    expect(queryOf(["where", "is", "it"])).toBe("where is it");
  });
});

describe("filters beside a query", () => {
  it("may be absolute, inside the folder", async () => {
    const { paths, cut } = await ask("kettle", { paths: [join(root, "src")] });
    expect(paths).toEqual(["src/ lead.ts", "src/Utils/four.ts", "src/other/five.py"]);
    expect(cut).toEqual([]);
    expect((await ask(`kettle path:"${join(root, "my app")}"`)).paths).toHaveLength(1);
  });

  it("are those of symbols, outlines and why, too", async () => {
    const inUtils = { path: join(root, "src", "Utils") };
    expect(engine.findSymbol("kettleFour", inUtils)).toHaveLength(1);
    expect(engine.references("kettleFour", { path: "src/{Utils,other}" }).symbol.path).toBe(
      "src/Utils/four.ts",
    );
    expect(engine.outline(join(root, "a,b")).files).toHaveLength(1);
    const { isIndexed } = await engine.why("kettle", join(root, "a,b", "two.ts"));
    expect(isIndexed).toBe(true);
  });
});

describe("a filter that fits nothing is told", () => {
  it.each([
    ["kettle path:nowhere", /fits the path nowhere; its folders are .*docs\//],
    ["kettle path:srk", /did you mean src\?/],
    ["kettle path:utils", /did you mean src\/Utils\?/],
    ["kettle path:build", /it is there, but was skipped or ignored/],
    ['kettle path:"src', /its quote is not closed/],
    ["kettle path:{src,docs", /its braces do not close/],
    ["kettle path:src}", /its braces do not close/],
    ["kettle path:/etc", /not inside/],
    ["kettle path:../other", /not inside/],
    ["kettle lang:go", /no file of the index is in go; it has typescript \(8\)/],
    ["kettle lang:go,py", /no file of the index is in go/],
    ["kettle lang:py path:docs", /no file fits all of them together/],
    ["kettle kind:class path:docs", /no class begins/],
    ["kettle path:tests -test", /no file fits all of them together/],
  ])("%s", async (query, expected) => {
    const { cut } = await ask(query);
    expect(cut).toHaveLength(1);
    expect(cut[0]).toMatch(expected);
    // The second time the ranking is remembered; what is wrong is still told.
    expect((await ask(query)).cut).toEqual(cut);
  });

  it("is too much with ten thousand patterns, wherever they stand", async () => {
    const paths = Array.from({ length: 10_000 }, (_, at) => `folder${at}/**/*.ts`);
    const tooMany = /at most 100 path filters but got 10000/;
    await expect(ask("kettle", { paths })).rejects.toThrow(tooMany);
    await expect(ask("kettle", { notPaths: paths })).rejects.toThrow(tooMany);
    expect(() => engine.findSymbol("kettleFour", { path: paths })).toThrow(tooMany);
    expect(() => engine.references("kettleFour", { path: paths })).toThrow(tooMany);
    // One said ten thousand times is one.
    const same = Array.from({ length: 10_000 }, () => "src/Utils");
    expect(engine.findSymbol("kettleFour", { path: same })).toHaveLength(1);
  });

  it("is shown in part where it is long", async () => {
    const { cut } = await ask(`kettle path:${"{a,".repeat(3000)}`);
    expect(cut[0]).toMatch(/the path [{a,]{120}…: its braces do not close$/);
  });

  it("keeps what the other parts of a list find", async () => {
    const { paths, cut } = await ask("kettle path:docs,nowhere");
    expect(paths).toEqual(["docs/ten.md"]);
    expect(cut[0]).toMatch(/the path nowhere/);
  });

  it("is an error where no answer can say it", async () => {
    await expect(ask("kettle lang:klingon")).rejects.toThrow(/Expected a language.*"klingon"/);
    await expect(ask("kettle lang:pyton")).rejects.toThrow(/Did you mean python\?/);
    await expect(ask("kettle", { languages: ["klingon"] })).rejects.toThrow(/"klingon"/);
    await expect(ask("kettle", { kinds: ["thing"] })).rejects.toThrow(/"thing"/);
    await expect(ask("kettle -kind:class")).rejects.toThrow(/without "-"/);
    const wrong = { path: "srk" };
    expect(() => engine.findSymbol("kettleFour", wrong)).toThrow(/did you mean src\?/);
    expect(() => engine.callers("kettleFour", wrong)).toThrow(/did you mean src\?/);
    // The path is right, and the name is not.
    expect(engine.findSymbol("nothing like this at all", { path: "src" })).toEqual([]);
    expect(() => engine.callers("noSuchThing", { path: "src" })).toThrow(/"noSuchThing" is none/);
  });
});
