import { HaypileError } from "../../src/base/errors.ts";
import type { FileWithChunks } from "../../src/ports/store.ts";

export const hello = "export function helloWorld() { return greet('reader'); }";
export const parser = "class JsonParser { parseHTTPResponse(max_file_size) {} }";
export const prose = "The marmot gathers grass and dries it on warm stones.";

/** A file of these chunks, ten lines each. */
export function file(path: string, texts: readonly string[], contentHash = "00"): FileWithChunks {
  return {
    path,
    stamp: {
      sizeBytes: texts.join("").length,
      mtimeMs: 1_700_000_000_000.25,
      readMs: 1_700_000_009_000,
    },
    contentHash,
    language: path.endsWith(".ts") ? "typescript" : "text",
    chunks: texts.map((text, i) => ({
      text,
      startLine: i * 10 + 1,
      endLine: i * 10 + 9,
      tokens: 7,
    })),
  };
}

/** A unit vector of four dimensions. */
export function unit(...values: number[]): Float32Array {
  const length = Math.hypot(...values);
  return Float32Array.from(values, (value) => value / length);
}

/** The code of the error that `work` ends with. */
export function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return HaypileError.isInstance(error) ? error.code : `not ours: ${error}`;
  }
  return "no error";
}
