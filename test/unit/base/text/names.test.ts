import { describe, expect, it } from "vitest";
import { deletions, foldName, hash32, isOneLetterApart } from "../../../../src/base/text/names.ts";

describe("foldName", () => {
  it("makes one of all spellings", () => {
    const spellings = [
      "get_user_by_id",
      "getUserById",
      "GetUserByID",
      "get user by id",
      "get-user::byId()",
    ];
    expect(new Set(spellings.map(foldName))).toEqual(new Set(["getuserbyid"]));
    expect(foldName("Größe_2")).toBe("größe2");
    expect(foldName("___")).toBe("");
  });
});

describe("isOneLetterApart", () => {
  it.each([
    ["config", "config", true],
    ["config", "cofig", true],
    ["config", "coonfig", true],
    ["config", "cinfig", true],
    ["config", "ocnfig", true],
    ["config", "cnofig", true],
    ["config", "cofg", false],
    ["config", "cinfog", false],
    ["ab", "ba", true],
    ["", "a", true],
    ["", "ab", false],
  ])("%s and %s: %s", (a, b, expected) => {
    expect(isOneLetterApart(a, b)).toBe(expected);
    expect(isOneLetterApart(b, a)).toBe(expected);
  });
});

describe("deletions", () => {
  it("share one for any two names one letter apart", () => {
    const letters = "abcdefgh";
    const name = "readfile";
    const all = (text: string): Set<number> => new Set([text, ...deletions(text)].map(hash32));
    const own = all(name);
    for (let at = 0; at < name.length; at += 1) {
      const changed = [
        name.slice(0, at) + name.slice(at + 1),
        ...[...letters].map((letter) => name.slice(0, at) + letter + name.slice(at)),
        ...[...letters].map((letter) => name.slice(0, at) + letter + name.slice(at + 1)),
      ];
      for (const other of changed) {
        expect(
          [...all(other)].some((hash) => own.has(hash)),
          other,
        ).toBe(true);
      }
    }
  });

  it("are none for short and long names, and each is there once", () => {
    expect(deletions("abc")).toEqual([]);
    expect(deletions("a".repeat(49))).toEqual([]);
    expect(deletions("aabb")).toEqual(["abb", "aab"]);
  });
});
