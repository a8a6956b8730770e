/*
 * Writes the pages that are made from the code.
 *   node scripts/generate-docs.ts [--check]
 * With --check nothing is written, and a page that is not current ends it with 1.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generatedPages } from "./lib/generated-pages.ts";

const docs = join(import.meta.dirname, "..", "docs");
const isCheck = process.argv.includes("--check");
for (const [name, text] of Object.entries(generatedPages())) {
  const path = join(docs, name);
  if (!isCheck) writeFileSync(path, text);
  else if (!existsSync(path) || readFileSync(path, "utf8") !== text) {
    process.stderr.write(`${path} is not current; run "node scripts/generate-docs.ts".\n`);
    process.exitCode = 1;
  }
}
