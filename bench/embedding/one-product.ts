/* The bytes of an ONNX model that is one matrix product with a constant. */

function varint(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  for (; left > 127; left = Math.floor(left / 128)) bytes.push((left % 128) | 128);
  return [...bytes, left];
}

const number = (field: number, value: number): Buffer =>
  Buffer.from([...varint(field * 8), ...varint(value)]);

function bytes(field: number, ...parts: (Buffer | string)[]): Buffer {
  const data = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  return Buffer.concat([Buffer.from([...varint(field * 8 + 2), ...varint(data.length)]), data]);
}

const float = 1;
const uint8 = 2;
const int8Type = 3;
const int32 = 6;

function value(field: number, name: string, type: number, dims: number[]): Buffer {
  const shape = dims.map((dim) => bytes(1, dim === 0 ? bytes(2, "n") : number(1, dim)));
  return bytes(field, bytes(1, name), bytes(2, bytes(1, number(1, type), bytes(2, ...shape))));
}

/** a [n, inner] times a constant [inner, outer]: MatMul, or MatMulInteger with 7-bit weights. */
export function oneProduct(inner: number, outer: number, int8: boolean): Buffer {
  let state = 7;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const raw = int8
    ? Buffer.from(Int8Array.from({ length: inner * outer }, () => next() * 128 - 64).buffer)
    : Buffer.from(Float32Array.from({ length: inner * outer }, next).buffer);
  const weights = bytes(
    5,
    number(1, inner),
    number(1, outer),
    number(2, int8 ? int8Type : float),
    bytes(8, "b"),
    bytes(9, raw),
  );
  const node = bytes(
    1,
    bytes(1, "a"),
    bytes(1, "b"),
    bytes(2, "c"),
    bytes(4, int8 ? "MatMulInteger" : "MatMul"),
  );
  const graph = bytes(
    7,
    node,
    bytes(2, "product"),
    weights,
    value(11, "a", int8 ? uint8 : float, [0, inner]),
    value(12, "c", int8 ? int32 : float, [0, outer]),
  );
  return Buffer.concat([number(1, 8), graph, bytes(8, bytes(1, ""), number(2, 17))]);
}
