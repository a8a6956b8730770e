/* MCP over stdio, as a client starts it: by Node, and by the native bridge where there is one. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { realPathSync } from "../../src/base/paths/real-path.ts";
import { findBridge } from "../../src/daemon/bridge/bridge-program.ts";
import { bin, environmentOf, haypile, report, Skipped, scratch } from "./harness.ts";

const data = realPathSync(scratch("bridge"));
/** An emulator may need a minute to load what answers. */
const answerMs = 180_000;

type Answer = { id?: number; result?: Record<string, unknown>; error?: { message: string } };

class Client {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly exited: Promise<number | null>;
  #rest = "";
  #id = 0;
  odd: string[] = [];

  constructor(command: string, args: string[]) {
    this.#child = spawn(command, args, {
      cwd: data,
      env: environmentOf(data),
      stdio: ["pipe", "pipe", "ignore"],
      windowsHide: true,
    });
    this.exited = new Promise((done) => this.#child.once("exit", done));
    this.#child.stdout?.on("data", (text: Buffer) => this.#read(text.toString("utf8")));
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      try {
        const answer = JSON.parse(line) as Answer;
        this.#waiting.get(answer.id ?? -1)?.(answer);
      } catch {
        this.odd.push(line);
      }
    }
  }

  async ask(method: string, params: unknown): Promise<Record<string, unknown>> {
    const id = ++this.#id;
    const answer = await new Promise<Answer>((done, fail) => {
      const timer = setTimeout(() => fail(new Error(`no answer to ${method}`)), answerMs);
      this.#waiting.set(id, (one) => {
        clearTimeout(timer);
        done(one);
      });
      this.#child.stdin?.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    });
    assert.equal(answer.error, undefined, JSON.stringify(answer.error));
    return answer.result ?? {};
  }

  tell(method: string): void {
    this.#child.stdin?.write(`${JSON.stringify({ jsonrpc: "2.0", method })}\n`);
  }

  end(): void {
    this.#child.stdin?.end();
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}

async function talk(command: string, args: string[], word: string): Promise<string> {
  const client = new Client(command, args);
  try {
    const hello = await client.ask("initialize", {
      protocolVersion: "2025-06-18",
      capabilities: {},
      clientInfo: { name: "platforms", version: "1" },
    });
    client.tell("notifications/initialized");
    const tools = (await client.ask("tools/list", {})).tools as { name: string }[];
    assert.ok(tools.some(({ name }) => name === "remember"));
    const text = `the ${word} stands on the third shelf`;
    await client.ask("tools/call", { name: "remember", arguments: { text } });
    const found = await client.ask("tools/call", { name: "recall", arguments: { query: word } });
    assert.match(JSON.stringify(found), new RegExp(`the ${word} stands`, "u"));
    client.end();
    const code = await Promise.race([
      client.exited,
      new Promise((done) => setTimeout(() => done("it does not end"), 60_000)),
    ]);
    assert.equal(code, 0);
    assert.deepEqual(client.odd, []);
    return (hello.serverInfo as { version: string }).version;
  } finally {
    client.kill();
  }
}

await report({
  "the bridge of Node speaks MCP, ends with its input, and prints nothing else": async () => {
    return await talk(
      process.execPath,
      [bin, "mcp", "--no-native", "--client", "platforms"],
      "samovar",
    );
  },
  "the native bridge does, too": async () => {
    const bridge = findBridge();
    if (bridge === undefined) throw new Skipped("there is none here");
    const words = ["--node", process.execPath, "--script", bin, "--client", "platforms"];
    return await talk(bridge, words, "teapot");
  },
  "without a daemon the same is served in one process": async () => {
    return await talk(process.execPath, [bin, "mcp", "--no-daemon", "--root", data], "ladle");
  },
  "the daemon they had is stopped": async () => {
    const { code, err } = await haypile(["stop"], { data });
    assert.equal(code, 0, err);
    return join(data, "run");
  },
});
