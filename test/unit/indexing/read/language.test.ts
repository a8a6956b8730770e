import { describe, expect, it } from "vitest";
import { isProse } from "../../../../src/base/text/prose.ts";
import { languageOf } from "../../../../src/indexing/read/language.ts";

describe("languageOf", () => {
  it.each([
    ["a/b.ts", "typescript"],
    ["a/b.test.TSX", "typescript"],
    ["x.py", "python"],
    ["Dockerfile", "dockerfile"],
    ["deploy/Dockerfile.prod", "dockerfile"],
    ["CMakeLists.txt", "cmake"],
    ["Makefile", "makefile"],
    ["README", "markdown"],
    ["notes", "text"],
    ["a.unknown", "text"],
    [".eslintrc", "json"],
    ["constructor", "text"],
    ["a.toString", "text"],
    ["folder.py/file", "text"],
  ])("%s is %s", (path, language) => {
    expect(languageOf(path)).toBe(language);
  });

  it("knows prose from code", () => {
    expect(isProse("markdown")).toBe(true);
    expect(isProse("text")).toBe(true);
    expect(isProse("python")).toBe(false);
  });
});
