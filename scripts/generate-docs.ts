/*
 * Writes the pages that are made from the code.
 *   node scripts/generate-docs.ts [--check]
 * With --check nothing is written, and a page that is not current ends it with 1.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { configurationPage } from "./lib/configuration-page.ts";

const path = join(import.meta.dirname, "..", "docs", "configuration.md");
const text = configurationPage();
if (!process.argv.includes("--check")) writeFileSync(path, text);
else if (readFileSync(path, "utf8") !== text) {
  process.stderr.write(`${path} is not current; run "node scripts/generate-docs.ts".\n`);
  process.exitCode = 1;
}
