import { describe, expect, it } from "vitest";
import { type Limits, readLimits } from "../../../../src/config/options/limits.ts";
import { AlertBook, looksInARow } from "../../../../src/daemon/health/alert-book.ts";

const limits = (text: string, falls = false): Limits =>
  readLimits(text, ["ms", "share", "bytes"], falls) as Limits;

/** Looks at one rule with a clock of its own, ten seconds a look. */
function bench(said = "100ms,1s") {
  let now = Date.UTC(2026, 0, 1);
  const book = new AlertBook(() => now);
  let marks = limits(said);
  const look = (ms: number | undefined) => {
    now += 10_000;
    const values = ms === undefined ? undefined : { ms };
    return book
      .look([{ rule: "write-p95", limits: marks, values, says: "The time" }])
      .map(({ level }) => level)
      .join();
  };
  const looks = (...all: (number | undefined)[]) => all.map(look);
  const setMarks = (text: string): void => {
    marks = limits(text);
  };
  return { book, looks, setMarks };
}

describe("AlertBook", () => {
  it("raises at the third look in a row, and tells it once", () => {
    const { book, looks } = bench();
    expect(looks(150, 150, 150, 150, 150)).toEqual(["", "", "warning", "", ""]);
    const [alert] = book.now();
    expect(alert).toMatchObject({ id: 1, rule: "write-p95", value: 150, unit: "ms", mark: 100 });
    expect(alert?.at).toBe("2026-01-01T00:00:30.000Z");
    expect(alert?.text).toBe("The time is 150 ms, at or above the warning mark of 100ms.");
  });

  it("is not moved by what is short", () => {
    const { book, looks } = bench();
    expect(looks(150, 150, 20, 150, 150, 20, 5_000, 5_000, 20).join("")).toBe("");
    expect(book.now()).toEqual([]);
    expect(book.lately()).toEqual([]);
  });

  it("does not flap about its mark", () => {
    const { looks } = bench();
    const about = Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? 101 : 99));
    const changes = looks(150, 150, 150, ...about).filter((one) => one !== "");
    expect(changes).toEqual(["warning"]);
  });

  it("is over when it is clearly back at three looks", () => {
    const { book, looks } = bench();
    looks(150, 150, 150);
    expect(looks(89, 89, 95, 89, 89, 89)).toEqual(["", "", "", "", "", "cleared"]);
    expect(book.now()).toEqual([]);
    expect(book.lately().map(({ level }) => level)).toEqual(["cleared", "warning"]);
  });

  it("goes up and down by the least that all three said", () => {
    const { looks } = bench();
    expect(looks(2_000, 150, 2_000)).toEqual(["", "", "warning"]);
    expect(looks(2_000, 2_000, 2_000)).toEqual(["", "", "critical"]);
    expect(looks(950, 950, 950)).toEqual(["", "", ""]);
    expect(looks(10, 500, 10)).toEqual(["", "", "warning"]);
    expect(looks(10, 10, 10)).toEqual(["", "", "cleared"]);
  });

  it("leaves all as it is while nothing is known", () => {
    const { book, looks } = bench();
    looks(150, 150, 150);
    expect(looks(undefined, undefined, undefined, undefined).join("")).toBe("");
    expect(book.now().length).toBe(1);
  });

  it("begins anew with new marks, and is over when there are none", () => {
    const { book, looks, setMarks } = bench();
    looks(150, 150, 150);
    setMarks("1s");
    expect(looks(150, 150)).toEqual(["", ""]);
    expect(looks(150)).toEqual(["cleared"]);
    setMarks("100ms");
    looks(150, 150, 150);
    setMarks("off");
    expect(looks(150)).toEqual(["cleared"]);
    expect(book.now()).toEqual([]);
    expect(looks(150, 150, 150).join("")).toBe("");
  });

  it("knows that less may be worse", () => {
    const book = new AlertBook();
    const look = (bytes: number) =>
      book
        .look([
          {
            rule: "disk-free",
            limits: limits("1GB,200MB", true),
            falls: true,
            values: { bytes },
            says: "Free",
          },
        ])
        .map(({ level, text }) => `${level} ${text}`);
    look(5e9);
    for (let at = 1; at < looksInARow; at += 1) expect(look(150e6)).toEqual([]);
    expect(look(150e6)).toEqual([
      "critical Free is 150.0 MB, at or below the critical mark of 200MB.",
    ]);
    for (let at = 0; at < 3; at += 1) look(215e6);
    expect(book.now()[0]?.level).toBe("critical");
    for (let at = 0; at < 3; at += 1) look(5e9);
    expect(book.now()).toEqual([]);
  });

  it("keeps the last hundred", () => {
    const { book, looks } = bench();
    for (let at = 0; at < 80; at += 1) looks(150, 150, 150, 1, 1, 1);
    expect(book.lately().length).toBe(100);
    expect(book.lately()[0]?.id).toBe(160);
    expect(book.lately().at(-1)?.id).toBe(61);
  });
});
