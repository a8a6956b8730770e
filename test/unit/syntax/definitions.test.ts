/* What is a definition where the grammar alone does not say it: ranges, lines of broken parts, macros, bounds. */
import { afterAll, describe, expect, it } from "vitest";
import type { Definition } from "../../../src/ports/syntax.ts";
import { grammarsFolder } from "../../../src/syntax/grammars.ts";
import { withoutCppMacros, withoutMacros } from "../../../src/syntax/languages/c-macros.ts";
import { TreeSitterParser } from "../../../src/syntax/parser.ts";

const parser = new TreeSitterParser({ grammars: grammarsFolder() });

afterAll(() => parser.close());

async function definitionsOf(language: string, text: string, path = "a"): Promise<Definition[]> {
  const outcome = await parser.parse({ path, language, text });
  if (!("parsed" in outcome)) throw new Error(outcome.failed);
  return outcome.parsed.definitions;
}

async function namesOf(language: string, text: string, path?: string): Promise<string[]> {
  const definitions = await definitionsOf(language, text, path);
  return definitions.map(({ container, name }) =>
    container === "" ? name : `${container}.${name}`,
  );
}

const rangeOf = ({ name, startLine, endLine }: Definition): string =>
  `${startLine}-${endLine} ${name}`;

describe("ranges", () => {
  it("begin at a member's own line, whatever annotation the line above begins with", async () => {
    const java = [
      "class Cart {",
      "  @Inject private Store store;",
      "  private int left = 3;",
      "  @Once",
      '  @Named("x")',
      "  void pay() {}",
      "}",
    ].join("\n");
    expect((await definitionsOf("java", java)).map(rangeOf)).toEqual([
      "1-7 Cart",
      "2-2 store",
      "3-3 left",
      "4-6 pay",
    ]);
    const rust = "#[test] fn first() {}\nfn second() {}\n#[cfg(x)]\nfn third() {}\n";
    expect((await definitionsOf("rust", rust)).map(rangeOf)).toEqual([
      "1-1 first",
      "2-2 second",
      "3-4 third",
    ]);
  });

  it("take a comment to what stands first below it, and to nothing else on that line", async () => {
    const text =
      "// Both of them.\nconst low = 1, high = 2;\n// The colours.\nenum Colour { Red, Green }\n";
    const found = await definitionsOf("typescript", text);
    expect(found.map(({ name, doc }) => [name, doc])).toEqual([
      ["low", "Both of them."],
      ["high", ""],
      ["Colour", "The colours."],
      ["Red", ""],
      ["Green", ""],
    ]);
  });

  it("hold what stands in them, and nothing that stands beside", async () => {
    const text = "int a = 1, *b, c[2];\nstruct point { int x, y; } origin;\n";
    expect(await namesOf("c", text)).toEqual([
      "a",
      "b",
      "c",
      "point",
      "point.x",
      "point.y",
      "origin",
    ]);
  });
});

describe("broken parts", () => {
  it("are read off their lines", async () => {
    const text = [
      "class Cart {",
      "  add(x: string) { this.items.push(x; }",
      "  remove(x: string) { return x; }",
      "}",
      "const = ;;",
      "export async function pay(cart) {",
      "  } ] )",
      "}",
      "export class Till {",
      "  open() {}",
      "}",
    ].join("\n");
    const names = await namesOf("typescript", text);
    for (const name of ["Cart", "pay", "Till"]) expect(names).toContain(name);
  });

  it("give no names from comments, strings and statements", async () => {
    const text =
      'def broken(:\n  # def hidden(): pass\n  x = """\n  def text():\n  """\n  return )\n';
    const names = await namesOf("python", text);
    expect(names).toContain("broken");
    expect(names).not.toContain("hidden");
    expect(names).not.toContain("text");
  });

  it("do not lose what stands between the marks of a merge", async () => {
    const text =
      "def top(): pass\n<<<<<<< HEAD\ndef ours(): pass\n=======\ndef theirs(): pass\n>>>>>>> b\n";
    expect(await namesOf("python", text)).toEqual(["top", "ours", "theirs"]);
  });

  it("are none in a file of Flow", async () => {
    const text =
      "// @flow\ntype Props = {| +title: string |};\nexport function Card(props: Props, x: ?string): React.Node {}\n";
    expect(await namesOf("javascript", text, "card.js")).toEqual(["Props", "Props.title", "Card"]);
  });
});

describe("macros of C and C++", () => {
  it.each([
    ["class MY_API Tree {};", "class        Tree {};"],
    ["class Tree MY_FINAL : Base {};", "class Tree          : Base {};"],
    ["static int __init start(void)", "static int        start(void)"],
    ["JNIEXPORT jint JNICALL run(JNIEnv *e)", "          jint         run(JNIEnv *e)"],
    ["BOOL WINAPI main(int a)", "BOOL        main(int a)"],
    ["MY_MACRO\nint f(void) { }", "        \nint f(void) { }"],
  ])("are blanked in %j", (text, plain) => {
    expect(withoutMacros(text)).toBe(plain);
  });

  it.each([
    "struct FOO bar(void)",
    "return FOO bar(1);",
    "static __u32 read(void)",
    "DWORD thread(void)",
    "const FOO bar = 1;",
    "enum {\n  FIRST_ONE,\n  LAST_ONE\n};",
    "TEST_F(Suite, Case)\n{\n}",
    "MY_TYPE\nfunction_of_gnu (int a)\n{\n}",
  ])("are no such words in %j", (text) => {
    expect(withoutMacros(text)).toBe(text);
  });

  it("keep the places of everything", () => {
    const text =
      "class X : public QObject {\n  Q_OBJECT\npublic slots:\n  void a();\nsignals:\n  void b();\n};\n";
    const plain = withoutCppMacros(text);
    expect(plain).toHaveLength(text.length);
    expect(plain.split("\n").map((line) => line.length)).toEqual(
      text.split("\n").map((line) => line.length),
    );
    expect(plain).not.toMatch(/slots|signals|Q_OBJECT/);
  });
});

describe("keys", () => {
  it("are bounded in files that are data: the upper ones stay", async () => {
    const inner = Array.from({ length: 50 }, (_, at) => `"k${at}": ${at}`).join(", ");
    const rows = Array.from({ length: 100 }, (_, at) => `"row${at}": { ${inner} }`);
    const found = await definitionsOf("json", `{ ${rows.join(",\n")} }`);
    expect(found).toHaveLength(100);
    expect(new Set(found.map(({ container }) => container))).toEqual(new Set([""]));
  });

  it("of a list stand once", async () => {
    const text = "steps:\n  - name: a\n    run: x\n  - name: b\n    run: y\n";
    expect(await namesOf("yaml", text)).toEqual(["steps", "steps.name", "steps.run"]);
  });
});

describe("what a function keeps to itself", () => {
  it("is left out, but for functions and classes", async () => {
    const text = "function f() {\n  const a = 1;\n  const g = () => a;\n  class C { x = 1; }\n}\n";
    expect(await namesOf("javascript", text)).toEqual(["f", "f.g", "f.C", "f.C.x"]);
  });

  it("stays out where a constructor sets attributes", async () => {
    const text =
      "class A:\n    def __init__(self):\n        self.kept = 1\n        own = 2\n        self.kept = 3\n    def other(self):\n        self.late = 1\n";
    expect(await namesOf("python", text)).toEqual(["A", "A.__init__", "A.kept", "A.other"]);
  });
});

describe("statements of SQL", () => {
  it("end where they end, and hold their columns", async () => {
    const text =
      "create table a (x int, y text); create view b as select 1;\n\n-- The last.\ncreate table c (\n  z int\n);\n";
    const found = await definitionsOf("sql", text);
    expect(found.map((one) => `${rangeOf(one)} ${one.container}`)).toEqual([
      "1-1 a ",
      "1-1 x a",
      "1-1 y a",
      "1-1 b ",
      "3-6 c ",
      "5-5 z c",
    ]);
    expect(found[4]?.doc).toBe("The last.");
  });
});

describe("names", () => {
  it("are those inside patterns, and the function's own where a module is one", async () => {
    expect(await namesOf("typescript", "export const { a: { b }, c: d = 1 } = x;\n")).toEqual([
      "b",
      "d",
    ]);
    expect(await namesOf("typescript", "namespace Tea { export const warm = 1; }\n")).toEqual([
      "Tea",
      "Tea.warm",
    ]);
    expect(await namesOf("javascript", "module.exports = function brew() {};\n")).toEqual(["brew"]);
    expect(await namesOf("javascript", "module.exports = class Pot { pour() {} };\n")).toEqual([
      "Pot",
      "Pot.pour",
    ]);
    expect(await namesOf("javascript", "module.exports = function () {};\n")).toEqual([
      "module.exports",
    ]);
    expect(
      await namesOf("javascript", "Pot.prototype = { pour: function () {}, fill() {} };\n"),
    ).toEqual(["Pot.pour", "Pot.fill"]);
  });

  it("are without quotes, spaces and the class of a pointer", async () => {
    expect(await namesOf("toml", '[teas . "green.1"]\n"two words" = 1\n')).toEqual([
      "teas.green.1",
      "teas.green.1.two words",
    ]);
    expect(await namesOf("php", '<?php\ndefine("WARM", 1);\n')).toEqual(["WARM"]);
    expect(await namesOf("cpp", "int Pot::*level;\n")).toEqual(["level"]);
    const ruby =
      "class Pot\n  def_delegators :@cups, :size\n  def_delegator :@cups, :first, :head\nend\n";
    expect(await namesOf("ruby", ruby)).toEqual(["Pot", "Pot.size", "Pot.head"]);
  });

  it("are found in bodies on one line", async () => {
    const kotlin =
      "class Tea {\n  object Warm { const val MAX = 1 }\n  interface Poured { fun pour() }\n  enum class Kind { MINT }\n}\n";
    expect(await namesOf("kotlin", kotlin)).toEqual([
      "Tea",
      "Tea.Warm",
      "Tea.Warm.MAX",
      "Tea.Poured",
      "Tea.Poured.pour",
      "Tea.Kind",
      "Tea.Kind.MINT",
    ]);
  });

  it("are no headings where a file begins with keys, nor in a comment", async () => {
    const text = "---\ntitle: Tea\n# kind: green\n---\n# Warm\n\n<!--\n# Cold\n-->\n## Poured\n";
    expect(await namesOf("markdown", text)).toEqual(["Warm", "Warm.Poured"]);
    expect(await namesOf("markdown", "---\n\n# Tea\n\nMint\n---\n")).toEqual(["Tea", "Tea.Mint"]);
  });
});
