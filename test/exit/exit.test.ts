/*
 * How a process ends while native work is open or in flight. This cannot be tested from inside: a
 * crash in a clean-up hook comes after the last line of JavaScript. Success is the exit code and
 * the absence of a signal, within a time limit.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const child = join(import.meta.dirname, "child.ts");
const limitMs = 60_000;

interface End {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  timedOut: boolean;
}

function run(scenario: string): Promise<End> {
  return new Promise((resolve) => {
    const process_ = spawn(process.execPath, [child, scenario], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NODE_NO_WARNINGS: "1" },
    });
    const end: End = { code: null, signal: null, stdout: "", stderr: "", timedOut: false };
    const timer = setTimeout(() => {
      end.timedOut = true;
      process_.kill("SIGKILL");
    }, limitMs);
    process_.stdout.on("data", (data) => {
      end.stdout += data;
    });
    process_.stderr.on("data", (data) => {
      end.stderr += data;
    });
    process_.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ ...end, code, signal });
    });
  });
}

const expected: Record<string, { code: number | null; signal?: string; stdout: string }> = {
  normal: { code: 0, stdout: "length 768\n" },
  "left-open": { code: 0, stdout: "left open\n" },
  "exit-at-work": { code: 7, stdout: "running\n" },
  "throw-at-work": { code: 1, stdout: "running\n" },
  "signal-at-work": { code: null, signal: "SIGTERM", stdout: "running\n" },
  "exit-while-reranking": { code: 7, stdout: "running\n" },
  "exit-while-closing": { code: 7, stdout: "" },
  worker: { code: 0, stdout: "worker length 768\nworker ended\n" },
  "terminate-worker-at-work": { code: 0, stdout: "terminated 1\nlength 384\n" },
  "two-workers-and-main": { code: 0, stdout: "exits 0 0\n" },
};

describe("the process ends cleanly", () => {
  for (const [scenario, { code, signal, stdout }] of Object.entries(expected)) {
    it(`in the scenario ${scenario}`, { timeout: limitMs + 5000 }, async () => {
      const end = await run(scenario);
      expect(end.timedOut, `stuck after: ${end.stdout}`).toBe(false);
      expect({ code: end.code, signal: end.signal, stdout: end.stdout }, end.stderr).toEqual({
        code,
        signal: signal ?? null,
        stdout,
      });
      const wanted = scenario === "throw-at-work" ? /thrown on purpose/ : /^$/;
      expect(end.stderr).toMatch(wanted);
    });
  }
});
