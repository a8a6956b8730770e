/*
 * Issue 11: find_code on the project that was being indexed timed out, because what it embedded waited behind all
 * batches of the run. The kind: somebody waits behind what nobody waits for. Real daemon, bridge and client, with a busy
 * machine; how fast it is says bench/daemon/while-indexing.ts.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bin } from "../helpers/cli.ts";
import { besideHogs } from "../helpers/hogs.ts";

/** Calls while vectors are being made, and at most in all. */
const wanted = 5;
const mostCalls = 300;
let scratch: string;
let project: string;
let env: Record<string, string>;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-beside-"));
  project = join(scratch, "project");
  mkdirSync(project);
  for (let i = 0; i < 400; i += 1) {
    const lines = Array.from(
      { length: 25 },
      (_, line) => `    total = total + value_${i}[${line}] * weight_${(i * 7 + line) % 91}`,
    );
    writeFileSync(
      join(project, `part${i}.py`),
      `def sum_of_part_${i}(value_${i}):\n    total = 0\n${lines.join("\n")}\n    return total\n`,
    );
  }
  env = {
    ...(process.env as Record<string, string>),
    HAYPILE_DATA_DIR: join(scratch, "data"),
    HAYPILE_CACHE_DIR: join(scratch, "cache"),
    HAYPILE_CONFIG_DIR: join(scratch, "config"),
    XDG_RUNTIME_DIR: "",
  };
});

afterAll(() => {
  spawnSync(process.execPath, [bin, "stop"], { env, stdio: "ignore" });
  rmSync(scratch, { recursive: true, force: true });
});

describe("find_code on a project that is being indexed", () => {
  it("answers every time, and says what it left out", async () => {
    const client = new Client({ name: "test", version: "1" });
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [bin, "mcp", "--root", project],
        env,
        stderr: "ignore",
      }),
    );
    const ask = async (name: string, args: Record<string, unknown>) => {
      const answer = await client.callTool({ name, arguments: args }, { timeout: 120_000 });
      const [part] = answer.content as { text: string }[];
      return { isError: answer.isError === true, text: part?.text ?? "" };
    };
    try {
      await ask("index_path", { path: project, wait_seconds: 0 });
      await besideHogs(3, async () => {
        let embedding = 0;
        for (let at = 0; at < mostCalls && embedding < wanted; at += 1) {
          const { isError, text } = await ask("find_code", { query: `sum of part ${at * 13}` });
          expect(isError, text).toBe(false);
          await wait(200);
          if (!/indexing is running \(\S+ embed/.test(text)) continue;
          embedding += 1;
          // Texts are there by now: words and names find them, whatever has a vector.
          expect(text).toContain("part");
        }
        expect(embedding).toBe(wanted);
        await ask("index_path", { path: project, cancel: true });
      });
    } finally {
      await client.close();
    }
  }, 900_000);
});
