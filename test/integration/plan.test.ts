/** `haypile plan` as a person runs it: with good numbers, and with such as nobody has. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import type { Plan } from "../../src/ports/answers/plan.ts";
import { cli } from "../helpers/cli.ts";

vi.setConfig({ testTimeout: 300_000 });

const data = mkdtempSync(join(tmpdir(), "haypile-plan-"));
afterAll(() => rmSync(data, { recursive: true, force: true }));
const run = (...args: string[]) => cli(["plan", ...args], { data });

it("says what so many take here, with the speed of this machine, and as JSON", async () => {
  const said = await run("--files", "7000", "--memories", "100000");
  expect(said.code, said.stderr).toBe(0);
  expect(said.stdout).toMatch(/^With all-minilm-l6-v2 on this machine: [\d,]+ tokens a second/);
  expect(said.stdout).toMatch(/^ {2}index +7,000 files, 35\.0 MB of text/m);
  expect(said.stdout).toMatch(/^ {2}memories +100,000 of 200 characters/m);
  const json = await run("--files", "7000", "--size", "70MB", "--json");
  const plan = JSON.parse(json.stdout) as Plan;
  expect(plan.index.textBytes).toBe(70_000_000);
  expect(plan.machine.tokensPerCpuSecond).toBeGreaterThan(0);
  expect(plan.cpuSeconds).toBeGreaterThan(plan.index.tokens / plan.machine.tokensPerCpuSecond);
});

it("says one file and days of time as a person would", async () => {
  const one = await run("--files", "1");
  expect(one.stdout).toMatch(/ 1 file, 5\.0 kB of text/);
  const many = await run("--files", "10000000");
  expect(many.stdout).toMatch(/ \d+ days of CPU time/);
});

it("warns of what does not fit", async () => {
  const said = await run("--files", "10000000", "--size", "900TB");
  expect(said.code, said.stderr).toBe(0);
  expect(said.stdout).toMatch(/^warning: the disk of the data folder has /m);
});

it.each([
  [[], "Expected --files or --memories"],
  [["--files", "0"], "Expected a whole number from 1 to"],
  [["--files", "-5"], "Expected a whole number from 1 to"],
  [["--files", "1e12"], "Expected a whole number from 1 to"],
  [["--files", "many"], "Expected a whole number from 1 to"],
  [["--memories", "0.5"], "Expected a whole number from 1 to"],
  [["--files", "10", "--size", "big"], "Expected a size such as"],
  [["--memories", "10", "--size", "5MB"], "Expected --files with --size"],
  [["--files", "10", "--chars", "5"], "Expected --memories with --chars"],
  [["--files", "10", "--model", "no-such-model"], "no-such-model"],
] as const)("refuses %j and says what was expected", async (args, says) => {
  const { code, stdout, stderr } = await run(...args);
  expect(code).not.toBe(0);
  expect(stdout).toBe("");
  expect(stderr).toContain(says);
});
