/* Trees are freed: the memory of the parse process does not grow with the number of files. */
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import "../helpers/as-installed.ts";
import { grammarsFolder } from "../../src/syntax/grammars.ts";
import { TreeSitterParser } from "../../src/syntax/parser.ts";

const files = 10_000;
const growthBound = 16 * 1024 * 1024;

let parser: TreeSitterParser;

afterEach(() => parser.close());

function rssOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
}

describe.skipIf(process.platform !== "linux")(`${files} parsed files`, () => {
  it.each([
    [
      "python",
      (i: number) =>
        `class C${i}:\n    def m${i}(self, a):\n        return self.n${i}(a, [${i}, 2])\n`.repeat(
          5,
        ),
    ],
    [
      "cpp",
      (i: number) => `struct S${i} { int f${i}(int a) { return g${i}(a, ${i}); } };\n`.repeat(5),
    ],
  ])("in %s keep the memory of their process within a bound", async (language, textOf) => {
    parser = new TreeSitterParser({ grammars: grammarsFolder() });
    let warm = 0;
    for (let from = 0; from < files; from += 50) {
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          parser.parse({ path: `f.${language}`, language, text: textOf(from + i) }),
        ),
      );
      expect(outcomes.every((outcome) => "parsed" in outcome)).toBe(true);
      // After a third of them, code is compiled and heaps have their size.
      if (from === 3000) warm = rssOf(parser.pids[0] as number);
    }
    expect(rssOf(parser.pids[0] as number) - warm).toBeLessThan(growthBound);
  });
});
