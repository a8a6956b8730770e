import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { splitLines } from "../../../../src/base/files/decode-text.ts";
import { hashBytes } from "../../../../src/base/files/text-of-file.ts";
import type { ChunkPlace } from "../../../../src/ports/store.ts";
import { FreshnessCheck, locate } from "../../../../src/search/showing/freshness.ts";

function place(text: string, startLine = 1, path = "a.txt"): ChunkPlace {
  const endLine = startLine + text.split("\n").length - 1;
  return { chunkId: 1, path, language: "text", startLine, endLine, text };
}

describe("locate", () => {
  it("wants whole lines", () => {
    const lines = ["def pay():", "    limit = 50", "    return limit"];
    expect(locate(lines, place("def pay():\n    limit = 5"))).toEqual({ state: "stale" });
    expect(locate(lines, place("def pay():\n    limit = 50"))).toEqual({ state: "fresh" });
    expect(locate(["# rm -rf /var/cache"], place("rm -rf /var/cache"))).toEqual({ state: "stale" });
  });

  it("finds lines that moved, the nearest first", () => {
    const lines = ["x", "", "one", "two", "", "one", "two"];
    expect(locate(lines, place("one\ntwo", 7))).toEqual({
      state: "moved",
      startLine: 6,
      endLine: 7,
    });
  });

  it("takes a piece of a line that was cut into chunks, at words", () => {
    const long = Array.from({ length: 200 }, (_, at) => `word${at}`).join(" ");
    expect(locate([long], place("word10 word11 word12"))).toEqual({ state: "fresh" });
    expect(locate([long], place("word10 word11 word1"))).toEqual({ state: "stale" });
    const blob = "ab".repeat(4_000);
    expect(locate([`${blob} end`], place(blob.slice(0, 1_000)))).toEqual({ state: "fresh" });
  });
});

describe("FreshnessCheck", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "haypile-freshness-"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const recordOf = (bytes: Buffer) => ({
    id: 1,
    path: "a.txt",
    stamp: { sizeBytes: bytes.length, mtimeMs: 1, readMs: 9_000 },
    contentHash: hashBytes(bytes),
  });

  it.each([
    ["UTF-16", Buffer.from("\uFEFFcheck the licence\r\nand go on\r\n", "utf16le")],
    ["CR line ends", Buffer.from("check the licence\rand go on\r")],
    ["windows-1252", Buffer.from("caf\xe9 licence\nand go on\n", "latin1")],
  ])("holds a touched file of %s for unchanged", async (_, bytes) => {
    writeFileSync(join(root, "a.txt"), bytes);
    const lines = splitLines(bytes.toString("latin1"));
    const check = new FreshnessCheck(root);
    expect(await check.check(place(lines[0] ?? ""), recordOf(bytes))).toEqual({ state: "fresh" });
    expect([...check.changed]).toEqual([]);
  });

  it("names what changed, whatever its size and time say", async () => {
    const before = Buffer.from("alpha\n");
    writeFileSync(join(root, "a.txt"), "omega\n");
    utimesSync(join(root, "a.txt"), 1, 1);
    const check = new FreshnessCheck(root);
    const stamp = { sizeBytes: 6, mtimeMs: 1_000, readMs: 60_000, ctimeMs: 1_000, inode: 1 };
    const record = { ...recordOf(before), stamp };
    expect(await check.check(place("alpha"), record)).toEqual({ state: "stale" });
    expect([...check.changed]).toEqual(["a.txt"]);
  });
});
