import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  hasCodec,
  makeDictionary,
  pack,
  type TextCodec,
  unpack,
} from "../../../../../src/storage/sqlite/file/packed-text.ts";
import { seededRandom } from "../../../../helpers/temp-tree.ts";

const here = join(import.meta.dirname, "../../../../../src/storage/sqlite/file");
const codecs: TextCodec[] = ["deflate", ...(hasCodec("zstd") ? (["zstd"] as const) : [])];
const textOf = (i: number): string =>
  `export async function handler${i}(request: Request): Promise<Response> {\n  const body = await request.json();\n  return new Response(JSON.stringify({ id: ${i}, body }), { status: 200 });\n}\n`;
const samples = Array.from({ length: 400 }, (_, i) => textOf(i * 7919));

describe.each(codecs)("texts packed with %s", (codec) => {
  const dictionary = makeDictionary(samples, codec);

  it("come back as they were", () => {
    const random = seededRandom(1);
    const wild = String.fromCharCode(...Array.from({ length: 3000 }, () => random() * 0xd000));
    for (const text of ["", "a", "zwölf\0 Boxkämpfer 🐗", textOf(3), wild, "x".repeat(200_000)]) {
      expect(unpack(pack(text, dictionary), dictionary)).toBe(text);
    }
  });

  it("are much smaller than without what they share", () => {
    const text = textOf(123_456);
    const alone = pack(text, Buffer.from(dictionary.subarray(0, 1)));
    expect(pack(text, dictionary).byteLength).toBeLessThan(0.5 * alone.byteLength);
  });

  it("are refused when damaged, or of another dictionary", () => {
    const packed = Buffer.from(pack(textOf(5), dictionary));
    expect(() => unpack(packed.subarray(0, packed.length - 3), dictionary)).toThrow();
    packed[2] = (packed[2] ?? 0) ^ 0xff;
    const read = (): string => unpack(packed, dictionary);
    let text = "";
    try {
      text = read();
    } catch {
      // Deflate has no sum: some damage shows, other gives another text.
    }
    expect(text).not.toBe(textOf(5));
  });
});

it.runIf(hasCodec("zstd"))("packs with zstd harder than Node does by itself", () => {
  const files = readdirSync(here).filter((name) => name.endsWith(".ts"));
  const texts = files.flatMap((name) =>
    readFileSync(join(here, name), "utf8")
      .split(/\n(?=\w)/)
      .filter((text) => text.length > 100),
  );
  expect(texts.length).toBeGreaterThan(50);
  const dictionary = makeDictionary(texts, "zstd");
  const sum = (sizes: number[]): number => sizes.reduce((a, b) => a + b, 0);
  const own = sum(texts.map((text) => pack(text, dictionary).byteLength));
  const usual = { dictionary: dictionary.subarray(1) };
  const byItself = sum(texts.map((text) => zstdCompressSync(text, usual).byteLength));
  expect(own).toBeLessThan(0.97 * byItself);
});

describe("makeDictionary", () => {
  it("is bounded, says its codec, and takes what most samples share", () => {
    const dictionary = makeDictionary(
      samples.map((sample, i) => `${"only here ".repeat(20)}${i}\n${sample}`),
      "deflate",
    );
    expect(dictionary.byteLength).toBeLessThanOrEqual(32_769);
    expect(String.fromCharCode(dictionary[0] ?? 0)).toBe("d");
    expect(Buffer.from(dictionary).toString()).toContain("request.json();");
  });

  it("does with few samples, and with none", () => {
    expect(Buffer.from(makeDictionary(["abc"], "deflate")).toString()).toBe("dabc");
    const none = makeDictionary([], "deflate");
    expect(unpack(pack("text", none), none)).toBe("text");
  });
});
