/*
 * Writes ONNX models by hand: ONNX is protobuf, and of that only tags, varints and lengths are needed
 * here. Field numbers are those of onnx.proto (ModelProto, GraphProto, NodeProto, TensorProto …).
 */

export const float = 1;
export const uint8 = 2;
export const int64 = 7;

function varint(value: number): number[] {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(left & 0x7fn);
    left >>= 7n;
    bytes.push(left > 0n ? low | 0x80 : low);
  } while (left > 0n);
  return bytes;
}

export function number(field: number, value: number): Buffer {
  return Buffer.from([...varint(field << 3), ...varint(value)]);
}

export function bytes(field: number, value: Buffer | string): Buffer {
  const data = Buffer.from(value as string);
  return Buffer.concat([Buffer.from([...varint((field << 3) | 2), ...varint(data.length)]), data]);
}

export function message(field: number, ...parts: Buffer[]): Buffer {
  return bytes(field, Buffer.concat(parts));
}

export function tensor(name: string, dims: number[], type: number, raw: Buffer): Buffer {
  return message(
    5,
    ...dims.map((dim) => number(1, dim)),
    number(2, type),
    bytes(8, name),
    bytes(9, raw),
  );
}

export function floats(name: string, dims: number[], next: () => number): Buffer {
  const values = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, next);
  return tensor(name, dims, float, Buffer.from(values.buffer));
}

/** Float weights that lie in a second file beside the model, from its beginning. */
export function outerFloats(name: string, dims: number[], file: string): Buffer {
  return outer(name, dims, float, file);
}

/** A tensor of numbers whose bytes are all of a second file beside the model. */
export function outer(name: string, dims: number[], type: 1 | 2, file: string): Buffer {
  const entry = (key: string, value: string): Buffer => message(13, bytes(1, key), bytes(2, value));
  const length = (type === float ? 4 : 1) * dims.reduce((a, b) => a * b, 1);
  return message(
    5,
    ...dims.map((dim) => number(1, dim)),
    number(2, type),
    bytes(8, name),
    entry("location", file),
    entry("offset", "0"),
    entry("length", String(length)),
    number(14, 1),
  );
}

export function ints(name: string, values: number[]): Buffer {
  return tensor(
    name,
    [values.length],
    int64,
    Buffer.from(BigInt64Array.from(values, BigInt).buffer),
  );
}

type Attribute = { name: string; ints?: number[]; int?: number };

export function node(
  op: string,
  inputs: string[],
  output: string,
  attributes: Attribute[] = [],
  domain = "",
): Buffer {
  return message(
    1,
    ...inputs.map((name) => bytes(1, name)),
    bytes(2, output),
    bytes(3, output),
    bytes(4, op),
    ...(domain === "" ? [] : [bytes(7, domain)]),
    ...attributes.map(({ name, ints: list, int }) =>
      message(
        5,
        bytes(1, name),
        ...(list ?? []).map((value) => number(8, value)),
        ...(int === undefined ? [] : [number(3, int)]),
        number(20, list === undefined ? 2 : 7),
      ),
    ),
  );
}

export function value(
  field: number,
  name: string,
  type: number,
  dims: (number | string)[],
): Buffer {
  const shape = dims.map((dim) =>
    message(1, typeof dim === "string" ? bytes(2, dim) : number(1, dim)),
  );
  return message(
    field,
    bytes(1, name),
    message(2, message(1, number(1, type), message(2, ...shape))),
  );
}

/** A generator of numbers from -1 to 1, the same for a seed. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

/** A model of one graph: nodes in order, constants, then inputs and outputs as value() gives them. */
export function model(nodes: Buffer[], tensors: Buffer[], values: Buffer[]): Buffer {
  const graph = message(7, ...nodes, bytes(2, "tiny"), ...tensors, ...values);
  return Buffer.concat([
    number(1, 8),
    bytes(2, "test"),
    graph,
    message(8, bytes(1, ""), number(2, 17)),
    message(8, bytes(1, "haypile"), number(2, 1)),
  ]);
}

/** An input or output of a model. */
export const asInput = 11;
export const asOutput = 12;

/** One number. */
export function scalar(name: string, of: number): Buffer {
  return tensor(name, [], float, Buffer.from(Float32Array.of(of).buffer));
}
