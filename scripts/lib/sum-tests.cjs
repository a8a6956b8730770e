// Prints the closing line of scripts/test: steps passed, steps failed, then vitest's JSON reports.
"use strict";
const { existsSync, readFileSync } = require("node:fs");

let passed = Number(process.argv[2]);
let failed = 0;
let skipped = 0;
for (const file of process.argv.slice(4)) {
  if (!existsSync(file)) continue;
  const report = JSON.parse(readFileSync(file, "utf8"));
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  skipped += report.numPendingTests + (report.numTodoTests ?? 0);
}
// A step may fail without a failed test in it.
if (failed === 0) failed = Number(process.argv[3]);
process.stdout.write(
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`,
);
