import { ftruncateSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FileWindow } from "../../../../src/indexing/scip/file-window.ts";
import {
  documentsIn,
  readDocument,
  readFrame,
  type ScipDocument,
} from "../../../../src/indexing/scip/read-index.ts";
import { ScipDamage } from "../../../../src/indexing/scip/wire.ts";
import {
  bytesField,
  documentField,
  metadata,
  numberField,
  occurrence,
  scipBytes,
  symbolOf,
  varint,
} from "../../../helpers/scip-bytes.ts";
import { seededRandom, tempFolder } from "../../../helpers/temp-tree.ts";

const goOn = (): void => undefined;

async function opened(bytes: Buffer): Promise<FileWindow> {
  const path = join(tempFolder(), "index.scip");
  writeFileSync(path, bytes);
  return await FileWindow.open(path);
}

async function documentsOf(bytes: Buffer): Promise<Awaited<ReturnType<typeof readDocument>>[]> {
  const file = await opened(bytes);
  try {
    await readFrame(file, goOn);
    const found = [];
    for await (const span of documentsIn(file)) found.push(await readDocument(file, span));
    return found;
  } finally {
    file.close();
  }
}

async function only(bytes: Buffer): Promise<ScipDocument> {
  const [document] = await documentsOf(bytes);
  if (document === undefined || "tooLarge" in document) throw new Error("no document");
  return document;
}

async function whyNot(bytes: Buffer): Promise<string> {
  const file = await opened(bytes);
  try {
    await readFrame(file, goOn);
    return "none";
  } catch (error) {
    if (error instanceof ScipDamage) return error.message;
    throw error;
  } finally {
    file.close();
  }
}

const plain = symbolOf("`a.ts`/f().");

describe("readFrame", () => {
  it("says who made a file, and how many documents it has", async () => {
    const file = await opened(scipBytes([{ path: "a.ts" }, { path: "b.ts" }], "file:///x"));
    expect(await readFrame(file, goOn)).toEqual({
      metadata: { tool: "test-indexer 1.2.3", projectRoot: "file:///x" },
      documents: 2,
    });
    file.close();
  });

  it.each([
    ["an empty file", Buffer.alloc(0), /empty/],
    [
      "a text",
      Buffer.from("# A document\n\nwith words in it.\n".repeat(50)),
      /kind of value|begin/,
    ],
    ["JSON of LSIF", Buffer.from('{"id":1,"type":"vertex","label":"metaData"}\n'), /kind of value/],
    ["gzip", Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]), /kind of value/],
    ["a database", Buffer.from(`SQLite format 3\0${"\0".repeat(200)}`), /./],
    ["zeros", Buffer.alloc(4_096), /no field 0/],
    ["ones", Buffer.alloc(4_096, 255), /more than 10 bytes/],
    ["documents without a head", documentField({ path: "a.ts" }), /begin/],
    ["a head that says nothing", bytesField(1, ""), /who made it/],
    ["a group", Buffer.concat([metadata(), varint(5 * 8 + 3)]), /kind of value 3/],
    ["a head without end", Buffer.concat([varint(10), varint(2 ** 40)]), /middle/],
    ["metadata of 2 MB", bytesField(1, bytesField(3, "x".repeat(2_000_000))), /too long/],
  ])("refuses %s", async (_, bytes, says) => {
    expect(await whyNot(bytes)).toMatch(says);
  });

  it("refuses a file that is cut off anywhere, but between two of its parts", async () => {
    const whole = scipBytes([
      { path: "a.ts", occurrences: [{ range: [0, 0, 1], symbol: plain }] },
      { path: "b.ts", text: "x".repeat(300) },
    ]);
    const ends = new Set([
      metadata().length,
      scipBytes([{ path: "a.ts", occurrences: [{ range: [0, 0, 1], symbol: plain }] }]).length,
    ]);
    for (let length = 0; length < whole.length; length += 1) {
      const why = await whyNot(whole.subarray(0, length));
      expect([length, why !== "none"]).toEqual([length, !ends.has(length)]);
    }
  });

  it("stops when it is told to", async () => {
    const file = await opened(scipBytes([{ path: "a.ts" }]));
    const stop = (): never => {
      throw new Error("stopped");
    };
    await expect(readFrame(file, stop)).rejects.toThrow("stopped");
    file.close();
  });

  it("passes over gigabytes without reading them", async () => {
    const path = join(tempFolder(), "index.scip");
    const length = 3_000_000_000;
    const head = Buffer.concat([metadata(), varint(2 * 8 + 2), varint(length)]);
    const file = openSync(path, "w");
    writeSync(file, head);
    ftruncateSync(file, head.length + length);
    const window = await FileWindow.open(path);
    expect(await readFrame(window, goOn)).toMatchObject({ documents: 1 });
    window.close();
  });
});

describe("readDocument", () => {
  it("reads places in each of their forms, the path from behind them, and who implements what", async () => {
    const other = symbolOf("`b.ts`/Shape#");
    const document = await only(
      scipBytes([
        {
          path: "src/a.ts",
          encoding: 1,
          text: "const a = 1;",
          occurrences: [
            { range: [3, 4, 9], symbol: plain, roles: 1 },
            { range: [3, 4, 5, 6], symbol: plain, roles: 8 },
            { range: [0, 0, 2], symbol: other, typed: true },
            { range: [7, 0, 8, 2], symbol: other, typed: true },
            { range: [1, 1, 2], symbol: "local 4" },
            { range: [1, 1], symbol: plain },
            { range: [1, 1, 2], symbol: "" },
          ],
          symbols: [
            { symbol: plain, implements: [other, "local 3"] },
            { symbol: "local 1", implements: [other] },
          ],
        },
      ]),
    );
    expect(document.path).toBe("src/a.ts");
    expect(document.encoding).toBe(1);
    expect(document.symbols).toEqual([plain, other]);
    expect(
      document.occurrences.map((one) => [
        ...[one.line, one.start, one.endLine, one.end],
        ...[document.symbols[one.symbol], one.isDefinition],
      ]),
    ).toEqual([
      [3, 4, 3, 9, plain, true],
      [3, 4, 5, 6, plain, false],
      [0, 0, 0, 2, other, false],
      [7, 0, 8, 2, other, false],
    ]);
    expect(document.inherits).toContainEqual({ symbol: plain, from: other });
    expect(document.inherits.every(({ symbol }) => symbol === plain)).toBe(true);
  });

  it("takes numbers of a list one by one as well, and negative ones for places that are not there", async () => {
    const unpacked = Buffer.concat([
      ...[2, 0, 4].map((value) => numberField(1, value)),
      bytesField(2, plain),
    ]);
    const negative = Buffer.concat([
      bytesField(1, Buffer.concat([varint(2n ** 64n - 1n), varint(0), varint(1)])),
      bytesField(2, plain),
    ]);
    const body = Buffer.concat([
      bytesField(1, "a.ts"),
      bytesField(2, unpacked),
      bytesField(2, negative),
    ]);
    const document = await only(Buffer.concat([metadata(), bytesField(2, body)]));
    expect(document.occurrences[0]).toMatchObject({ line: 2, start: 0, end: 4 });
    expect(document.occurrences[1]?.line).toBeGreaterThan(2 ** 60);
  });

  it("passes over what is too long to be looked into, and over fields it does not know", async () => {
    const long = occurrence({ range: [0, 0, 1], symbol: symbolOf(`${"x".repeat(1_200_000)}.`) });
    const tooLongForAName = occurrence({
      range: [0, 0, 1],
      symbol: symbolOf(`${"x".repeat(5_000)}.`),
    });
    const good = occurrence({ range: [1, 0, 1], symbol: plain });
    const body = Buffer.concat([
      bytesField(1, "a.ts"),
      ...[long, tooLongForAName, good].map((one) => bytesField(2, one)),
      bytesField(5, "y".repeat(3_000_000)),
      numberField(99, 2n ** 63n),
      bytesField(100, "?"),
      Buffer.concat([varint(101 * 8 + 5), Buffer.alloc(4)]),
      Buffer.concat([varint(102 * 8 + 1), Buffer.alloc(8)]),
      bytesField(2, good),
    ]);
    const document = await only(Buffer.concat([metadata(), bytesField(2, body)]));
    expect(document.symbols).toEqual([plain]);
    expect(document.occurrences).toHaveLength(2);
  });

  it("does not go deep, however deep messages lie in each other", async () => {
    let nested: Buffer = Buffer.from("x");
    for (let depth = 0; depth < 20_000; depth += 1) nested = bytesField(7, nested);
    const body = Buffer.concat([
      bytesField(1, "a.ts"),
      bytesField(3, nested),
      bytesField(2, nested),
    ]);
    const document = await only(Buffer.concat([metadata(), bytesField(2, body)]));
    expect(document.occurrences).toEqual([]);
  });

  it.each([
    ["a list of more than four numbers", bytesField(1, Buffer.alloc(100))],
    ["a number without end", Buffer.alloc(30, 255)],
    ["a value beyond its message", Buffer.concat([varint(2 * 8 + 2), varint(500)])],
    ["a field that there is not", Buffer.from([0, 0])],
  ])("tells damage: %s", async (_, inner) => {
    const body = Buffer.concat([bytesField(1, "a.ts"), bytesField(2, inner)]);
    await expect(only(Buffer.concat([metadata(), bytesField(2, body)]))).rejects.toThrow(
      ScipDamage,
    );
  });

  it("leaves out a document of too many places, with its path where that came before", async () => {
    const many = Array.from({ length: 400_002 }, () =>
      bytesField(2, occurrence({ range: [0, 0, 1], symbol: plain })),
    );
    const body = Buffer.concat([bytesField(1, "a.ts"), ...many]);
    expect(await documentsOf(Buffer.concat([metadata(), bytesField(2, body)]))).toEqual([
      { path: "a.ts", tooLarge: true },
    ]);
  });

  it("gives documents or damage for any bytes, and nothing else", async () => {
    const next = seededRandom(7);
    const whole = scipBytes([
      {
        path: "a.ts",
        occurrences: [
          { range: [0, 0, 1], symbol: plain, roles: 1 },
          { range: [4, 2, 9], symbol: plain },
        ],
        symbols: [{ symbol: plain, implements: [plain] }],
      },
      { path: "b.ts" },
    ]);
    const seen = { fine: 0, damaged: 0 };
    for (let round = 0; round < 400; round += 1) {
      const bytes = Buffer.from(whole);
      for (let change = 0; change <= round % 4; change += 1) {
        bytes[Math.floor(next() * bytes.length)] = Math.floor(next() * 256);
      }
      try {
        await documentsOf(bytes);
        seen.fine += 1;
      } catch (error) {
        if (!(error instanceof ScipDamage)) throw error;
        seen.damaged += 1;
      }
    }
    expect(seen.fine).toBeGreaterThan(20);
    expect(seen.damaged).toBeGreaterThan(20);
  });
});
