import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readEnvironment } from "../../../../src/config/environment/env.ts";
import { changeFile } from "../../../../src/config/file/change-file.ts";
import { assertMarksInOrder, readMark } from "../../../../src/config/options/memory-marks.ts";
import { readValue } from "../../../../src/config/options/values.ts";

const source = { where: "in a test", code: "HAYPILE_USAGE" } as const;

describe("a mark of memory", () => {
  it.each([
    ["85%", { value: 0.85, unit: "share" }, "85%"],
    [" 82.5 % ", { value: 0.825, unit: "share" }, "82.5%"],
    ["400MB", { value: 400e6, unit: "bytes" }, "400MB"],
    ["1.5GiB", { value: 1.5 * 2 ** 30, unit: "bytes" }, "1536MiB"],
  ])("%s is a share or a size", (text, mark, kept) => {
    expect(readMark(text)).toEqual(mark);
    expect(readValue("memory.warning", text, source)).toBe(kept);
  });

  it.each(["85", "0.85", "0%", "101%", "500%", "-3%", "much", "", "85%,94%"])(
    "%j is refused, with both forms named",
    (text) => {
      expect(() => readValue("memory.warning", text, source)).toThrow(/"85%".*"400MB"/);
    },
  );

  it("is refused as a plain number, which could be either", () => {
    expect(() => readValue("memory.critical", 0.94, source)).toThrow(/share of memory\.max/);
  });
});

describe("the order of the marks", () => {
  const marks = (target: string, warning: string, critical: string) => ({
    "memory.target": target,
    "memory.warning": warning,
    "memory.critical": critical,
  });
  const check = (limitBytes: number | undefined, ...of: [string, string, string]) =>
    assertMarksInOrder(marks(...of), limitBytes, "HAYPILE_CONFIG_INVALID");

  it("is target, warning, critical, of shares and of sizes", () => {
    check(undefined, "60%", "70%", "80%");
    check(undefined, "100MB", "200MB", "300MB");
    check(400e6, "50%", "250MB", "80%");
    expect(() => check(undefined, "78%", "70%", "94%")).toThrow(
      /memory\.target below memory\.warning.*78% and 70%.*Lower memory\.target/,
    );
    expect(() => check(undefined, "60%", "94%", "94%")).toThrow(/memory\.warning below/);
    expect(() => check(400e6, "50%", "350MB", "80%")).toThrow(/memory\.warning below/);
    // Without a limit a share and a size cannot be compared.
    check(undefined, "50%", "350MB", "80%");
  });

  it("no mark is above the limit", () => {
    check(400e6, "50%", "60%", "400MB");
    expect(() => check(400e6, "50%", "60%", "401MB")).toThrow(/at most memory\.max, .*400MB/);
  });

  it("is kept by what is written into a file, which stays as it was otherwise", () => {
    const folder = mkdtempSync(join(tmpdir(), "haypile-marks-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, "haypile.toml");
    const environment = readEnvironment({ HAYPILE_DATA_DIR: folder });
    const set = (key: string, text: string) => changeFile(path, key, text, false, environment);
    set("memory.target", "60%");
    set("memory.warning", "65%");
    const before = readFileSync(path, "utf8");
    expect(() => set("memory.critical", "64%")).toThrow(/memory\.warning below memory\.critical/);
    expect(readFileSync(path, "utf8")).toBe(before);
    set("memory.critical", "80%");
    expect(readFileSync(path, "utf8")).toContain('critical = "80%"');
  });

  it("is kept below a limit that nobody said, and what is wrong already can be put right", () => {
    const folder = mkdtempSync(join(tmpdir(), "haypile-marks-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, "haypile.toml");
    const environment = readEnvironment({ HAYPILE_DATA_DIR: folder, HAYPILE_CONFIG_DIR: folder });
    const set = (key: string, text: string) => changeFile(path, key, text, false, environment);
    // Every later command would have failed.
    expect(() => set("memory.warning", "15000GB")).toThrow(
      /memory\.warning to be at most memory\.max, which is \S+ \(by the tier \w+\), but got 15000GB \(in /,
    );
    expect(() => set("memory.warning", "2MB")).toThrow(
      /memory\.target below memory\.warning, but they are 78% of \S+ \(by default\) and 2MB \(in /,
    );
    expect(existsSync(path)).toBe(false);
    set("memory.target", "1MB");
    set("memory.warning", "2MB");
    expect(() => set("memory.max", "1MB")).toThrow(/at most memory\.max/);
    // By hand, two at once: each is put right by itself.
    writeFileSync(path, '[memory]\ntarget = "14000GB"\nwarning = "15000GB"\n');
    expect(() => set("search.limit", "3")).toThrow(/at most memory\.max/);
    set("memory.target", "60%");
    set("memory.warning", "70%");
    set("search.limit", "3");
    // A project may lower the limit under the user's sizes, which give way.
    set("memory.max", "600MB");
    set("memory.warning", "500MB");
    const project = join(folder, "project", "haypile.toml");
    changeFile(project, "memory.max", "400MB", true, environment);
    expect(() => changeFile(project, "memory.target", "50%", true, environment)).toThrow(
      /memory\.warning to be at most memory\.max, which is 400MB \(in .*project/,
    );
  });
});
