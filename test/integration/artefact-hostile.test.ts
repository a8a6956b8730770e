/*
 * Exported indexes that are damaged, cut, or made to lie: by nobody who is trusted, and by somebody who is. Each is
 * refused with a clear error, and the index stays as it was.
 */
import { execFileSync } from "node:child_process";
import { createPrivateKey, hash, sign } from "node:crypto";
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { HaypileError } from "../../src/base/errors.ts";
import type { Manifest } from "../../src/engine/artefact/manifest.ts";
import { ArtefactVectors, openArtefact } from "../../src/engine/artefact/read-file.ts";
import { recordBytes } from "../../src/engine/artefact/records.ts";
import { headOf } from "../../src/engine/artefact/write-file.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { contentsOf, fileWith, Team } from "../helpers/artefact-places.ts";
import { onSmallDisk } from "../helpers/small-disk.ts";
import { seededRandom } from "../helpers/temp-tree.ts";

// On a machine where other work runs, processes take their time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

/** Places at which a good file is damaged. */
const places = Number(process.env.HAYPILE_ARTEFACT_PLACES ?? 200);

let team: Team;
/** It trusts its own key, which signs everything here. */
let engine: Engine;
let good: Buffer;
let before: string;

beforeAll(async () => {
  team = new Team();
  engine = await team.open("ci", team.tree);
  await engine.index();
  const file = join(team.scratch, "good");
  await engine.exportIndex({ file });
  good = readFileSync(file);
  before = contentsOf(engine.facts().database);
});
beforeEach(() => team.use("ci"));
afterAll(async () => await team.close());

async function refusal(bytes: Uint8Array): Promise<HaypileError> {
  const file = fileWith(team.scratch, "bad", bytes);
  const error = await engine.importIndex({ file }).catch((thrown: unknown) => thrown);
  expect(HaypileError.isInstance(error), JSON.stringify(error)).toBe(true);
  expect(contentsOf(engine.facts().database)).toBe(before);
  return error as HaypileError;
}

/** All that an import does before the index is touched. */
async function readAll(file: string): Promise<void> {
  const artefact = await openArtefact(file);
  try {
    (await ArtefactVectors.open(artefact, join(team.scratch, "copies"), undefined)).close();
  } finally {
    artefact.close();
  }
}

/** The file taken apart. */
function parts(): { manifest: Manifest; body: Buffer } {
  const at = good.indexOf("{");
  const length = Number(good.subarray(at - 9, at - 1).toString());
  const manifest = JSON.parse(good.subarray(at, at + length).toString()) as Manifest;
  return { manifest, body: Buffer.from(good.subarray(at + length + 64)) };
}

/** Signed by the key that is trusted, whatever is in it. */
function signed(change: Record<string, unknown>, body: Buffer = parts().body): Buffer {
  const sum = hash("sha256", body, "hex");
  const head = headOf({ ...parts().manifest, body: sum, ...change } as Manifest);
  const key = createPrivateKey(readFileSync(join(team.data("ci"), "index-key.pem")));
  return Buffer.concat([head, sign(null, head, key), body]);
}

describe("a damaged file", () => {
  it("is refused whatever byte is another one, and wherever it ends", async () => {
    const next = seededRandom(41);
    const headBytes = good.length - parts().body.length;
    for (let i = 0; i < places; i += 1) {
      // The head is short beside the rest, and means more.
      const at = Math.floor(next() * (i % 2 === 0 ? headBytes : good.length));
      const flipped = Buffer.from(good);
      flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << Math.floor(next() * 8)), at);
      for (const [what, bytes] of [
        ["flipped", flipped],
        ["cut", good.subarray(0, at)],
      ] as const) {
        const file = fileWith(team.scratch, "bad", bytes);
        const error = await readAll(file).catch((thrown: unknown) => thrown);
        expect(error, `${what} at ${at}`).toMatchObject({ code: "HAYPILE_SNAPSHOT_INVALID" });
        expect((error as Error).message, `${what} at ${at}`).not.toMatch(/undefined|NaN|\[object/);
      }
    }
    expect(readdirSync(join(team.scratch, "copies"))).toEqual([]);
    await readAll(fileWith(team.scratch, "whole", good));
  });

  it("leaves the index as it was", async () => {
    const flipped = Buffer.from(good);
    flipped.writeUInt8(flipped.readUInt8(good.length - 5) ^ 1, good.length - 5);
    for (const bytes of [
      flipped,
      good.subarray(0, good.length - 1),
      Buffer.concat([good, Buffer.from("x")]),
      Buffer.alloc(0),
      Buffer.from("haypile index 1\n99999999\n{}"),
      Buffer.alloc(4_096, "haypile index "),
    ]) {
      expect(await refusal(bytes)).toMatchObject({ code: "HAYPILE_SNAPSHOT_INVALID" });
    }
    const newer = Buffer.concat([Buffer.from("haypile index 2\n"), good.subarray(16)]);
    expect((await refusal(newer)).message).toMatch(/newer Haypile/);
  });

  it("in another's place is refused and not waited for", async () => {
    const pipe = join(team.scratch, "pipe");
    execFileSync("mkfifo", [pipe]);
    const invalid = { code: "HAYPILE_SNAPSHOT_INVALID" };
    for (const file of [pipe, "/dev/zero", team.scratch]) {
      await expect(engine.importIndex({ file }), file).rejects.toMatchObject(invalid);
    }
    for (const file of [join(team.scratch, "nowhere"), "a\0b"]) {
      const error = await engine.importIndex({ file }).catch((thrown: unknown) => thrown);
      expect(["HAYPILE_PATH_MISSING", "HAYPILE_USAGE"]).toContain((error as HaypileError).code);
    }
    // A link is the user's own way to name a file.
    const link = join(team.scratch, "link");
    symlinkSync(fileWith(team.scratch, "whole", good), link);
    expect(await engine.importIndex({ file: link })).toMatchObject({ chunks: { embedded: 0 } });
    before = contentsOf(engine.facts().database);
  });
});

describe("what somebody trusted says is refused", () => {
  it("where its manifest cannot be", async () => {
    const { manifest, body } = parts();
    const { model } = manifest;
    const each = recordBytes(model.dimensions);
    expect(
      await engine.importIndex({ file: fileWith(team.scratch, "same", signed({})) }),
    ).toBeTruthy();
    before = contentsOf(engine.facts().database);
    for (const change of [
      { vectors: 0 },
      { vectors: manifest.vectors + 1 },
      { vectors: 2 ** 40 },
      { vectors: -1 },
      { vectors: 1.5 },
      { vectors: "12" },
      { model: { ...model, dimensions: 2 ** 30 } },
      { model: { ...model, id: "a\nb" } },
      { model: null },
      { commit: "HEAD" },
      { commit: "--upload-pack=x".padEnd(40, "0") },
      { committed: 1e300 },
      { roots: Array.from({ length: 65 }, () => manifest.commit) },
      { roots: ["../x"] },
      { maker: "x".repeat(101) },
      { maker: 5 },
      { body: "0".repeat(64) },
      { key: "" },
      { haypile: "<script>" },
      { padding: "x".repeat(70_000) },
    ]) {
      const error = await refusal(signed(change));
      expect(error, JSON.stringify(change).slice(0, 80)).toMatchObject({
        code: "HAYPILE_SNAPSHOT_INVALID",
      });
    }
    // Another key may say all the same; its signature is another.
    expect(await refusal(signed({ key: "A".repeat(43) }))).toMatchObject({
      code: "HAYPILE_SNAPSHOT_INVALID",
    });
    expect(body.length % each).toBe(0);
  });

  it("where its vectors cannot be", async () => {
    const { manifest, body } = parts();
    const each = recordBytes(manifest.model.dimensions);
    const changed = (change: (body: Buffer) => void): Buffer => {
      const copy = Buffer.from(body);
      change(copy);
      return signed({}, copy);
    };
    for (const [at, bytes] of [
      changed((copy) => copy.writeDoubleLE(Number.NaN, 16)),
      changed((copy) => copy.writeDoubleLE(Number.POSITIVE_INFINITY, each + 16)),
      changed((copy) => copy.writeDoubleLE(-0.001, 16)),
      changed((copy) => copy.writeDoubleLE(0.9, 16)),
      changed((copy) => copy.fill(1, 24, each)),
      // Not in their order, and one of them twice.
      changed((copy) => copy.fill(255, 0, 16)),
      changed((copy) => body.copy(copy, each, 0, each)),
    ].entries()) {
      expect(await refusal(bytes), `case ${at}`).toMatchObject({
        code: "HAYPILE_SNAPSHOT_INVALID",
      });
    }
    // A text of zeros is one that no model can read.
    const zero = changed((copy) => copy.fill(0, 16, each));
    await readAll(fileWith(team.scratch, "zero", zero));
  });

  it("to hold other texts has no way to say them", async () => {
    const { manifest, body } = parts();
    const each = recordBytes(manifest.model.dimensions);
    const copy = Buffer.from(body);
    for (let at = 0; at < copy.length; at += each) {
      copy.writeUInt8(copy.readUInt8(at + 15) ^ 255, at + 15);
    }
    const clone = team.clone("others");
    const other = await team.open("ci", clone);
    const file = fileWith(team.scratch, "others-index", signed({}, copy));
    const report = await other.importIndex({ file, fillIn: "off" });
    expect(report).toMatchObject({ taken: 0, chunks: { embedded: 0 } });
    expect(other.status().index.vectors).toBe(0);
  });
});

it("a full disk is named before anything is written", (context) => {
  const folder = join(team.scratch, "small-disk");
  const input = join(team.scratch, "for-small-disk");
  writeFileSync(input, good);
  const script = join(import.meta.dirname, "..", "helpers", "artefact-on-small-disk.ts");
  process.env.ARTEFACT = input;
  const report = onSmallDisk(folder, script);
  delete process.env.ARTEFACT;
  if (report === undefined) {
    return context.skip("unshare with a mount of its own is not allowed here");
  }
  expect(report).toEqual({
    copyAtFull: "HAYPILE_DISK_FULL",
    writeAtFull: "HAYPILE_DISK_FULL",
    left: ["ballast"],
    withRoom: "no error",
  });
  expect(existsSync(folder)).toBe(true);
});
