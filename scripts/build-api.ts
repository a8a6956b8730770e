/* Puts the description of the calls (docs/openapi.json, which scripts/generate-docs.ts makes) where the daemon serves it from, as its gzip. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const root = join(import.meta.dirname, "..");
const target = join(root, "dist", "http");
mkdirSync(target, { recursive: true });
const text = readFileSync(join(root, "docs", "openapi.json"));
writeFileSync(join(target, "openapi.json.gz"), gzipSync(text, { level: 9 }));
