import { describe, expect, it } from "vitest";
import { lacksInWords, lacksOf, whyNoRuntime } from "../../../src/host/lacks.ts";
import { type SystemFacts, systemInWords, thisSystem } from "../../../src/host/system.ts";

const musl = (arch: string): SystemFacts => ({ platform: "linux", arch, libc: "musl" });
const glibc = (arch: string): SystemFacts => ({ platform: "linux", arch, libc: "glibc" });
const places = ["threads bound to CPUs", "a list of what memory consists of"];

describe("what a platform lacks", () => {
  it.each([
    [glibc("x64"), "Intel", []],
    [glibc("arm64"), "unknown", []],
    [musl("x64"), "Intel", ["ONNX Runtime", "sqlite-vec"]],
    [musl("arm64"), "unknown", ["ONNX Runtime", "sqlite-vec"]],
    [{ platform: "darwin", arch: "arm64" }, "Apple M2", places],
    [{ platform: "darwin", arch: "x64" }, "Intel(R) Core(TM) i7", places],
    [
      { platform: "darwin", arch: "x64" },
      "VirtualApple @ 2.50GHz",
      ["a Node for this CPU", ...places],
    ],
    [{ platform: "win32", arch: "x64" }, "Intel", []],
    [{ platform: "win32", arch: "arm64" }, "Snapdragon", ["sqlite-vec"]],
  ] as const)("%j with %s", (system, cpu, expected) => {
    const lacks = lacksOf(system, cpu);
    expect(lacks.map(({ what }) => what)).toEqual(expected);
    for (const { why, instead } of lacks) expect(`${why}${instead}`).not.toMatch(/\.$|\n/);
  });

  it("stands in the banner where it matters", () => {
    expect(lacksInWords(musl("x64"), "")).toEqual([
      "without ONNX Runtime, sqlite-vec (see haypile doctor)",
    ]);
    expect(lacksInWords(glibc("x64"), "")).toEqual([]);
    expect(lacksInWords({ platform: "darwin", arch: "arm64" }, "Apple M2")).toEqual([]);
  });

  it("tells why there is no ONNX Runtime, or that there is one", () => {
    expect(whyNoRuntime(musl("arm64"))).toBe("it has no library for musl");
    expect(whyNoRuntime({ platform: "freebsd", arch: "x64" })).toBe(
      "it has no library for freebsd-x64",
    );
    for (const system of [glibc("x64"), glibc("arm64"), { platform: "darwin", arch: "arm64" }]) {
      expect(whyNoRuntime(system)).toBeUndefined();
    }
  });
});

describe("this system", () => {
  it("is told with its C library on Linux", () => {
    const system = thisSystem();
    const { glibcVersionRuntime } = (
      process.report.getReport() as { header: Record<string, unknown> }
    ).header;
    const libc = glibcVersionRuntime === undefined ? "musl" : "glibc";
    const expected = process.platform === "linux" ? libc : undefined;
    expect(system.libc).toBe(expected);
    expect(systemInWords({ platform: "linux", arch: "x64", libc: "musl" })).toBe(
      "linux-x64 with musl",
    );
    expect(systemInWords({ platform: "darwin", arch: "x64" })).toBe("darwin-x64");
  });
});
