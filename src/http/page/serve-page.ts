/* One file of the page as an answer: packed for who takes that, and not at all for who has it already. */
import { HaypileError } from "../../base/errors.ts";
import { refusal } from "../refusal.ts";
import { type PageFile, type PageFiles, unpacked } from "./page-files.ts";

/** @param path one of the page's */
export function servePage(files: PageFiles, path: string, request: Request): Response {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return refusal(405, "HAYPILE_USAGE", "The page is read with GET.", {
      headers: { Allow: "GET, HEAD" },
    });
  }
  let file: PageFile;
  try {
    file = files.read(path);
  } catch (error) {
    if (!HaypileError.isInstance(error)) throw error;
    return refusal(503, error.code, error.message);
  }
  const isPacked = takesGzip(request.headers.get("accept-encoding"));
  const tag = `"${file.tag}${isPacked ? "-gz" : ""}"`;
  const headers: Record<string, string> = {
    "Cache-Control": "no-cache",
    ETag: tag,
    Vary: "Accept-Encoding",
  };
  if (isKnown(request.headers.get("if-none-match"), tag)) {
    return new Response(null, { status: 304, headers });
  }
  const body = isPacked ? file.packed : unpacked(file);
  headers["Content-Type"] = file.type;
  headers["Content-Length"] = String(body.length);
  if (isPacked) headers["Content-Encoding"] = "gzip";
  return new Response(request.method === "HEAD" ? null : body, { status: 200, headers });
}

/** Whether the client reads gzip: named without q=0, or as "*". */
function takesGzip(accept: string | null): boolean {
  const weights = new Map<string, number>();
  for (const part of (accept ?? "").toLowerCase().split(",")) {
    const [name = "", ...parameters] = part.split(";").map((text) => text.trim());
    const q = parameters.find((one) => one.startsWith("q="));
    weights.set(name, q === undefined ? 1 : Number(q.slice(2)));
  }
  const weight = weights.get("gzip") ?? weights.get("x-gzip") ?? weights.get("*") ?? 0;
  return weight > 0;
}

function isKnown(header: string | null, tag: string): boolean {
  if (header === null) return false;
  return header
    .split(",")
    .map((one) => one.trim().replace(/^W\//u, ""))
    .some((one) => one === tag || one === "*");
}
