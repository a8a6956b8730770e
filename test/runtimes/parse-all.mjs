/*
 * Every module that is built has only syntax that this runtime knows: also those that a job loads late.
 *   node --experimental-vm-modules parse-all.mjs FOLDER
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SourceTextModule } from "node:vm";

const folder = process.argv[2];
const files = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".js"));
let failed = 0;
for (const name of files) {
  try {
    new SourceTextModule(readFileSync(join(folder, name), "utf8"));
  } catch (error) {
    failed += 1;
    process.stderr.write(`${name}: ${error.message}\n`);
  }
}
if (files.length === 0 || failed > 0) process.exit(1);
