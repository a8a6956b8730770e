import { expect, it } from "vitest";
import { cleanTag, distinctTags, tagKey } from "../../../../src/base/text/tags.ts";

it("has one form for a tag whatever door it came through", () => {
  for (const [one, other] of [
    [" spaced ", "spaced"],
    ["Deploy", "deploy"],
    ["cafe\u0301", "CAFÉ"],
    ["two\u00a0 words", "two words"],
    ["STRASSE", "straße"],
  ] as const) {
    expect(tagKey(one), one).toBe(tagKey(other));
  }
  for (const [one, other] of [
    ["a,b", "ab"],
    ["c", "c++"],
    ["two words", "twowords"],
    ["v1", "v2"],
  ] as const) {
    expect(tagKey(one), one).not.toBe(tagKey(other));
  }
});

it("keeps how it was written, and the first of those that are the same", () => {
  expect(cleanTag(" Release\tNotes ")).toBe("Release Notes");
  expect(distinctTags(["Deploy", "deploy ", "ops"])).toEqual(["Deploy", "ops"]);
});
