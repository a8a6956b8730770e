import { InvalidArgumentError } from "commander";
import { describe, expect, it } from "vitest";
import { wholeNumber } from "../../../../src/cli/flags/options.ts";
import {
  counted,
  formatBytes,
  formatDuration,
  formatTable,
  printable,
} from "../../../../src/cli/output/format.ts";
import { ProgressLine } from "../../../../src/cli/output/progress.ts";

describe("numbers for people", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1500, "1.5 kB"],
    [23_566_811, "23.6 MB"],
    [150_000_000, "150 MB"],
    [2.5e12, "2.5 TB"],
  ])("%d bytes", (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it.each([
    [12, "12 ms"],
    [1234, "1.2 s"],
    [65_000, "1 min 05 s"],
  ])("%d ms", (ms, text) => expect(formatDuration(ms)).toBe(text));

  it("counts and lines up", () => {
    expect(counted(1, "file")).toBe("1 file");
    expect(counted(2000, "entry", "entries")).toBe("2,000 entries");
    expect(
      formatTable([
        ["a", "1"],
        ["long", "2"],
      ]),
    ).toEqual(["  a     1", "  long  2"]);
  });

  it("shows no control characters", () => {
    expect(printable("a\u001b[31mb\nc\td")).toBe("a\\x1b[31mb\\x0ac\td");
    expect(printable("a\u202egnp.py \u05d0")).toBe("a\\u202egnp.py \u05d0");
  });
});

describe("values of flags", () => {
  it("reads whole numbers, and refuses the rest", () => {
    expect(wholeNumber(1, 10)("10")).toBe(10);
    for (const bad of ["", " ", "0", "11", "1.5", "x"]) {
      expect(() => wholeNumber(1, 10)(bad), bad).toThrow(InvalidArgumentError);
    }
  });
});

describe("progress", () => {
  const stream = (isTTY: boolean) => {
    const written: string[] = [];
    return {
      written,
      stream: { isTTY, columns: 200, write: (text: string) => written.push(text) },
    };
  };
  const state = { phase: "embedding", done: 50, total: 100, unit: "chunks", rssBytes: 1e8 };

  it("says nothing in the first second", () => {
    const { written, stream: out } = stream(true);
    new ProgressLine(out as never, 0).update(state, 999);
    expect(written).toEqual([]);
  });

  it("draws a bar on a terminal, with rate, time left and memory, and clears it", () => {
    const { written, stream: out } = stream(true);
    const line = new ProgressLine(out as never, 0);
    line.update({ ...state, done: 0 }, 500);
    line.update(state, 2500);
    expect(written[0]).toMatch(
      /embedding █+░+ {2}50% 50\/100 chunks {2}25\/s {2}2\.0 s left {2}RSS 100 MB/,
    );
    line.update(state, 2550);
    expect(written).toHaveLength(1);
    line.clear();
    expect(written[1]).toBe("\r\u001b[2K");
  });

  it("writes plain lines elsewhere, seconds apart", () => {
    const { written, stream: out } = stream(false);
    const line = new ProgressLine(out as never, 0);
    for (let now = 0; now < 12_000; now += 100) line.update(state, now);
    expect(written).toHaveLength(3);
    expect(
      written.every((text) => text.startsWith("haypile: embedding 50% ") && text.endsWith("\n")),
    ).toBe(true);
  });
});
