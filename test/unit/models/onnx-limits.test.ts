/* ONNX files that lie about themselves: each is refused in words, at once and in little memory, whatever it claims. */
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { planEightBit } from "../../../src/models/onnx/eight-bit.ts";
import { FileBytes, ProtobufError } from "../../../src/models/onnx/protobuf.ts";
import { type OnnxModel, readModel } from "../../../src/models/onnx/read-model.ts";
import {
  asInput,
  asOutput,
  bytes,
  float,
  floats,
  int64,
  message,
  model,
  node,
  number,
  randomNumbers,
  tensor,
  value,
} from "../../helpers/onnx.ts";

let scratch: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-onnx-"));
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function read(content: Buffer): OnnxModel | undefined {
  const path = join(scratch, "model.onnx");
  writeFileSync(path, content);
  const file = openSync(path, "r");
  try {
    return readModel(new FileBytes(file, content.length));
  } finally {
    closeSync(file);
  }
}

function refusalOf(content: Buffer): string {
  try {
    read(content);
  } catch (error) {
    expect(error).toBeInstanceOf(ProtobufError);
    return (error as Error).message;
  }
  throw new Error("it was read");
}

const version = number(1, 8);
const graph = (...parts: Buffer[]): Buffer => Buffer.concat([version, message(7, ...parts)]);
const repeated = (unit: readonly number[], count: number): Buffer =>
  Buffer.alloc(unit.length * count, Buffer.from(unit));

describe("a file is refused", () => {
  test.each<[string, () => Buffer, RegExp]>([
    [
      "whose length below zero leads back to the same field for ever",
      () => Buffer.concat([version, number(2, -11).fill(0x12, 0, 1), Buffer.alloc(50)]),
      /byte 3 begins a length below zero/,
    ],
    ["with more nodes than any", () => graph(repeated([0x0a, 0], 330_000)), /more than 128 MB/],
    ["with more weights than any", () => graph(repeated([0x2a, 0], 440_000)), /more than 128 MB/],
    [
      "with a node of more inputs than any",
      () => graph(bytes(1, repeated([0x0a, 0], 5_500_000))),
      /more than 128 MB/,
    ],
    ["with more fields than any", () => repeated([0x78, 0], 20_000_001), /20000000 fields/],
    [
      "with a weight of a million dimensions, in one list",
      () => graph(message(5, bytes(1, Buffer.alloc(1_000_000, 1)))),
      /begins a list of more than 64 numbers/,
    ],
    [
      "with a weight of a million dimensions, one by one",
      () => graph(bytes(5, repeated([8, 1], 1_000_000))),
      /over 64 dimensions/,
    ],
    [
      "with a dimension below zero",
      () => graph(tensor("w", [-64, -64], float, Buffer.alloc(4 * 4_096))),
      /the weight w has a dimension below zero/,
    ],
    [
      "with a weight that claims more numbers than it has",
      () => graph(tensor("w", [1e9, 1e6], float, Buffer.alloc(16))),
      /the weight w has 16 bytes where its shape \[1000000000, 1000000\] takes 4000000000000000/,
    ],
    [
      "with a weight whose dimensions multiply over every number",
      () => graph(tensor("w", [2 ** 62, 2 ** 62], float, Buffer.alloc(0))),
      /the weight w has 0 bytes/,
    ],
    [
      "with a name of pages, of which a message shows the beginning",
      () => graph(tensor("w".repeat(60_000), [-1], float, Buffer.alloc(0))),
      /^the weight w{100} has a dimension/,
    ],
  ])("%s", (_name, content, says) => {
    expect(refusalOf(content())).toMatch(says);
  });
});

describe("a matrix stays whole", () => {
  const shaped = (rows: number, columns: number): Buffer =>
    model(
      [
        node("MatMul", ["given", "thin"], "middle"),
        node("MatMul", ["middle", "wide"], "sentence_embedding"),
      ],
      [
        floats("thin", [rows, columns], randomNumbers(1)),
        floats("wide", [columns, 64], randomNumbers(2)),
      ],
      [
        value(asInput, "given", int64, ["texts", rows]),
        value(asOutput, "sentence_embedding", float, ["texts", 64]),
      ],
    );
  const converted = (rows: number, columns: number): string[] =>
    planEightBit(read(shaped(rows, columns)) as OnnxModel).weights.map(({ weight }) => weight.name);

  test("where its scales would take what its bytes save", () => {
    expect(converted(2, 8_192)).toEqual(["wide"]);
    expect(converted(64, 8_192)).toEqual(["thin", "wide"]);
  });
});
