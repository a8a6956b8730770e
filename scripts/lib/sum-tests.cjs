// Prints the end of scripts/test: each failed test with the first lines of its error, then the line that counts steps and tests.
// Arguments: steps passed, steps failed, vitest's JSON reports.
"use strict";
const { existsSync, readFileSync } = require("node:fs");
const { relative } = require("node:path");

const testsShown = 20;
const linesShown = 12;

let passed = Number(process.argv[2]);
let failed = 0;
let skipped = 0;
const failures = [];
for (const file of process.argv.slice(4)) {
  if (!existsSync(file)) continue;
  const report = JSON.parse(readFileSync(file, "utf8"));
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  skipped += report.numPendingTests + (report.numTodoTests ?? 0);
  for (const suite of report.testResults) {
    const name = relative(process.cwd(), suite.name);
    const bad = suite.assertionResults.filter((one) => one.status === "failed");
    for (const one of bad)
      failures.push([`${name}: ${one.fullName}`, one.failureMessages.join("\n")]);
    // A file that fails as a whole, as by an import, has no failed test.
    if (suite.status === "failed" && bad.length === 0) failures.push([name, suite.message ?? ""]);
  }
}
for (const [name, message] of failures.slice(0, testsShown)) {
  const lines = message.split("\n").slice(0, linesShown);
  process.stdout.write(
    `failed: ${name}\n${lines.map((line) => `  ${line.slice(0, 300)}\n`).join("")}`,
  );
}
if (failures.length > testsShown) {
  process.stdout.write(`failed: ${failures.length - testsShown} more\n`);
}
// A step may fail without a failed test in it.
if (failed === 0) failed = Number(process.argv[3]);
process.stdout.write(
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`,
);
