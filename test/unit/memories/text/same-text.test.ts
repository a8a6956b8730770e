import { describe, expect, it } from "vitest";
import {
  likeness,
  normalForm,
  sketchOf,
  textHash,
} from "../../../../src/memories/text/same-text.ts";

describe("normalForm", () => {
  it("is the same for texts that say the same", () => {
    const same = [
      ["The user prefers dark mode.", "user  prefers DARK modes!"],
      ["Port: 3030", "port 3030"],
      ["“Quoted” – text", '"quoted" - text'],
      ["ﬁle", "file"],
    ];
    for (const [a = "", b = ""] of same) expect(normalForm(a), a).toBe(normalForm(b));
  });

  it("differs where a number, a name, a sign or the order differs", () => {
    const different = [
      ["port 3030", "port 3031"],
      ["use tabs", "use spaces"],
      ["do it", "do not do it"],
      ["A calls B", "B calls A"],
      ["version 1.2", "version 12"],
      ["a < b", "a > b"],
      ["it is 5 degrees", "it is -5 degrees"],
      ["C", "C++"],
      ["from alpha to beta", "to alpha from beta"],
    ];
    for (const [a = "", b = ""] of different) expect(normalForm(a), a).not.toBe(normalForm(b));
  });

  it("keeps texts of signs or of small words alone apart", () => {
    expect(normalForm("!!!")).not.toBe(normalForm("???"));
    expect(normalForm("the")).not.toBe(normalForm("a"));
  });
});

describe("textHash and sketchOf", () => {
  it("tell namespaces apart, and are whole numbers that SQLite keeps", () => {
    expect(textHash("a", "x y")).not.toBe(textHash("b", "x y"));
    for (let i = 0; i < 200; i++)
      expect(Number.isSafeInteger(textHash("n", `text ${i}`))).toBe(true);
    expect(sketchOf("a", "x y")).not.toEqual(sketchOf("b", "x y"));
  });

  it("share values for texts that are alike, mostly none for others", () => {
    const words = Array.from({ length: 30 }, (_, i) => `word${i}`);
    const shared = (a: string, b: string): number =>
      sketchOf("n", a).filter((value) => sketchOf("n", b).includes(value)).length;
    const text = words.join(" ");
    let found = 0;
    for (let i = 0; i < 30; i++) {
      const changed = words.map((word, at) => (at === i ? "other" : word)).join(" ");
      expect(likeness(text, changed)).toBeCloseTo(29 / 31);
      found += shared(text, changed) > 0 ? 1 : 0;
    }
    expect(found).toBeGreaterThanOrEqual(29);
    expect(shared(text, words.map((word) => `x${word}`).join(" "))).toBe(0);
  });
});
