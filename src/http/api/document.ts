/* The description of all calls (OpenAPI 3.1), read from disk when somebody asks for it. */
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { fileError } from "../../base/errors.ts";
import { readBounded } from "../../base/files/read-file.ts";
import { packageFolder } from "../../base/package/own-package.ts";
import { plainHeaders } from "./refusal.ts";

/** Where the build puts docs/openapi.json, as its gzip. */
const path = join(packageFolder, "dist", "http", "openapi.json.gz");
const mostBytes = 4_000_000;

/** @throws HaypileError HAYPILE_PATH_MISSING where the package was not built */
export async function documentResponse(): Promise<Response> {
  try {
    const packed = await readBounded(path, { mostBytes, links: "follow" });
    const bytes = gunzipSync(packed, { maxOutputLength: mostBytes });
    return new Response(new Uint8Array(bytes), {
      headers: { "Content-Type": "application/json", ...plainHeaders },
    });
  } catch (error) {
    throw fileError(error, `read ${path}`);
  }
}
