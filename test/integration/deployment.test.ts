/* The production set-up of docs/deployment.md as it stands there: its file, the unit's program and variables, its signal. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { repository } from "../helpers/model.ts";

// On a machine where other work runs, processes take their time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const page = readFileSync(join(repository, "docs", "deployment.md"), "utf8");
const production = page.slice(page.indexOf("## Production"), page.indexOf("## Constrained"));
const block = (language: string): string =>
  new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(production)?.[1] ?? "";
const scratch = mkdtempSync(join(tmpdir(), "haypile-unit-"));
let daemon: ChildProcess | undefined;

afterAll(() => {
  daemon?.kill("SIGKILL");
  rmSync(scratch, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

it("runs in the foreground, answers /health at the port of its file, and ends with 0 at the unit's signal", async () => {
  const unit = block("ini");
  const [, program = "", words = ""] = /^ExecStart=(\S+) (.*)$/m.exec(unit) ?? [];
  expect(program).toMatch(/\/haypile$/);
  const [, signal = ""] = /^KillSignal=(\w+)$/m.exec(unit) ?? [];
  const variables = [...unit.matchAll(/^Environment=(\w+)=(.*)$/gm)].map(([, name = ""]) => name);
  expect(variables).toContain("HAYPILE_CONFIG_DIR");

  const port = await freePort();
  const file = block("toml").replace(/^port = 3030/m, `port = ${port}`);
  expect(file).toContain(String(port));
  // The unit's folders, each in the scratch one; /etc/haypile is that of the file.
  writeFileSync(join(scratch, "haypile.toml"), file);
  const env: NodeJS.ProcessEnv = { PATH: process.env.PATH, HOME: scratch };
  for (const name of variables) env[name] = scratch;
  daemon = spawn(process.execPath, [join(repository, "bin", "haypile.cjs"), ...words.split(" ")], {
    env,
    stdio: "ignore",
  });
  const ended = once(daemon, "exit");

  const health = await answerOf(`http://127.0.0.1:${port}/health`, daemon);
  expect(health).toMatchObject({ status: "ok", pid: daemon.pid });
  expect(existsSync(join(scratch, "http-token"))).toBe(true);
  daemon.kill(signal as NodeJS.Signals);
  expect(await ended).toEqual([0, null]);
});

/** Asks until it is answered, or the daemon has ended. */
async function answerOf(address: string, from: ChildProcess): Promise<unknown> {
  for (;;) {
    expect(from.exitCode, "the daemon has ended").toBe(null);
    const answer = await fetch(address).catch(() => undefined);
    if (answer !== undefined) return await answer.json();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
