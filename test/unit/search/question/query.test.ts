import { describe, expect, it } from "vitest";
import { formOf, parseQuery } from "../../../../src/search/question/query.ts";

describe("parseQuery", () => {
  it("takes white space off and fills in k", () => {
    expect(parseQuery({ query: "  how to parse  " })).toMatchObject({
      text: "how to parse",
      k: 10,
    });
    expect(parseQuery({ query: "x", k: 1000 }).k).toBe(1000);
  });

  it("repairs torn surrogate pairs", () => {
    expect(parseQuery({ query: "a \uD83E b \u{1F98A}" }).text).toBe("a \uFFFD b \u{1F98A}");
  });

  it.each([
    ["", 10],
    [" \n\t", 10],
    ["x".repeat(20_001), 10],
    ["x", 0],
    ["x", 1001],
    ["x", 2.5],
    ["x", Number.NaN],
    [undefined as unknown as string, 10],
    ["x", "5" as unknown as number],
  ])("refuses %j with k %j", (query, k) => {
    const call = (): unknown => parseQuery({ query, k });
    expect(call).toThrow(expect.objectContaining({ code: "HAYPILE_USAGE" }));
  });

  it.each([0, -1, 1.5, 1001, Number.NaN])("refuses pages of %s hits", (pageSize) => {
    expect(() => parseQuery({ query: "x", pageSize })).toThrow(
      expect.objectContaining({ code: "HAYPILE_USAGE" }),
    );
  });
});

describe("formOf", () => {
  it.each([
    "getUserById",
    "max_file_size",
    "os.path.join",
    "std::vector",
    "src/search/ranking/fuse.ts",
    "close()",
    "HTTPResponse",
    "__init__",
    "getUserById setUserName open_file read_all close_file",
    "parser",
    "valid filename",
  ])("%j is a look-up", (text) => {
    expect(formOf(text).lookupShare).toBe(1);
  });

  it.each([
    ["get valid filename", 1 / 2],
    ["read a json file", 0],
    ["where is parseQuery called from here", 1 / 6],
    ["how do I open a file", 0],
    ["When did Caroline go to the LGBTQ support group?", 0],
    ["file(s) with U.S. dates, e.g. 3.5 and/or none", 1 / 8],
    ["???", 1],
    ["🚀", 1],
  ])("%j is one in part: %d", (text, share) => {
    expect(formOf(text).lookupShare).toBeCloseTo(share);
  });
});
