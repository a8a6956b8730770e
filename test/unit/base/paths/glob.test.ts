import { describe, expect, it } from "vitest";
import { globMatcher, mostPatternChars } from "../../../../src/base/paths/glob.ts";
import { growth, mostGrowth } from "../../../helpers/growth.ts";
import { seededRandom } from "../../../helpers/temp-tree.ts";

/** The same, by trying every way: slow, and easy to see through. */
function fitsByTrying(pattern: string, path: string): boolean {
  const at = (p: number, s: number): boolean => {
    if (p === pattern.length && (s === path.length || path[s] === "/")) return true;
    if (pattern.startsWith("**/", p)) {
      if (at(p + 3, s)) return true;
      for (let to = s; to < path.length; to += 1)
        if (path[to] === "/" && at(p + 3, to + 1)) return true;
      return false;
    }
    if (pattern.startsWith("**", p)) {
      for (let to = s; to <= path.length; to += 1) if (at(p + 2, to)) return true;
      return false;
    }
    if (pattern[p] === "*") {
      for (let to = s; to <= path.length; to += 1) {
        if (at(p + 1, to)) return true;
        if (path[to] === "/") return false;
      }
      return false;
    }
    if (s >= path.length || p >= pattern.length) return false;
    const fits = pattern[p] === "?" ? path[s] !== "/" : pattern[p] === path[s];
    return fits && at(p + 1, s + 1);
  };
  if (pattern.includes("/")) return at(0, 0);
  return [0, ...[...path.matchAll(/\//g)].map(({ index }) => index + 1)].some((s) => at(0, s));
}

describe("a pattern for paths", () => {
  it("fits what trying every way finds", () => {
    const random = seededRandom(3);
    const pick = (letters: string[]): string =>
      letters[Math.floor(random() * letters.length)] as string;
    let fitting = 0;
    for (let round = 0; round < 30_000; round += 1) {
      const pieces = Array.from({ length: 1 + Math.floor(random() * 7) }, () =>
        pick(["a", "a", "b", "*", "**", "**/", "?", "/", "[", "+"]),
      );
      // As a pattern is read: without "/" at its end, and with a wildcard.
      const pattern = `${pieces.join("")}*`.replace(/^\/+/, "");
      const path = Array.from({ length: 1 + Math.floor(random() * 9) }, () =>
        pick(["a", "a", "b", "/", "[", "+"]),
      )
        .join("")
        .replace(/^\/+|\/+$/g, "");
      if (pattern.startsWith("./")) continue;
      const expected = fitsByTrying(pattern, path);
      if (expected) fitting += 1;
      expect(globMatcher(pattern)(path), `${pattern} ${path}`).toBe(expected);
    }
    expect(fitting).toBeGreaterThan(2_000);
  });

  it("takes letters of any script, and long patterns", () => {
    expect(globMatcher("src/ä?😀*.ts")("src/äx😀y.ts")).toBe(true);
    expect(globMatcher("?")("😀")).toBe(true);
    expect(globMatcher("./src/*/")("src/a/b.ts")).toBe(true);
    for (const stars of [31, 32, 33, 63, 64, 65, 200]) {
      const pattern = `${"a*".repeat(stars)}b`;
      expect(globMatcher(pattern)(`${"ax".repeat(stars)}b`)).toBe(true);
      expect(globMatcher(pattern)(`${"ax".repeat(stars - 1)}b`)).toBe(false);
    }
  });

  // One search froze the daemon: "path:*a*a*…*b" as a regular expression tries every way to share a path.
  it.each([
    ["*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", "a"],
    ["**a**a**a**a**a**a**a**a**a**a**b", "a"],
    ["**/a/**/a/**/a/**/a/**/a/**/a/**/b", "a/"],
    ["a*?*?*?*?*?*?*?*?*?*?*b", "a"],
    ["*/*/*/*/*/*/*/*/*/*/*/*b", "a/"],
    [`${"*a".repeat(249)}b`, "a"],
  ])("takes time in proportion to the path: %s", (pattern, letter) => {
    const fits = globMatcher(pattern);
    expect(fits(letter.repeat(300))).toBe(false);
    const grown = growth((size) => {
      const path = letter.repeat(size / letter.length);
      return () => void fits(path);
    }, 4_000);
    expect(grown).toBeLessThan(mostGrowth);
  });

  it("takes time in proportion to itself, and is refused when it is too long", () => {
    const grown = growth((size) => {
      const fits = globMatcher("*a".repeat(size / 2));
      return () => void fits("a".repeat(200));
    }, mostPatternChars - 20);
    expect(grown).toBeLessThan(mostGrowth);
    expect(() => globMatcher("*".repeat(mostPatternChars + 1))).toThrow(
      expect.objectContaining({ code: "HAYPILE_USAGE" }),
    );
    // A path is no pattern: it may be as long as paths are.
    expect(globMatcher("a/".repeat(2_000))(`${"a/".repeat(2_000)}b`)).toBe(true);
    expect(globMatcher(`${"/".repeat(100_000)}x`)("a")).toBe(false);
  });
});
