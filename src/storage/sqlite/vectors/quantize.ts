import { HaypileError } from "../../../base/errors.ts";

/** A vector as it is stored: `data[i] * scale` is the value, within half a scale. */
export interface QuantizedVector {
  scale: number;
  data: Int8Array;
}

/**
 * Rounds `vector` to int8, symmetric, with a scale of its own: the greatest magnitude becomes 127.
 * A zero vector has scale 0 and zero data.
 *
 * @throws HaypileError HAYPILE_INTERNAL for NaN and infinite values
 */
export function quantize(vector: Float32Array): QuantizedVector {
  let greatest = 0;
  for (let i = 0; i < vector.length; i++) {
    const value = vector[i] as number;
    const magnitude = Math.abs(value);
    // NaN fails this comparison as Infinity does.
    if (!(magnitude < Number.POSITIVE_INFINITY)) throw notFinite(value, i);
    if (magnitude > greatest) greatest = magnitude;
  }
  const data = new Int8Array(vector.length);
  if (greatest === 0) return { scale: 0, data };
  const factor = 127 / greatest;
  for (let i = 0; i < vector.length; i++) data[i] = Math.round((vector[i] as number) * factor);
  return { scale: greatest / 127, data };
}

function notFinite(value: number, index: number): HaypileError {
  return new HaypileError(
    "HAYPILE_INTERNAL",
    `A vector of finite numbers was expected, but value ${index} is ${value}. Nothing was stored; the model gave a wrong result. Please report it.`,
    { data: { value: String(value), index } },
  );
}
