/* Texts as people have them on disk. Report of the kind: Latin-1 sources lose every accent in the index. */
import { describe, expect, it } from "vitest";
import { decodeText } from "../../../../src/base/files/decode-text.ts";
import { seededRandom } from "../../../helpers/temp-tree.ts";

const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");

describe("western texts that are no UTF-8", () => {
  const german = "// Größe prüfen: für jeden Schlüssel\nint länge = 0;\n";
  it.each([
    ["German", german],
    ["French", "Ça déjà vu, où l'été naît.\n"],
    ["Spanish", "¿Qué pasó mañana? ¡Ñandú!\n"],
    ["Danish", "Blåbærgrød på æblegrød\n"],
    ["one letter at the end", "caf\xe9"],
    ["signs", "© 2024 Müller §3 · 20 °C ± 2 µm\n"],
  ])("are read as Latin-1: %s", (_, text) => {
    expect(decodeText(latin1(text))).toEqual({ text, brokenEncoding: false });
  });

  it("are read with the quotes, dashes and the euro of windows-1252", () => {
    const bytes = Buffer.from([
      0x93, 0x61, 0x94, 0x20, 0x96, 0x20, 0x80, 0x35, 0x85, 0x20, 0x92, 0x73, 0x20, 0x99,
    ]);
    expect(decodeText(bytes)).toEqual({ text: "“a” – €5… ’s ™", brokenEncoding: false });
  });

  it("may draw lines of one sign", () => {
    const text = `a\n${"\xb7".repeat(40)}\n\xe9\n`;
    expect(decodeText(latin1(text))).toEqual({ text, brokenEncoding: false });
  });
});

describe("what is something else", () => {
  it("is UTF-8 with a few broken bytes when most of it is UTF-8", () => {
    const bytes = Buffer.concat([Buffer.from("Größe für Äpfel "), Buffer.from([0xff, 0x0a])]);
    expect(decodeText(bytes)).toEqual({ text: "Größe für Äpfel \uFFFD\n", brokenEncoding: true });
  });

  it.each([
    ["Cyrillic, windows-1251", [0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2, 0x2c, 0x20, 0xec, 0xe8, 0xf0]],
    ["Cyrillic, KOI8-R", [0xf0, 0xd2, 0xc9, 0xd7, 0xc5, 0xd4, 0x2c, 0x20, 0xcd, 0xc9, 0xd2]],
    ["Japanese, Shift JIS", [0x82, 0xb1, 0x82, 0xea, 0x82, 0xcd, 0x81, 0x41, 0x41]],
    ["Chinese, GBK", [0xc4, 0xe3, 0xba, 0xc3, 0xca, 0xc0, 0xbd, 0xe7, 0x0a]],
    ["Korean, EUC-KR", [0xbe, 0xc8, 0xb3, 0xe7, 0xc7, 0xcf, 0xbc, 0xbc, 0x0a]],
  ])("is not taken for western: %s", (_, bytes) => {
    expect(decodeText(Buffer.from(bytes))).toMatchObject({ brokenEncoding: true });
  });
});

describe("UTF-16", () => {
  const text = "int main() { return 0; } // größer\r\n";
  it("is known without a mark, in both orders", () => {
    const little = Buffer.from(text, "utf16le");
    expect(decodeText(little)).toEqual({ text, brokenEncoding: false });
    expect(decodeText(Buffer.from(little).swap16())).toEqual({ text, brokenEncoding: false });
  });

  it("is not seen in binaries with many NULs", () => {
    const numbers = Buffer.alloc(400);
    for (let at = 0; at < 100; at += 1) numbers.writeUInt32LE(at * 40, at * 4);
    expect(decodeText(numbers)).toBeUndefined();
    const shorts = Buffer.alloc(400);
    for (let at = 0; at < 200; at += 1) shorts.writeUInt16LE(at % 7, at * 2);
    expect(decodeText(shorts)).toBeUndefined();
    expect(decodeText(Buffer.alloc(100))).toBeUndefined();
  });
});

it("gives well-formed text without a NUL for whatever bytes come", () => {
  const random = seededRandom(7);
  for (let round = 0; round < 3_000; round += 1) {
    const bytes = Uint8Array.from({ length: Math.floor(random() * 60) }, () => {
      const byte = Math.floor(random() * 256);
      return random() < 0.5 ? byte & 0x7f : byte;
    });
    const decoded = decodeText(bytes);
    if (decoded === undefined) continue;
    expect(decoded.text.isWellFormed()).toBe(true);
    expect(decoded.text).not.toContain("\0");
    if (!decoded.brokenEncoding) expect(decoded.text).not.toContain("\uFFFD");
  }
});
