/*
 * The packaged MiniLM once more with float weights, as an ONNX file of 90 MB: what its packed integers mean, without
 * their rounding of activations. Where sections lie in the file says native/core/encoder/weights.h.
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  asInput,
  asOutput,
  float,
  int64,
  ints,
  model,
  node,
  scalar,
  tensor,
  value,
} from "./onnx.ts";

const packed = join(import.meta.dirname, "../../models/all-minilm-l6-v2");
const panel = 48;
const width = 384;
const heads = 12;
const headWidth = 32;
const inner = 1536;
const layers = 6;

class Sections {
  readonly #bytes: Buffer;
  #at = 128;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  #take(bytes: number): Buffer {
    const taken = this.#bytes.subarray(this.#at, this.#at + bytes);
    this.#at += Math.ceil(bytes / 64) * 64;
    return taken;
  }

  floats(count: number): Float32Array {
    return new Float32Array(Uint8Array.from(this.#take(4 * count)).buffer);
  }

  bytes(count: number): Int8Array {
    return new Int8Array(Uint8Array.from(this.#take(count)).buffer);
  }

  /** Weights [inputs, outputs] out of their panels, a scale and a bias for each output. */
  linear(inputs: number, outputs: number) {
    const panels = Math.ceil(outputs / panel);
    const packed = this.bytes(panels * panel * inputs);
    const scale = this.floats(panels * panel);
    const bias = this.floats(panels * panel);
    const at = (row: number, column: number): number => {
      const group = Math.floor(column / panel) * (inputs / 4) + Math.floor(row / 4);
      return packed[(group * panel + (column % panel)) * 4 + (row % 4)] as number;
    };
    return { inputs, outputs, at, scale, bias };
  }

  norm() {
    const [weight, bias, factor] = [this.floats(width), this.floats(width), this.floats(width)];
    return { weight, bias, factor, zero: this.floats(1)[0] as number };
  }
}

const constant = (name: string, dims: number[], numbers: Float32Array): Buffer =>
  tensor(name, dims, float, Buffer.from(numbers.buffer));

/** Writes model.onnx, tokenizer.json and model.json into a folder, and gives its path. */
export function writeWholeMiniLm(folder: string): string {
  const of = new Sections(readFileSync(join(packed, "weights.bin")));
  const nodes: Buffer[] = [];
  const constants: Buffer[] = [];
  const op = (...given: Parameters<typeof node>): string => {
    nodes.push(node(...given));
    return given[2];
  };
  const put = (name: string, dims: number[], numbers: Float32Array): string => {
    constants.push(constant(name, dims, numbers));
    return name;
  };
  /** What the integers of a layer come to for floats that become bytes as x * factor + zero. */
  const linear = (
    x: string,
    name: string,
    layer: ReturnType<Sections["linear"]>,
    factor: (input: number) => number,
    zero: number,
    by: (output: number) => number = () => 1,
  ): string => {
    const { inputs, outputs, at, scale, bias } = layer;
    const weight = new Float32Array(inputs * outputs);
    const lift = new Float32Array(outputs);
    for (let column = 0; column < outputs; column += 1) {
      const step = (scale[column] as number) * by(column);
      let sum = 0;
      for (let row = 0; row < inputs; row += 1) {
        const one = at(row, column);
        sum += one;
        weight[row * outputs + column] = factor(row) * one * step;
      }
      lift[column] = (bias[column] as number) * by(column) + zero * sum * step;
    }
    op("MatMul", [x, put(`${name}.weight`, [inputs, outputs], weight)], `${name}.product`);
    return op("Add", [`${name}.product`, put(`${name}.bias`, [outputs], lift)], `${name}.out`);
  };
  const norm = (x: string, name: string, { weight, bias }: ReturnType<Sections["norm"]>): string =>
    op(
      "LayerNormalization",
      [x, put(`${name}.weight`, [width], weight), put(`${name}.bias`, [width], bias)],
      `${name}.out`,
    );

  const words = readFileSync(join(packed, "weights.bin")).readUInt32LE(32 + 5 * 4);
  const positions = 512;
  const wordScale = of.floats(words);
  const rows = of.bytes(words * width);
  const table = Float32Array.from(
    rows,
    (one, at) => one * (wordScale[Math.floor(at / width)] as number),
  );
  constants.push(ints("one", [1]), ints("two", [2]), ints("none", [0]), scalar("unit", 1));
  constants.push(scalar("minus", -10_000), ints("middle", [1, 2]), scalar("tiny", 1e-12));
  constants.push(ints("split", [0, 0, heads, 3 * headWidth]), ints("parts", [32, 32, 32]));
  constants.push(ints("joined", [0, 0, width]));
  op("Gather", [put("words", [words, width], table), "input_ids"], "rows");
  op("Shape", ["input_ids"], "shape");
  op("Slice", ["shape", "one", "two"], "length");
  op(
    "Slice",
    [put("places", [positions, width], of.floats(positions * width)), "none", "length", "none"],
    "placed",
  );
  let given = of.norm();
  let x = norm(op("Add", ["rows", "placed"], "embedded"), "norm", given);
  op("Cast", ["attention_mask"], "mask", [{ name: "to", int: float }]);
  op("Mul", [op("Sub", ["unit", "mask"], "padding"), "minus"], "bias");
  op("Unsqueeze", ["bias", "middle"], "hidden");
  for (let index = 0; index < layers; index += 1) {
    const name = `layer${index}`;
    const joined = of.linear(width, 3 * width);
    const output = of.linear(width, width);
    const up = of.linear(width, inner);
    const down = of.linear(inner, width);
    const afterAttention = of.norm();
    const afterInner = of.norm();
    const innerFactor = of.floats(inner);
    const scoreScale = of.floats(heads);
    const mixedScale = of.floats(heads);
    const [innerZero = 0, mixedZero = 0] = of.floats(2);
    const entered = given;
    // Scores are powers of two there, and of e in Softmax; their factor goes into the queries.
    const byQuery = (column: number): number =>
      column % (3 * headWidth) < headWidth
        ? (scoreScale[Math.floor(column / (3 * headWidth))] as number) * Math.LN2
        : 1;
    const all = linear(
      x,
      `${name}.joined`,
      joined,
      (i) => entered.factor[i] as number,
      entered.zero,
      byQuery,
    );
    op("Reshape", [all, "split"], `${name}.heads`);
    op("Transpose", [`${name}.heads`], `${name}.turned`, [{ name: "perm", ints: [0, 2, 1, 3] }]);
    for (const [part, from] of [
      ["query", 0],
      ["key", 32],
      ["value", 64],
    ] as const) {
      constants.push(ints(`${name}.${part}.from`, [from]), ints(`${name}.${part}.to`, [from + 32]));
      constants.push(ints(`${name}.${part}.axis`, [3]));
      const bounds = ["from", "to", "axis"].map((end) => `${name}.${part}.${end}`);
      op("Slice", [`${name}.turned`, ...bounds], `${name}.${part}`);
    }
    op("Transpose", [`${name}.key`], `${name}.keys`, [{ name: "perm", ints: [0, 1, 3, 2] }]);
    op("MatMul", [`${name}.query`, `${name}.keys`], `${name}.scores`);
    op("Add", [`${name}.scores`, "hidden"], `${name}.seen`);
    op("Softmax", [`${name}.seen`], `${name}.shares`, [{ name: "axis", int: 3 }]);
    op("MatMul", [`${name}.shares`, `${name}.value`], `${name}.taken`);
    op("Transpose", [`${name}.taken`], `${name}.back`, [{ name: "perm", ints: [0, 2, 1, 3] }]);
    op("Reshape", [`${name}.back`, "joined"], `${name}.mixed`);
    const byHead = (i: number): number => mixedScale[Math.floor(i / headWidth)] as number;
    const attended = linear(`${name}.mixed`, `${name}.output`, output, byHead, mixedZero);
    x = norm(op("Add", [x, attended], `${name}.sum`), `${name}.attention`, afterAttention);
    const middle = linear(
      x,
      `${name}.up`,
      up,
      (i) => afterAttention.factor[i] as number,
      afterAttention.zero,
    );
    const active = gelu(op, middle, `${name}.gelu`);
    const fed = linear(active, `${name}.down`, down, (i) => innerFactor[i] as number, innerZero);
    x = norm(op("Add", [x, fed], `${name}.total`), `${name}.inner`, afterInner);
    given = afterInner;
  }
  constants.push(scalar("half", 0.5), scalar("root", Math.SQRT1_2));
  op("Unsqueeze", ["mask", "one"], "maskRow");
  op("Squeeze", [op("MatMul", ["maskRow", x], "sums"), "one"], "sum");
  op("ReduceL2", ["sum"], "norm2", [
    { name: "axes", ints: [1] },
    { name: "keepdims", int: 1 },
  ]);
  op("Div", ["sum", op("Max", ["norm2", "tiny"], "divisor")], "sentence_embedding");
  mkdirSync(folder, { recursive: true });
  const interfaces = [
    value(asInput, "input_ids", int64, ["texts", "tokens"]),
    value(asInput, "attention_mask", int64, ["texts", "tokens"]),
    value(asOutput, "sentence_embedding", float, ["texts", width]),
  ];
  writeFileSync(join(folder, "model.onnx"), model(nodes, constants, interfaces));
  copyFileSync(join(packed, "tokenizer.json"), join(folder, "tokenizer.json"));
  writeFileSync(join(folder, "model.json"), '{"dimensions":384,"pooling":"graph","maxTokens":256}');
  return folder;
}

/** x/2 * (1 + erf(x / sqrt 2)) */
function gelu(op: (...given: Parameters<typeof node>) => string, x: string, name: string): string {
  op("Mul", [x, "root"], `${name}.in`);
  op("Erf", [`${name}.in`], `${name}.erf`);
  op("Add", [`${name}.erf`, "unit"], `${name}.up`);
  op("Mul", [x, `${name}.up`], `${name}.product`);
  return op("Mul", [`${name}.product`, "half"], `${name}.out`);
}
