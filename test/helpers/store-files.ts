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

/** A class from line 2 to 19 with one method from 12 to 15, in two chunks; used in line 20. */
export function parsedFile(path: string): FileWithChunks {
  const texts = ["the first part", "the second part"];
  const plain = { signature: "", doc: "", visibility: "public", bodyHash: "0".repeat(16) } as const;
  return {
    ...file(path, texts),
    syntax: {
      definitions: [
        {
          ...{ ...plain, name: "JsonReader", kind: "class", container: "" },
          ...{ startLine: 2, headLine: 2, endLine: 19 },
        },
        {
          ...{ ...plain, name: "readAll", kind: "method", container: "JsonReader" },
          ...{ startLine: 12, headLine: 12, endLine: 15 },
        },
      ],
      references: [
        { name: "parseValue", kind: "call", line: 13, within: 1 },
        { name: "JsonReader", kind: "type", line: 20, within: -1 },
      ],
      imports: [{ module: "./values.ts", name: "parseValue", alias: "", line: 1 }],
      hasErrors: false,
    },
  };
}
