/* The JSON of a request: of that type, not too large, not too deep, and a record. */
import type { Said } from "./arguments.ts";
import { Refusal } from "./refusal.ts";

/** Bytes. */
export const mostBodyBytes = 4 * 1024 * 1024;
/** Brackets in brackets; what any call takes is far from it. */
const deepest = 32;

/** @throws Refusal 413, 415, 400 */
export async function saidInBody(request: Request): Promise<Said> {
  const types = ["application/json"];
  const type = contentType(request);
  if (!types.includes(type)) throw wrongType(type, types);
  const text = await readText(request);
  if (text.trim() === "") return {};
  checkDepth(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : "";
    throw new Refusal(400, `The body is no JSON: ${why.slice(0, 200)}. Send one object.`);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Said;
  throw new Refusal(400, 'The body is no object. Send the arguments by name: {"query": "…"}.');
}

/** Without its parameters, in small letters; "" where nothing is said. */
export function contentType(request: Request): string {
  const [type = ""] = (request.headers.get("content-type") ?? "").split(";");
  return type.trim().toLowerCase();
}

/** Forms of other pages can send texts and parts of forms, and nothing of these types. */
export function wrongType(type: string, types: readonly string[]): Refusal {
  const came = type === "" ? "nothing was said of it" : `${type.slice(0, 60)} came`;
  return new Refusal(415, `Expected a body of type ${types.join(" or ")}, but ${came}.`, {
    headers: { Connection: "close" },
  });
}

async function readText(request: Request): Promise<string> {
  const tooLarge = (): Refusal =>
    new Refusal(
      413,
      `The body is longer than ${mostBodyBytes} bytes, the most that is taken. Send less at a time.`,
      { headers: { Connection: "close" } },
    );
  if (Number(request.headers.get("content-length")) > mostBodyBytes) throw tooLarge();
  if (request.body === null) return "";
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of request.body) {
    bytes += part.length;
    if (bytes > mostBodyBytes) throw tooLarge();
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

/** Before it is parsed: what is nested without end would be built first. */
function checkDepth(text: string): void {
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text.charCodeAt(at);
    if (isInText) {
      if (letter === 0x5c) at += 1;
      else if (letter === 0x22) isInText = false;
    } else if (letter === 0x22) isInText = true;
    else if (letter === 0x5b || letter === 0x7b) {
      depth += 1;
      if (depth > deepest) {
        throw new Refusal(400, `The body is nested deeper than ${deepest} levels.`);
      }
    } else if (letter === 0x5d || letter === 0x7d) depth -= 1;
  }
}
