/* Puts the description of the calls (docs/openapi.json, which scripts/generate-docs.ts makes) where the daemon serves it from. */
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const target = join(root, "dist", "http");
mkdirSync(target, { recursive: true });
copyFileSync(join(root, "docs", "openapi.json"), join(target, "openapi.json"));
