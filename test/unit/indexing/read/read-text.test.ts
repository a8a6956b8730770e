import { execFileSync } from "node:child_process";
import { appendFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { decodeText, splitLines } from "../../../../src/base/files/decode-text.ts";
import { hashBytes } from "../../../../src/base/files/text-of-file.ts";
import { readText } from "../../../../src/indexing/read/read-text.ts";
import { tempFolder } from "../../../helpers/temp-tree.ts";

const limit = 1024 * 1024;

async function readBytes(bytes: string | Uint8Array, maxBytes = limit) {
  const path = join(tempFolder(), "file");
  writeFileSync(path, bytes);
  return readText(path, maxBytes);
}

describe("readText", () => {
  it("gives text, hash and a stamp from before the read", async () => {
    const before = Date.now();
    const read = await readBytes("grüße\n");
    expect(read).toMatchObject({ text: "grüße\n", brokenEncoding: false });
    if ("skip" in read) throw new Error("expected a text");
    expect(read.contentHash).toBe(hashBytes(Buffer.from("grüße\n")));
    expect(read.contentHash).toMatch(/^[0-9a-f]{32}$/u);
    expect(read.stamp.sizeBytes).toBe(8);
    expect(read.stamp.readMs).toBeGreaterThanOrEqual(before);
  });

  it("takes the byte order marks of UTF-8 and UTF-16 off", async () => {
    expect(await readBytes("\uFEFFa = 1")).toMatchObject({ text: "a = 1" });
    const little = Buffer.from("\uFEFFä = 1 \u{1F98A}", "utf16le");
    expect(await readBytes(little)).toMatchObject({
      text: "ä = 1 \u{1F98A}",
      brokenEncoding: false,
    });
    const big = Buffer.from(little).swap16();
    expect(await readBytes(big)).toMatchObject({ text: "ä = 1 \u{1F98A}", brokenEncoding: false });
  });

  it("reads a long UTF-16 text past the head", async () => {
    const text = "Größe und Länge\n".repeat(2000);
    expect(await readBytes(Buffer.from(`\uFEFF${text}`, "utf16le"))).toMatchObject({ text });
  });

  it("replaces what is no UTF-8 and says so", async () => {
    const broken = Buffer.from("caf\x81 = 1\n", "latin1");
    expect(await readBytes(broken)).toMatchObject({
      text: "caf\uFFFD = 1\n",
      brokenEncoding: true,
    });
  });

  it("knows binaries by a NUL in the head, and keeps a text with a late one", async () => {
    expect(await readBytes(Buffer.from("ab\0cd"))).toEqual({ skip: "binary" });
    const large = Buffer.alloc(500_000, 65);
    large[8191] = 0;
    expect(await readBytes(large)).toEqual({ skip: "binary" });
    const late = Buffer.alloc(20_000, 65);
    late[15_000] = 0;
    const read = await readBytes(late);
    expect(read).toMatchObject({ brokenEncoding: true });
    expect("text" in read && read.text.includes("\0")).toBe(false);
    const utf32 = Buffer.from([0xff, 0xfe, 0, 0, 65, 0, 0, 0]);
    expect(await readBytes(utf32)).toEqual({ skip: "binary" });
  });

  it("reads empty files and files of every size around the head", async () => {
    expect(await readBytes("")).toMatchObject({ text: "" });
    for (const size of [1, 8191, 8192, 8193, 16384, 100_000]) {
      const text = "x".repeat(size);
      expect(await readBytes(text)).toMatchObject({ text });
    }
  });

  it("keeps the limit, also for a file that grows while it is read", async () => {
    expect(await readBytes("x".repeat(100), 100)).toMatchObject({ text: "x".repeat(100) });
    expect(await readBytes("x".repeat(101), 100)).toEqual({ skip: "too-large" });
    const path = join(tempFolder(), "log");
    writeFileSync(path, "x".repeat(50_000));
    const reads = [];
    for (let count = 0; count < 50; count += 1) {
      reads.push(readText(path, 60_000));
      appendFileSync(path, "y".repeat(500));
    }
    for (const read of await Promise.all(reads)) {
      if ("skip" in read) expect(read.skip).toBe("too-large");
      else expect(read.text.length).toBeLessThanOrEqual(60_000);
    }
  });

  it("neither waits for a pipe nor follows a link nor fails on what is gone", async () => {
    const root = tempFolder();
    execFileSync("mkfifo", [join(root, "pipe")]);
    writeFileSync(join(root, "real"), "x");
    symlinkSync("real", join(root, "link"));
    expect(await readText(join(root, "pipe"), limit)).toEqual({ skip: "special" });
    expect(await readText(root, limit)).toEqual({ skip: "special" });
    expect(await readText("/dev/zero", limit)).toEqual({ skip: "special" });
    expect(await readText(join(root, "link"), limit)).toEqual({ skip: "link-to-file" });
    expect(await readText(join(root, "none"), limit)).toEqual({ skip: "vanished" });
  });
});

describe("decodeText", () => {
  it("never gives half surrogate pairs or NULs", () => {
    for (let first = 0; first < 256; first += 1) {
      for (const second of [0, 0x41, 0xd8, 0xfe, 0xff]) {
        const decoded = decodeText(Uint8Array.of(first, second, 0xd8, 0x41, 0x41, 0xdc, 0x20));
        expect(decoded === undefined || /\p{Surrogate}|\0/u.test(decoded.text)).toBe(
          decoded === undefined,
        );
      }
    }
  });
});

describe("splitLines", () => {
  it("splits at every kind of line end and keeps line numbers", () => {
    expect(splitLines("")).toEqual([]);
    expect(splitLines("a")).toEqual(["a"]);
    expect(splitLines("a\n\nb\n")).toEqual(["a", "", "b"]);
    expect(splitLines("a\r\nb\r\n")).toEqual(["a", "b"]);
    expect(splitLines("a\rb\r")).toEqual(["a", "b"]);
    expect(splitLines("a\rb\n")).toEqual(["a\rb"]);
    expect(splitLines("\n")).toEqual([""]);
    expect(splitLines("a\u2028b\fc\n")).toEqual(["a\u2028b\fc"]);
  });
});
