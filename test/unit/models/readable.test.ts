import { describe, expect, it } from "vitest";
import { readsOf } from "../../../src/models/readable.ts";
import type { PieceReader } from "../../../src/ports/tokenizer.ts";

/** One piece a word where the script is known, one a letter else. */
function pieces(known: RegExp, unknown?: RegExp): PieceReader {
  return {
    unknownId: unknown === undefined ? undefined : 1,
    encode: (text) =>
      Int32Array.from(
        text
          .split(/\s+/u)
          .filter((word) => word !== "")
          .flatMap((word) => {
            if (unknown?.test(word) === true) return [1];
            return known.test(word) ? [2] : Array.from(word, () => 3);
          }),
      ),
  };
}

describe("what a model can read", () => {
  it("is said by its description", () => {
    const reads = readsOf(["Latin"], pieces(/./u));
    expect(reads("where is the retry delay")).toBe(true);
    expect(reads("où est le délai")).toBe(true);
    for (const text of [
      "где задержка",
      "결제를 취소하고",
      "分布式锁",
      "ตรวจสอบ",
      "ⲁⲃⲅ",
      "🚀🔥",
      "??",
      "||=",
    ]) {
      expect(reads(text)).toBe(false);
    }
    expect(reads("")).toBe(true);
    expect(reads("  ")).toBe(true);
    expect(reads("5433")).toBe(true);
    expect(reads("٣٤")).toBe(true);
  });

  it("goes by most of the letters of a text", () => {
    const reads = readsOf(["Latin"], pieces(/./u));
    expect(reads("def acquire(name): # 分布式锁\n    return redis.setnx(name)")).toBe(true);
    expect(reads("用 API 获取用户的支付记录并且检查余额")).toBe(false);
  });

  it("is asked of the tokeniser where nobody says: words spelt out or unknown are not read", () => {
    const english = readsOf(undefined, pieces(/^[\x21-\x7e]+$/u));
    expect(english("hello there")).toBe(true);
    expect(english("привет мир")).toBe(false);
    const many = readsOf(undefined, pieces(/./u));
    expect(many("привет мир")).toBe(true);
    expect(many("ⲁⲃⲅ")).toBe(true);
    const withoutThai = readsOf(undefined, pieces(/./u, /[\u0e00-\u0e7f]/u));
    expect(withoutThai("ประเทศไทย")).toBe(false);
    expect(withoutThai("中国人民")).toBe(true);
  });

  it("takes a time that does not grow with the text", () => {
    const reads = readsOf(["Latin"], pieces(/./u));
    const before = process.cpuUsage();
    for (let at = 0; at < 200; at += 1) reads("ж".repeat(500_000));
    const { user } = process.cpuUsage(before);
    expect(user / 1_000).toBeLessThan(5_000);
  });
});
