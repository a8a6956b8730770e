import { describe, expect, it } from "vitest";
import { findWords, stem, wellFormed } from "../../../../src/search/question/words.ts";

describe("findWords", () => {
  it.each([
    ["getUserById", ["get", "user", "by", "id"]],
    ["MAX_FILE_SIZE", ["max", "file", "size"]],
    ["parseHTTPResponse", ["parse", "http", "response"]],
    ["sha256sum", ["sha", "256", "sum"]],
    ["größeÄndern", ["größe", "ändern"]],
    ["漢字", ["漢字"]],
  ])("splits %s", (text, parts) => {
    expect(findWords(text)).toEqual([{ raw: text, parts }]);
  });

  it("finds nothing in signs", () => {
    expect(findWords("-- ( ) ___ $")).toEqual([]);
  });
});

describe("stem", () => {
  it("meets forms of one word", () => {
    expect(stem("indexing")).toBe(stem("indexes"));
    expect(stem("files")).toBe(stem("file"));
    expect(stem("parsed")).toBe(stem("parse"));
    expect(stem("is")).toBe("is");
    expect(stem("string")).toBe(stem("strings"));
  });
});

describe("wellFormed", () => {
  it("replaces lone halves only", () => {
    expect(wellFormed("\uDC00a\uD800")).toBe("\uFFFDa\uFFFD");
    expect(wellFormed("\u{1F98A}")).toBe("\u{1F98A}");
  });
});
