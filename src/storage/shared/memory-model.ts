/* The note of the model that vectors of memories are of, as it is kept. */
import type { ModelName } from "../../base/model-name.ts";

export function noteOf({ id, dimensions, vectors }: ModelName): string {
  return vectors === undefined
    ? `${id} ${dimensions}`
    : JSON.stringify({ id, dimensions, vectors });
}

/** Earlier versions wrote the name and the dimensions alone. */
export function namedBy(note: string | undefined): ModelName | undefined {
  if (note === undefined) return undefined;
  const [, id, dimensions] = /^(.*) (\d+)$/su.exec(note) ?? [];
  if (id !== undefined) return { id, dimensions: Number(dimensions) };
  try {
    return JSON.parse(note) as ModelName;
  } catch {
    return undefined;
  }
}
