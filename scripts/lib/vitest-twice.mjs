/*
 * Runs vitest and writes its JSON report. Files of tests that failed run once more, one after the other, when they are few:
 * a test that fails beside others on a busy machine and passes by itself is named at the end of all checks
 * (sum-tests.cjs), and does not fail them. One that fails twice does.
 *
 *   node scripts/lib/vitest-twice.mjs REPORT [what vitest takes…]
 */
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

/** More than these are no accident. */
const mostFiles = 8;
const root = join(import.meta.dirname, "..", "..");
const [report = "", ...args] = process.argv.slice(2);

/** @returns the exit code, and the report if there is one */
function run(to, more) {
  rmSync(to, { force: true });
  const all = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${to}`, ...more];
  const { status } = spawnSync(
    process.execPath,
    [join(root, "node_modules", "vitest", "vitest.mjs"), ...all],
    { cwd: root, stdio: "inherit" },
  );
  try {
    return { code: status ?? 1, said: JSON.parse(readFileSync(to, "utf8")) };
  } catch {
    return { code: status ?? 1, said: undefined };
  }
}

const first = run(report, args);
const failed = (first.said?.testResults ?? []).filter(({ status }) => status === "failed");
if (first.code === 0 || failed.length === 0 || failed.length > mostFiles) process.exit(first.code);

const names = failed.map(({ name }) => relative(root, name));
process.stdout.write(`\ntest: once more, each by itself: ${names.join(" ")}\n`);
const options = args.filter((one) => one.startsWith("-") && !one.startsWith("--maxWorkers"));
const second = run(`${report}.again`, [...options, "--maxWorkers=1", ...names]);
if (second.said === undefined) process.exit(second.code || 1);

const { said } = first;
const now = new Map(second.said.testResults.map((one) => [one.name, one]));
for (const kind of ["Passed", "Failed", "Pending", "Todo"]) said[`num${kind}Tests`] = 0;
const counted = { passed: "Passed", failed: "Failed", todo: "Todo" };
said.again = [];
said.testResults = said.testResults.map((before) => {
  const after = now.get(before.name);
  if (after === undefined) return before;
  if (after.status !== "failed") said.again.push(before);
  return after;
});
for (const { assertionResults } of said.testResults) {
  for (const { status } of assertionResults) said[`num${counted[status] ?? "Pending"}Tests`] += 1;
}
writeFileSync(report, JSON.stringify(said));
process.exit(second.code);
