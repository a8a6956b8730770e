/* The body of a request, read within bounds, and the messages in it. */
import type { IncomingMessage } from "node:http";
import { type Batch, errorText, type Frame, parseError, readFrame } from "../framing.ts";

export type Body =
  | Extract<Frame, { kind: "message" | "wrong" | "batch" }>
  | { kind: "too large" }
  /** The client went away. */
  | { kind: "gone" };

/** The last revision of the protocol with batches; a request that names none counts as one of it. */
const lastWithBatches = "2025-03-26";

export async function readBody(request: IncomingMessage, mostBytes: number): Promise<Body> {
  const bytes = await readBytes(request, mostBytes);
  if (typeof bytes === "string") return { kind: bytes };
  const frame = readFrame(bytes);
  if (frame.kind !== "nothing") return frame;
  const message = "Parse error: the body is empty. Send one JSON-RPC message.";
  return { kind: "wrong", answer: errorText(parseError, message) };
}

/** What to answer to a batch that the revision of the request does not have; undefined: it has batches. */
export function refusedBatch(batch: Batch, version: string | undefined): string | undefined {
  if (version === undefined || version <= lastWithBatches) return undefined;
  const why = `batches belong to protocol ${lastWithBatches}, and this request is of ${version.slice(0, 40)}. Send one message a request.`;
  return batch.refuse(why);
}

/** As JSON.parse() would take it: application/json, with or without parameters. */
export function isJson(request: IncomingMessage): boolean {
  const type = (request.headers["content-type"] ?? "").split(";")[0];
  return type?.trim().toLowerCase() === "application/json";
}

/** The whole body; "gone": the client went away. */
export function readBytes(
  request: IncomingMessage,
  mostBytes: number,
): Promise<Buffer | "too large" | "gone"> {
  if (Number(request.headers["content-length"]) > mostBytes) return Promise.resolve("too large");
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let bytes = 0;
    request.on("data", (part: Buffer) => {
      bytes += part.length;
      if (bytes <= mostBytes) return void parts.push(part);
      // The rest is let go; the answer ends the connection.
      parts.length = 0;
      resolve("too large");
    });
    request.once("end", () => resolve(Buffer.concat(parts)));
    request.once("close", () => resolve("gone"));
    request.once("error", () => resolve("gone"));
  });
}
