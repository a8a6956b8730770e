import { posix, win32 } from "node:path";
import { describe, expect, it } from "vitest";
import { flavourOf, isWhole, toSlashes } from "../../../../src/base/paths/flavour.ts";
import { checkedPathText } from "../../../../src/base/paths/path-gate.ts";
import {
  isDeviceName,
  isNetworkPath,
  leavesMachine,
  windowsOddity,
  withDriveLetter,
} from "../../../../src/base/paths/windows-names.ts";

describe("names of Windows", () => {
  it.each([
    ["nul", "device"],
    ["src\\CON", "device"],
    ["src/com1.txt", "device"],
    ["lpt\u00b9", "device"],
    ["aux .c", "device"],
    ["a.txt:secret", "stream"],
    ["a.txt::$DATA", "stream"],
    ["C:\\x\\.env:a", "stream"],
    ["C:foo", "drive"],
    ["c:", "drive"],
    ["\\\\?\\C:\\x", "raw"],
    ["//./pipe/x", "raw"],
    ["\\\\.\\C:\\x", "raw"],
    ["a|b", "letter"],
    ["a\u0001", "letter"],
  ])("takes %j for odd: %s", (path, why) => {
    expect(windowsOddity(path)).toBe(why);
    expect(() => checkedPathText(path, true)).toThrow(/Pass a plain path/u);
  });

  it.each([
    "src/a.ts",
    "src\\a.ts",
    "C:\\proj\\src\\a.ts",
    "c:/proj/src\\a.ts",
    "\\\\server\\share\\a.ts",
    "src/**/*.ts",
    "console.ts",
    "com10.txt",
    "nullable/con-text.md",
    "\u00fcber uns/\u65e5\u672c.md",
  ])("lets %j be a path", (path) => {
    expect(windowsOddity(path)).toBeUndefined();
    expect(checkedPathText(path, true)).toBe(path);
  });

  it("refuses addresses on every system, and Windows' paths elsewhere", () => {
    for (const isWindows of [true, false]) {
      expect(() => checkedPathText("file:///etc/passwd", isWindows)).toThrow(/outside/u);
    }
    expect(() => checkedPathText("C:\\x", false)).toThrow(/outside/u);
    expect(() => checkedPathText("\\\\server\\share", false)).toThrow(/outside/u);
    expect(checkedPathText("a:b/c", false)).toBe("a:b/c");
  });

  it("knows devices by any ending", () => {
    expect(["NUL", "nul.tar.gz", "Com3", "conin$"].every(isDeviceName)).toBe(true);
    expect(["null", "com", "icon", "aux2"].some(isDeviceName)).toBe(false);
  });
});

describe("other machines", () => {
  it("are those that a path begins with, in any slashes", () => {
    for (const path of [
      "\\\\evil\\share\\x",
      "//evil/share",
      "\\/evil\\s",
      "\\\\?\\UNC\\evil\\s",
    ]) {
      expect(isNetworkPath(path), path).toBe(true);
    }
    for (const path of ["C:\\x", "\\x", "/x", "\\\\?\\C:\\x", "\\\\.\\pipe\\x", "x"]) {
      expect(isNetworkPath(path), path).toBe(false);
    }
  });

  it("are left for nothing but the share that somebody works on", () => {
    const share = "\\\\nas\\team\\app";
    expect(leavesMachine("C:\\app", "\\\\evil\\x\\y")).toBe(true);
    expect(leavesMachine(share, "\\\\evil\\team\\app")).toBe(true);
    expect(leavesMachine(share, "\\\\nas\\other\\app")).toBe(true);
    expect(leavesMachine(share, "\\\\NAS\\Team\\app\\src")).toBe(false);
    expect(leavesMachine(share, "//nas/team/app")).toBe(false);
    expect(leavesMachine(share, "C:\\x")).toBe(false);
    expect(leavesMachine("/home/me", "/net/x")).toBe(false);
  });
});

describe("flavours", () => {
  it("say what is a whole path", () => {
    expect(flavourOf("win32")).toBe(win32);
    expect(flavourOf("darwin")).toBe(posix);
    for (const path of ["C:\\", "c:/x", "\\\\s\\x"]) expect(isWhole(path, win32)).toBe(true);
    for (const path of ["\\x", "/x", "C:x", "x", ""]) expect(isWhole(path, win32)).toBe(false);
    expect(isWhole("/x", posix)).toBe(true);
    expect(isWhole("C:\\x", posix)).toBe(false);
  });

  it("turn the separator alone", () => {
    expect(toSlashes("a\\b\\c", "\\")).toBe("a/b/c");
    expect(toSlashes("a\\b/c", "/")).toBe("a\\b/c");
    expect(withDriveLetter("c:\\A")).toBe("C:\\A");
    expect(withDriveLetter("/c:/A")).toBe("/c:/A");
  });
});
