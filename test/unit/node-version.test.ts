/* Every door of the library looks at Node's version before anything else does: native parts crash on an old one. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadEmbedder } from "../../src/embedder.ts";
import { connect, open, openHome } from "../../src/index.ts";

const own = process.versions;
const before = { ...process.env };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "haypile-old-node-"));
  process.env.HAYPILE_DATA_DIR = join(folder, "data");
  process.env.HAYPILE_CACHE_DIR = join(folder, "cache");
  Object.defineProperty(process, "versions", { value: { ...own, node: "20.19.0" } });
});

afterEach(() => {
  Object.defineProperty(process, "versions", { value: own });
  process.env = { ...before };
  rmSync(folder, { recursive: true, force: true });
});

describe("on a Node that is too old", () => {
  it.each<[string, () => Promise<unknown>]>([
    ["open()", () => open({ folder })],
    ["openHome()", () => openHome()],
    ["connect(), where it may start a daemon", () => connect({ start: ["false", "daemon"] })],
    ["connect(), where it may not", () => connect({ start: false })],
    ["loadEmbedder()", () => loadEmbedder()],
  ])("%s says so", async (_, call) => {
    await expect(call()).rejects.toMatchObject({
      code: "HAYPILE_NODE_TOO_OLD",
      data: { version: "20.19.0", oldestNode: 22 },
    });
  });
});
