/* Filters as people type them found nothing: quotes, commas, braces, absolute paths, other forms of a letter. */
import { describe, expect, it } from "vitest";
import { expandBraces, pathFilter, readList } from "../../../../src/base/paths/path-filter.ts";

describe("expandBraces", () => {
  it.each([
    ["src", ["src"]],
    ["src/{a,b}/x", ["src/a/x", "src/b/x"]],
    ["{a,b}{1,2}", ["a1", "a2", "b1", "b2"]],
    ["{a,{b,c}}/d", ["a/d", "b/d", "c/d"]],
    ["*.{ts,tsx}", ["*.ts", "*.tsx"]],
    ["a{,b}", ["a", "ab"]],
    ["{one}", ["{one}"]],
    ["{one}/{a,b}", ["{one}/a", "{one}/b"]],
    ["a{b,c", ["a{b,c"]],
    ["a}b,c{", ["a}b,c{"]],
    ["", [""]],
  ])("%j", (pattern, expected) => expect(expandBraces(pattern)).toEqual(expected));

  it("refuses what stands for too many, at once", () => {
    const many = "{a,b,c,d,e,f,g,h}".repeat(40);
    expect(() => expandBraces(many)).toThrow(/at most 256/);
    expect(() => expandBraces("{a,b}".repeat(9))).toThrow(/at most 256/);
    expect(expandBraces("{a,b}".repeat(8))).toHaveLength(256);
    // Deep nesting is work in proportion, too.
    expect(expandBraces("{".repeat(5000))).toHaveLength(1);
  });
});

describe("readList", () => {
  it.each([
    ["a", ["a"]],
    // A folder may be called so.
    ["a,b", ["a", "b", "a,b"]],
    ['"a,b"', ["a,b"]],
    ['"my app",docs', ["my app", "docs"]],
    ["'my app'", ["my app"]],
    ['"quo\\"te"', ['quo"te']],
    ["it's", ["it's"]],
    ['"open', ['"open']],
    ["src/{a,b}/x", ["src/{a,b}/x"]],
    ["src/{a,b},docs", ["src/{a,b}", "docs", "src/{a,b},docs"]],
    ['"my app"/src', ["my app/src"]],
    [" lead", [" lead"]],
    [",,", []],
    ["", []],
  ])("%j", (text, expected) => expect(readList(text)).toEqual(expected));
});

describe("pathFilter", () => {
  it.each([
    ["src/{Utils,other}/**", "src/Utils/z.ts", true],
    ["src/{Utils,other}/**", "src/third/z.ts", false],
    ["app/[id]", "app/[id]/page.tsx", true],
    ["app/(auth)", "app/(auth)/login/page.tsx", true],
    ["nai\u0308ve", "na\u00efve/z.ts", true],
    ["na\u00efve", "nai\u0308ve/z.ts", true],
    ["./src/", "src/a.ts", true],
  ])("%j, %j: %j", (pattern, path, expected) => expect(pathFilter(pattern)(path)).toBe(expected));

  it("is refused where each of its limits holds and their product does not", () => {
    // Report of the kind: stars times braces times paths held up a daemon for minutes.
    const choices = Array.from({ length: 250 }, (_, at) => `${at}x`).join(",");
    const fits = pathFilter(`${"*a".repeat(220)}{${choices}}*b*c`);
    const askAll = (): void => {
      for (let at = 0; at < 3_000; at += 1) fits(`src/${"a".repeat(120)}/${at}.ts`);
    };
    expect(askAll).toThrow(/take too long on an index of this size/);
    const usual = pathFilter("src/**/*.{ts,tsx}");
    for (let at = 0; at < 100_000; at += 1) usual(`src/some/folder/of/a/project/${at}.ts`);
  });
});

describe("where upper and lower case are one", () => {
  it("fits names in any letters, and elsewhere only as they are", () => {
    const of = (pattern: string, folds: boolean) => pathFilter(pattern, undefined, folds);
    for (const pattern of ["SRC", "src/*.TS", "Src/{A,b}.ts", "src/**/A.ts"]) {
      expect(of(pattern, true)("src/a.ts"), pattern).toBe(true);
      expect(of(pattern, false)("src/a.ts"), pattern).toBe(false);
    }
    expect(of("\u00dcber", true)("u\u0308ber/x.md")).toBe(true);
  });
});
