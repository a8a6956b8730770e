import { describe, expect, it } from "vitest";
import { adviceFor } from "../../../src/native/addon/advice.ts";

const linux = { platform: "linux", arch: "x64", libc: "glibc" } as const;
const missing = "/m/@haypile/native/prebuilds/linux-x64: there is no addon for this system";

describe("the advice for an addon that cannot be loaded", () => {
  it.each([
    [
      { platform: "linux", arch: "arm", libc: "glibc" } as const,
      missing,
      /32-bit.*linux-arm.*64-bit Raspberry Pi OS/,
    ],
    [{ platform: "win32", arch: "ia32" } as const, missing, /32-bit.*Install the 64-bit Node/],
    [
      { platform: "freebsd", arch: "x64" } as const,
      missing,
      /no build for freebsd-x64: there are some for linux/,
    ],
    [
      { platform: "linux", arch: "riscv64", libc: "glibc" } as const,
      missing,
      /no build for linux-riscv64/,
    ],
    [
      linux,
      missing,
      /no build for linux-x64 with glibc among its files.*npm install @haypile\/native/,
    ],
    [{ ...linux, libc: "musl" } as const, missing, /no build for linux-x64 with musl among/],
    [
      linux,
      "a.node: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.28' not found (required by a.node)",
      /C library is too old: GLIBC_2.28 is needed/,
    ],
    [linux, "a.node: failed to map segment from shared object", /mounted noexec/],
    [
      linux,
      "a.node: invalid ELF header",
      /damaged or is for another system than linux-x64: delete node_modules/,
    ],
    [linux, "a.node: file too short", /damaged or is for another system/],
    [
      linux,
      "libm.so.6: cannot open shared object file: No such file or directory",
      /lacks the library libm.so.6/,
    ],
    [
      { ...linux, libc: "musl" } as const,
      "Error loading shared library libfoo.so.1: No such file or directory (needed by a.node)",
      /lacks the library libfoo.so.1/,
    ],
    [
      { platform: "darwin", arch: "arm64" } as const,
      "dlopen(a.node, 0x0001): tried: 'a.node' (mach-o file, but is an incompatible architecture (have 'x86_64', need 'arm64'))",
      /another system than darwin-arm64/,
    ],
    [
      { platform: "darwin", arch: "arm64" } as const,
      "code signature in a.node not valid for use in process: library load disallowed by system policy",
      /xattr -dr com.apple.quarantine/,
    ],
    [
      { platform: "win32", arch: "x64" } as const,
      "\\\\?\\C:\\a.node is not a valid Win32 application.",
      /another system than win32-x64/,
    ],
    [
      { platform: "win32", arch: "x64" } as const,
      "The process cannot access the file because it is being used by another process.",
      /virus scanner/,
    ],
  ])("is one line with what to do: %j %s", (system, said, expected) => {
    const advice = adviceFor(system, said);
    expect(advice).toMatch(expected);
    expect(advice).not.toContain("\n");
  });
});
