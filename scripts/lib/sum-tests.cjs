// Prints the end of scripts/test: each failed test with the first lines of its error, those that passed only by themselves
// (vitest-twice.mjs), then the line that counts steps and tests.
// Arguments: steps passed, steps failed, vitest's JSON reports.
"use strict";
const { existsSync, readFileSync } = require("node:fs");
const { relative } = require("node:path");

const testsShown = 20;
const linesShown = 12;

/** Name and error of what failed in a file of tests. One that fails as a whole, as by an import, has no failed test. */
function failuresOf({ name: path, status, message, assertionResults }) {
  const name = relative(process.cwd(), path);
  const bad = assertionResults.filter((one) => one.status === "failed");
  if (status === "failed" && bad.length === 0) return [[name, message ?? ""]];
  return bad.map((one) => [`${name}: ${one.fullName}`, one.failureMessages.join("\n")]);
}

function show(label, failures) {
  for (const [name, message] of failures.slice(0, testsShown)) {
    const lines = message.split("\n").slice(0, linesShown);
    const shown = lines.map((line) => `  ${line.slice(0, 300)}\n`).join("");
    process.stdout.write(`${label}: ${name}\n${shown}`);
  }
  if (failures.length > testsShown) {
    process.stdout.write(`${label}: ${failures.length - testsShown} more\n`);
  }
}

let passed = Number(process.argv[2]);
let failed = 0;
let skipped = 0;
const failures = [];
const again = [];
for (const file of process.argv.slice(4)) {
  if (!existsSync(file)) continue;
  const report = JSON.parse(readFileSync(file, "utf8"));
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  skipped += report.numPendingTests + (report.numTodoTests ?? 0);
  failures.push(...report.testResults.flatMap(failuresOf));
  again.push(...(report.again ?? []).flatMap(failuresOf));
}
show("passed only by itself", again);
show("failed", failures);
// A step may fail without a failed test in it.
if (failed === 0) failed = Number(process.argv[3]);
process.stdout.write(
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`,
);
