import { describe, expect, it } from "vitest";
import { makeSnippet } from "../../../../src/search/showing/snippet.ts";

const text = [
  "import os",
  "",
  "def unrelated():",
  "    return 1",
  "",
  "def openFile(path):",
  "    handle = os.open(path)",
  "    return handle",
  "",
  "def last():",
  "    return 2",
].join("\n");

describe("makeSnippet", () => {
  it("shows the lines with most of the query's words, with their numbers", () => {
    const snippet = makeSnippet(text, 101, "how to open files", { maxLines: 3 });
    expect(snippet.startLine).toBe(106);
    expect(snippet.lines).toEqual([
      "def openFile(path):",
      "    handle = os.open(path)",
      "    return handle",
    ]);
  });

  it("shows the beginning when no word is shared", () => {
    expect(makeSnippet(text, 1, "zebra", { maxLines: 2 })).toEqual({
      startLine: 1,
      lines: ["import os"],
    });
  });

  it("takes a chunk shorter than the snippet whole", () => {
    expect(makeSnippet("one\ntwo", 7, "two")).toEqual({ startLine: 7, lines: ["one", "two"] });
  });

  it.each([
    ["锁", "# 分布式锁"],
    ["환불", "# 환불을 요청한다"],
    ["a ?? b", "const pick = one ?? other;"],
    ["🚀", "// 🚀 launch"],
  ])("shows where %j stands, though no word is shared", (query, line) => {
    const lines = Array.from({ length: 30 }, (_, at) => `filler(${at})`);
    lines[20] = line;
    expect(makeSnippet(lines.join("\n"), 1, query, { maxLines: 3 }).lines).toContain(line);
  });

  it("cuts a long line around the match the match, never through a surrogate pair", () => {
    const long = `${"\u{1F98A}".repeat(300)} needle ${"\u{1F98A}".repeat(300)}`;
    const [line] = makeSnippet(long, 1, "needle", { maxLineChars: 50 }).lines;
    expect(line).toContain("needle");
    expect(line?.startsWith("…")).toBe(true);
    expect(line?.endsWith("…")).toBe(true);
    expect(line?.length).toBeLessThanOrEqual(52);
    expect(/\p{Surrogate}/u.test(line ?? "")).toBe(false);
  });
});
