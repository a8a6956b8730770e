import { describe, expect, it } from "vitest";
import {
  fileMatcher,
  inIndexWords,
  joinFilters,
  parseFilters,
} from "../../../../src/search/question/filter.ts";

describe("parseFilters", () => {
  it.each([
    ["retry lang:go", "retry", { languages: ["go"] }],
    ["lang:Python,go path:src/** how", "how", { languages: ["python", "go"], paths: ["src/**"] }],
    ["a -path:docs b", "a  b", { notPaths: ["docs"] }],
    ["a kind:function,class", "a", { kinds: ["function", "class"] }],
    ["a -test", "a", { noTests: true }],
    ["-tests a", "a", { noTests: true }],
    ["plain words", "plain words", {}],
    ["a pre-test run", "a pre-test run", {}],
    ["std::vector http://x kind : y", "std::vector http://x kind : y", {}],
  ])("reads %s", (query, text, filter) => {
    expect(parseFilters(query)).toEqual({
      text: expect.stringContaining(text.split("  ")[0] as string),
      filter,
    });
  });

  it("refuses unknown kinds, and filters alone", () => {
    expect(() => parseFilters("a kind:thing")).toThrow(/got "thing"/);
    expect(() => parseFilters("lang:go")).toThrow(/only "lang:go"/);
  });

  it("joins with those given beside, the query's own first", () => {
    expect(joinFilters({}, {})).toBeUndefined();
    expect(joinFilters({}, undefined)).toBeUndefined();
    expect(joinFilters({ languages: ["go"] }, { languages: ["c"], noTests: true })).toEqual({
      languages: ["go"],
      noTests: true,
    });
  });

  it("takes a path once, and refuses more than can be held against every file", () => {
    const paths = Array.from({ length: 101 }, (_, at) => `src/p${at}`);
    expect(inIndexWords({ paths: ["src", "src", "lib"] }, undefined).paths).toEqual(["src", "lib"]);
    for (const filter of [{ paths }, { notPaths: paths }]) {
      expect(() => inIndexWords(filter, undefined)).toThrow(
        expect.objectContaining({ code: "HAYPILE_USAGE" }),
      );
    }
  });

  it("matches files", () => {
    const fits = fileMatcher({
      languages: ["go"],
      paths: ["src"],
      notPaths: ["src/gen"],
      noTests: true,
    });
    const go = (path: string) => fits({ path, language: "go" });
    expect([go("src/a.go"), go("lib/a.go"), go("src/gen/a.go"), go("src/a_test.go")]).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(fits({ path: "src/a.c", language: "c" })).toBe(false);
  });
});
