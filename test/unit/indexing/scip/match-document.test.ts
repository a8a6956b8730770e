import { describe, expect, it } from "vitest";
import { matchDocument } from "../../../../src/indexing/scip/match-document.ts";
import type { ScipDocument, ScipEncoding } from "../../../../src/indexing/scip/read-index.ts";
import { readSymbol } from "../../../../src/indexing/scip/symbol-name.ts";
import { type MadeDocument, marked, symbolOf } from "../../../helpers/scip-bytes.ts";

function read({ path, occurrences = [] }: MadeDocument, encoding: ScipEncoding = 0): ScipDocument {
  const symbols = [...new Set(occurrences.map(({ symbol }) => symbol))];
  return {
    path,
    encoding,
    symbols,
    occurrences: occurrences.map(({ range, symbol, roles = 0 }) => ({
      line: range[0] as number,
      start: range[1] as number,
      endLine: range[0] as number,
      end: range[2] as number,
      symbol: symbols.indexOf(symbol),
      isDefinition: roles === 1,
    })),
    inherits: [],
  };
}

const key = (descriptors: string): number => readSymbol(symbolOf(descriptors))?.key ?? -1;

const source = `import { «make make().» as mk } from "./other.ts";
export class «=Circle Circle#» {
  «=area Circle#area().»() { return this.«unit Circle#unit.» + mk(«n Circle#area().(n)»); }
}
const a = "日本語 😀" + «area Circle#area().»<Foo<Bar>> (1) + «Circle Circle#».«area Circle#area().»;
`;

describe("readSymbol", () => {
  it.each([
    ["scip-typescript npm t 1.0.0 src/`a.ts`/Circle#`#r`.", "#r", "term"],
    ["scip-python python t 1 `pkg.shapes`/make().(n)", "n", "parameter"],
    ["scip-python python t 1 pkg/__init__:", "__init__", "meta"],
    ["scip-java maven a  b/c 1 com/example/Foo#`<init>`(+1).", "<init>", "method"],
    ["rust-analyzer cargo x 0.1 io/impl#[File][Read]read().", "read", "method"],
    ["rust-analyzer cargo x 0.1 io/Read#[T]", "T", "type-parameter"],
    ["rust-analyzer cargo x 0.1 macros/vec!", "vec", "macro"],
    ["scip-go gomod m v `m/p`/", "m/p", "namespace"],
    ["s m p v `a``b`.", "a`b", "term"],
    ["s m p v größe.", "größe", "term"],
    ["s . . . f().", "f", "method"],
  ])("reads %s", (text, name, sort) => {
    expect(readSymbol(text)).toMatchObject({ name, sort });
  });

  it.each([
    "local 12",
    "",
    "a",
    "s m p v ",
    "s m p v `open",
    "s m p v (open",
    "s m p v f(",
    "s m p v f",
    "s m p v f?",
    "s m p",
    `s m p v ${"(".repeat(4_000)}`,
  ])("takes %j for no symbol of more than one document", (text) => {
    expect(readSymbol(text)).toBeUndefined();
  });

  it("knows a symbol again in another version, and no other one", () => {
    const one = readSymbol("s npm pkg 1.0.0 a/f().")?.key;
    expect(readSymbol("s npm pkg 2.0.0 a/f().")?.key).toBe(one);
    for (const other of [
      "s npm pkg 1.0.0 a/g().",
      "s npm pkh 1.0.0 a/f().",
      "t npm pkg 1 a/f().",
    ]) {
      expect(readSymbol(other)?.key).not.toBe(one);
    }
    expect(Number.isSafeInteger(one)).toBe(true);
  });
});

describe("matchDocument", () => {
  const { text, document } = marked("a.ts", source);

  it("gives definitions and uses by line, and which uses are calls", () => {
    const found = matchDocument(read(document), text, new Set());
    expect(found).toMatchObject({ isWhole: true, unfit: 0, compared: 8 });
    expect(found?.definitions).toEqual([
      { symbol: key("Circle#"), name: "Circle", line: 2 },
      { symbol: key("Circle#area()."), name: "area", line: 3 },
    ]);
    const lines = new Map(found?.uses.map((one) => [one.symbol, one.lines]));
    expect(lines.get(key("make()."))).toEqual([{ line: 1, how: "import" }]);
    expect(lines.get(key("Circle#area()."))).toEqual([{ line: 5, how: "call" }]);
    expect(lines.get(key("Circle#"))).toEqual([{ line: 5, how: "other" }]);
    // Parameters are nobody's definitions.
    expect(lines.has(key("Circle#area().(n)"))).toBe(false);
  });

  it.each([
    ["UTF-16", 2, (line: string) => line.length],
    ["UTF-8", 1, (line: string) => Buffer.byteLength(line)],
    ["UTF-32", 3, (line: string) => [...line].length],
  ] as const)("counts characters as the index does: %s", (_, encoding, lengthOf) => {
    const line = 'const text = "größe 😀 日本" + make(1);';
    const before = line.slice(0, line.indexOf("make"));
    const start = lengthOf(before);
    const occurrences = [{ range: [0, start, start + 4], symbol: symbolOf("make().") }];
    for (const said of [encoding, 0] as const) {
      const found = matchDocument(read({ path: "a.ts", occurrences }, said), line, new Set());
      expect(found?.uses).toMatchObject([{ lines: [{ line: 1, how: "call" }] }]);
    }
    for (const other of ([1, 2, 3] as const).filter((one) => one !== encoding)) {
      const found = matchDocument(read({ path: "a.ts", occurrences }, other), line, new Set());
      expect(found).toBeUndefined();
    }
  });

  it("takes an alias that the file imports, words that stand for a definition, and no other name", () => {
    const line = "mk(2); new Self(); other(3); «a a.»";
    const at = (word: string, descriptors: string) => ({
      range: [0, line.indexOf(word), line.indexOf(word) + word.length],
      symbol: symbolOf(descriptors),
    });
    const occurrences = [
      at("mk", "make()."),
      at("Self", "Circle#"),
      at("new", "Circle#`<constructor>`()."),
    ];
    const found = matchDocument(read({ path: "a.ts", occurrences }), line, new Set(["mk"]));
    expect(found).toMatchObject({ unfit: 0, compared: 3 });
    const wrong = { path: "a.ts", occurrences: [at("other", "make().")] };
    expect(matchDocument(read(wrong), line, new Set(["mk"]))).toBeUndefined();
  });

  it.each([
    ["import { «make make().» } from './a';", "import"],
    ["import {\n  «make make().»,\n  other,\n} from './a';", "import"],
    ["import type {\n  x,\n} from 'y';\nrun(«make make().»);", "other"],
    ["export {\n  «make make().»,\n} from './a';", "import"],
    ["export { «make make().» as other } from './a';", "import"],
    ["export const all = { «make make().» };", "other"],
    ["from a import (\n    b,\n    «make make().» as mk,\n)", "import"],
    ["use crate::{a, «make make().»};", "import"],
    ["pub(crate) use a::«make make().»;", "import"],
    ["await import(«make make().»)", "other"],
    ["«make make().» (1)", "call"],
    ["«make make().»::<Vec<u8>>(1)", "call"],
    ["«make make().»!(1)", "call"],
    ["«make make().» < 3 && (a)", "other"],
    ["important(«make make().»)", "other"],
  ])("says how a name is used: %j", (source, how) => {
    const made = marked("a.ts", source);
    const found = matchDocument(read(made.document), made.text, new Set(["mk"]));
    expect(found?.uses).toMatchObject([{ lines: [{ how }] }]);
  });

  it("leaves out the whole document when a line was put before its first one", () => {
    expect(matchDocument(read(document), `// new\n${text}`, new Set())).toBeUndefined();
    expect(matchDocument(read(document), "", new Set())).toBeUndefined();
    expect(
      matchDocument(read(document), text.replaceAll(/[ae]/gu, "o"), new Set()),
    ).toBeUndefined();
  });

  it("leaves out single places, and is not whole where one is no name", () => {
    const many = Array.from({ length: 40 }, (_, i) => `«make make().»(${i});`).join("\n");
    const made = marked("a.ts", many);
    for (const [other, isWhole] of [
      ["made(7)", true],
      ["ma(e(7)", false],
      ["remake(7)", false],
    ] as const) {
      const changed = made.text.replace("make(7)", other);
      const found = matchDocument(read(made.document), changed, new Set());
      expect(found).toMatchObject({ isWhole, unfit: 1, compared: 40 });
      const lines = found?.uses[0]?.lines.map(({ line }) => line);
      expect(lines).not.toContain(8);
      expect(lines).toHaveLength(39);
    }
    const fifth = made.text.replace(/make\((\d*[05])\)/gu, "made($1)");
    expect(matchDocument(read(made.document), fifth, new Set())?.isWhole).toBe(false);
    const most = made.text.replace(/make\((\d*[0-6])\)/gu, "made($1)");
    expect(matchDocument(read(made.document), most, new Set())).toBeUndefined();
  });

  it("goes over a long line once, however many places it has", () => {
    const one = { path: "a.ts", occurrences: [] };
    const places = Array.from({ length: 100_000 }, (_, i) => ({
      ...{ line: 0, start: i * 5, endLine: 0, end: i * 5 + 4, symbol: 0, isDefinition: false },
    }));
    const document = { ...read(one), symbols: [symbolOf("make().")], occurrences: places };
    const found = matchDocument(document, "make ".repeat(100_000), new Set());
    expect(found).toMatchObject({ compared: 100_000, unfit: 0 });
    expect(matchDocument(document, "mäke ".repeat(100_000), new Set())).toBeUndefined();
  });

  it("takes no part of a longer word, and no place outside the text", () => {
    const spots = [
      [0, 0, 4],
      [0, 4, 8],
      [0, 90, 94],
      [9, 0, 4],
      [0, 4, 4_000_000_000],
      [0, 8, 4],
    ];
    for (const range of spots) {
      const one = { path: "a.ts", occurrences: [{ range, symbol: symbolOf("make().") }] };
      expect(matchDocument(read(one), "remake()", new Set(["rema"]))).toBeUndefined();
    }
  });
});
