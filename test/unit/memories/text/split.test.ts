import { expect, it } from "vitest";
import { estimateTokens, splitText } from "../../../../src/memories/text/split.ts";
import { seededRandom } from "../../../helpers/random.ts";

it("keeps short texts whole", () => {
  for (const text of ["a", "x".repeat(1_000), "日本".repeat(100)]) {
    expect(splitText(text)).toEqual([{ start: 0, end: text.length }]);
  }
});

it("covers every text without gaps, in parts of a bounded size, never inside a character", () => {
  const random = seededRandom(5);
  const pieces = ["word ", "Sentence ends. ", "\n", "\n\n", "日本語", "🎉", "x".repeat(300), "。"];
  for (let round = 0; round < 200; round++) {
    let text = "";
    const length = 50 + random() * 8_000;
    while (text.length < length) text += pieces[Math.floor(random() * pieces.length)];
    const parts = splitText(text);
    let at = 0;
    for (const { start, end } of parts) {
      expect(start).toBe(at);
      expect(end).toBeGreaterThan(start);
      expect(text.slice(start, end).isWellFormed()).toBe(true);
      at = end;
    }
    expect(at).toBe(text.length);
    if (parts.length > 1) {
      for (const { start, end } of parts) {
        expect(estimateTokens(text.slice(start, end))).toBeLessThan(700);
      }
    }
  }
});

it("cuts where a paragraph, a sentence or a word ends", () => {
  const paragraph = `${"Some words stand here. ".repeat(30)}\n\n`;
  const parts = splitText(paragraph.repeat(6)).map(({ start, end }) =>
    paragraph.repeat(6).slice(start, end),
  );
  expect(parts.length).toBeGreaterThan(3);
  for (const part of parts) expect(part.endsWith("\n\n")).toBe(true);
});
