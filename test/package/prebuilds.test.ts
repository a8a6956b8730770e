/*
 * The headers of native files, read from builds that others made for all platforms (better-sqlite3's), and held against
 * what ours must be; then those of ours that are there (scripts/build-prebuilds makes all).
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { BinaryFacts } from "../../scripts/lib/binaries/facts.ts";
import { readBinary } from "../../scripts/lib/binaries/read.ts";
import { faultsOf, type Rules } from "../../scripts/lib/binaries/rules.ts";
import { checkPlatform } from "../../scripts/lib/check-prebuilds.ts";
import { nativePlatforms } from "../../scripts/lib/native-packages.ts";
import { repository } from "../helpers/model.ts";

const foreign = join(repository, "node_modules", "better-sqlite3", "prebuilds");

describe("the headers of a native file", () => {
  it.each([
    ["linux-x64", "elf", "x64", ["GLIBC_2.34"], ["libc.so.6"]],
    ["linux-arm64", "elf", "arm64", ["GLIBC_2.34"], ["libc.so.6"]],
    ["linuxmusl-x64", "elf", "x64", [], ["libc.musl-x86_64.so.1"]],
    ["linuxmusl-arm64", "elf", "arm64", [], ["libc.musl-aarch64.so.1"]],
    ["darwin-x64", "mach-o", "x64", [], ["/usr/lib/libSystem.B.dylib"]],
    ["darwin-arm64", "mach-o", "arm64", [], ["/usr/lib/libSystem.B.dylib"]],
    ["win32-x64", "pe", "x64", [], ["KERNEL32.dll"]],
    ["win32-arm64", "pe", "arm64", [], ["KERNEL32.dll"]],
  ] as const)("of %s tell what it is and needs", (name, format, arch, versions, needs) => {
    const facts = readBinary(join(foreign, `${name}.node`));
    expect(facts).toMatchObject({ format, arch, kind: "library" });
    expect(facts.offers).toContain("napi_register_module_v1");
    expect(facts.versions).toEqual(expect.arrayContaining([...versions]));
    expect(facts.needs).toEqual(expect.arrayContaining([...needs]));
    // Windows' one looks Node's names up while running.
    if (format !== "pe") expect(facts.wants).toContain("napi_create_function");
    if (name === "darwin-arm64")
      expect(facts).toMatchObject({ isSigned: true, oldestSystem: "11.0" });
    if (format === "elf") expect(facts.isLax).toBe(false);
  });

  it("of a program name its loader", () => {
    const facts = readBinary(process.execPath);
    expect(facts.kind).toBe("program");
    if (process.platform === "linux") expect(facts.interpreter).toMatch(/\/ld-/);
  });

  it("are asked of native files only", () => {
    const folder = mkdtempSync(join(tmpdir(), "haypile-binary-"));
    const path = join(folder, "text.node");
    writeFileSync(path, "no program at all");
    expect(() => readBinary(path)).toThrow(/neither ELF nor Mach-O for one architecture nor PE/);
    rmSync(folder, { recursive: true });
  });
});

const addon: BinaryFacts = {
  ...{ format: "elf", arch: "x64", kind: "library", isLax: false },
  needs: ["libc.so.6"],
  offers: ["napi_register_module_v1", "sqlite3_haypile_init"],
  wants: ["napi_create_function", "malloc"],
  versions: ["GLIBC_2.2.5", "GLIBC_2.28"],
  paths: ["haypile.node"],
};
const rules: Rules = {
  ...{ platform: "linux", arch: "x64", part: "addon", libc: "glibc" },
  nodeApi: ["napi_create_function"],
};
const mac: BinaryFacts = {
  ...addon,
  ...{ format: "mach-o", arch: "arm64", isSigned: true, oldestSystem: "13.0", versions: [] },
  needs: ["/usr/lib/libSystem.B.dylib"],
  paths: ["@rpath/haypile.node"],
};
const macRules: Rules = { ...rules, platform: "darwin", arch: "arm64", libc: undefined };
const windows: BinaryFacts = {
  ...addon,
  ...{
    format: "pe",
    versions: [],
    needs: ["node.exe", "KERNEL32.dll", "api-ms-win-crt-heap-l1-1-0.dll"],
  },
};
const windowsRules: Rules = { ...rules, platform: "win32", libc: undefined };

describe("what our files must be", () => {
  it("is what these are", () => {
    expect(faultsOf(addon, rules)).toEqual([]);
    expect(faultsOf(mac, macRules)).toEqual([]);
    expect(faultsOf(windows, windowsRules)).toEqual([]);
  });

  it.each([
    [{ ...addon, arch: "arm64" }, rules, /is for arm64, expected x64/],
    [{ ...addon, kind: "program" }, rules, /is a program, expected a library/],
    [
      { ...addon, versions: ["GLIBC_2.29"] },
      rules,
      /wants GLIBC_2.29, expected glibc 2.28 at most/,
    ],
    [{ ...addon, versions: ["GLIBCXX_3.4.30"] }, rules, /wants GLIBCXX_3.4.30/],
    [{ ...addon, needs: ["libstdc++.so.6"] }, rules, /needs libstdc\+\+.so.6/],
    [addon, { ...rules, libc: "musl" }, /needs libc.so.6/],
    [{ ...addon, paths: ["/home/me/lib"] }, rules, /folders to look for libraries in: \/home\/me/],
    [{ ...addon, isLax: true }, rules, /stack that may be executed/],
    [{ ...addon, offers: [...addon.offers, "_Znwm"] }, rules, /offers names .* _Znwm/],
    [{ ...addon, offers: ["napi_register_module_v1"] }, rules, /has no functions for SQLite/],
    [{ ...addon, wants: ["node_api_new"] }, rules, /old versions lack: node_api_new/],
    [{ ...addon, kind: "program" }, { ...rules, part: "bridge" }, /needs libc.so.6/],
    [{ ...mac, isSigned: false }, macRules, /is not signed/],
    [{ ...mac, oldestSystem: "14.0" }, macRules, /asks for macOS 14.0, expected 13.0/],
    [{ ...mac, needs: ["/opt/lib/libfoo.dylib"] }, macRules, /needs \/opt\/lib/],
    [{ ...mac, paths: ["/work/haypile.node"] }, macRules, /folder of the machine that built it/],
    [{ ...windows, needs: ["libc++.dll"] }, windowsRules, /needs libc\+\+.dll/],
  ] as [BinaryFacts, Rules, RegExp][])("is not what has a fault: %#", (facts, its, fault) => {
    expect(faultsOf(facts, its).join("; ")).toMatch(fault);
  });
});

const own = `${process.platform}-${process.arch}`;
const prebuilds = join(repository, "prebuilds");
// What a clone builds for itself may ask for more than others have.
const built = Object.entries(nativePlatforms)
  .filter(([platform]) => platform !== own)
  .filter(([, { os, cpu, addon }]) => existsSync(join(prebuilds, `${os}-${cpu}`, addon)))
  .map(([platform]) => platform);

describe.runIf(built.length > 0)("what scripts/build-prebuilds made", () => {
  it.each(built)("has no fault: %s", (platform) => {
    const checked = checkPlatform(platform, prebuilds);
    expect(checked.length).toBeGreaterThan(0);
    for (const { file, faults } of checked) expect(faults, file).toEqual([]);
  });
});

describe("what this clone built for itself", () => {
  it("is an addon for it that offers nothing else", () => {
    const [addonFile] = checkPlatform(own, prebuilds);
    expect(addonFile?.facts.arch).toBe(process.arch);
    expect(addonFile?.faults.filter((fault) => !/^(needs|wants) /.test(fault))).toEqual([]);
  });
});
