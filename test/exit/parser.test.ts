/* The parse process ends with the process that started it, however that ends, and never holds it up. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";

const script = join(import.meta.dirname, "parser-child.ts");

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function start(
  mode: string,
): Promise<{ parsing: number; child: ReturnType<typeof spawn>; ended: Promise<number | null> }> {
  const child = spawn(process.execPath, ["--no-warnings", script, mode], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<number | null>((done) => child.once("exit", done));
  const parsing = await new Promise<number>((done) => {
    child.stdout?.once("data", (data) => done(Number(data)));
  });
  expect(isAlive(parsing)).toBe(true);
  return { parsing, child, ended };
}

async function expectGone(pid: number): Promise<void> {
  for (let i = 0; i < 200 && isAlive(pid); i += 1) await wait(50);
  expect(isAlive(pid)).toBe(false);
}

describe("the parse process", () => {
  it("does not keep a finished program running", async () => {
    const { parsing, ended } = await start("idle");
    expect(await ended).toBe(0);
    await expectGone(parsing);
  });

  it.each(["SIGKILL", "SIGTERM"] as const)(
    "ends after its parent got %s at work",
    async (signal) => {
      const { parsing, child, ended } = await start("busy");
      child.kill(signal);
      await ended;
      await expectGone(parsing);
    },
  );
});
