import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { addonIn } from "../../../src/native/addon/addon-file.ts";

const scratch = mkdtempSync(join(tmpdir(), "haypile-addon-"));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(scratch, "one-"));
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function having(...files: string[]): void {
  for (const file of files) writeFileSync(join(folder, file), "");
}

const all = ["haypile.glibc.node", "haypile.musl.node", "haypile-bridge", "libonnxruntime.so.1"];

describe("the addon of a folder", () => {
  it("is that for this process's C library", () => {
    having(...all);
    expect(addonIn(folder, "glibc")).toBe(join(folder, "haypile.glibc.node"));
    expect(addonIn(folder, "musl")).toBe(join(folder, "haypile.musl.node"));
  });

  it("is the one without a C library where systems have but one", () => {
    having("haypile.node", "haypile-bridge");
    expect(addonIn(folder, undefined)).toBe(join(folder, "haypile.node"));
  });

  it("is the one that says most, as node-gyp-build chooses", () => {
    having("haypile.node", "haypile.napi.glibc.node", "haypile.glibc.node");
    expect(addonIn(folder, "glibc")).toBe(join(folder, "haypile.napi.glibc.node"));
    expect(addonIn(folder, "musl")).toBe(join(folder, "haypile.node"));
  });

  it("is none where there is none for it, and none of another name or another program", () => {
    having(
      "haypile.glibc.node",
      "other.musl.node",
      "haypile.electron.musl.node",
      "haypile.abi127.musl.node",
    );
    expect(addonIn(folder, "musl")).toBeUndefined();
    expect(addonIn(join(folder, "missing"), "glibc")).toBeUndefined();
  });
});
