/* The container image, run: MCP over stdio and HTTP, its user and root, signals, and a limit of memory. */
import { chmodSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { writeTree } from "../helpers/temp-tree.ts";
import { Image, until, whyNone } from "./container.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const why = whyNone();
const memoryBytes = 256_000_000;

let image: Image;
let tree: string;

beforeAll(() => {
  if (why !== undefined) return;
  image = new Image();
  tree = join(image.scratch, "tree");
  writeTree(tree, {
    "src/backoff.ts":
      "/** Doubles the delay after each failure. */\nexport function retryDelay(n: number): number {\n  return 2 ** n;\n}\n",
    "src/session.py": "def open_session(user):\n    '''Logs a user in.'''\n    return user\n",
  });
  chmodSync(image.scratch, 0o755);
  // So that only the mount keeps its user from writing.
  chmodSync(tree, 0o777);
});

afterAll(() => image?.[Symbol.dispose]());

const reads = () => [{ from: tree, to: "/src" }];

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

function textOf(result: unknown): string {
  const { content } = result as { content: { text?: string }[] };
  return content.map(({ text = "" }) => text).join("\n");
}

describe.skipIf(why !== undefined)(`the image (${why ?? "runs here"})`, () => {
  it("is small", () => {
    const whole = sizeOf(image.rootfs);
    const node = statSync(join(image.rootfs, "usr", "local", "bin", "node")).size;
    expect(whole).toBeLessThan(220_000_000);
    expect(whole - node).toBeLessThan(130_000_000);
  });

  it("has the licences of what is in it", () => {
    const docs = join(image.rootfs, "usr", "share", "doc");
    for (const name of ["libc6", "libstdc++6", "tini"]) {
      expect(readFileSync(join(docs, name, "copyright"), "utf8")).toMatch(/licen[cs]e/i);
    }
  });

  it("speaks MCP over stdio: indexes, finds, remembers and recalls; ends with its client", async () => {
    using container = image.container({
      words: ["mcp", "--root", "/src"],
      memoryBytes,
      reads: reads(),
    });
    const client = new Client({ name: "test", version: "1" });
    const transport = new StdioClientTransport({ ...container.command, stderr: "pipe" });
    await client.connect(transport);
    const call = async (name: string, args: Record<string, unknown>): Promise<string> =>
      textOf(await client.callTool({ name, arguments: args }, { timeout: 120_000 }));
    await call("index_path", { path: "/src" });
    const found = await until(async () => {
      const text = await call("find_code", { query: "wait longer after a failure" });
      if (!text.includes("backoff.ts")) throw new Error(text);
      return text;
    });
    expect(found).toContain("retryDelay");
    await call("remember", { text: "Releases leave on Fridays after the canary is green." });
    expect(await call("recall", { query: "when do releases leave" })).toContain("canary");
    const facts = await container.evaluate(
      `const fs = require("fs");
       const tried = (run) => { try { run(); return "written"; } catch (error) { return error.code; } };
       console.log(JSON.stringify({ uid: process.getuid(), root: tried(() => fs.writeFileSync("/x", "")),
         program: tried(() => fs.appendFileSync("/opt/haypile/node_modules/haypile/package.json", "")),
         data: tried(() => fs.writeFileSync("/data/x", "")), source: tried(() => fs.writeFileSync("/src/x", "")) }));`,
    );
    expect(facts).toEqual({
      uid: 1000,
      root: "EROFS",
      program: "EACCES",
      data: "written",
      source: "EROFS",
    });
    const health = await container.exec(["/usr/local/bin/haypile", "health"]);
    expect(health.code, health.stderr).toBe(0);
    expect(container.memory().kills).toBe(0);
    await client.close();
  });

  it("ends with 0 at SIGTERM while it serves stdio", async () => {
    using container = image.container({ words: ["mcp", "--root", "/src"], reads: reads() });
    const { client, ended } = container.open();
    await client.open();
    container.signal("TERM");
    const { code, stderr } = await ended;
    expect(code, stderr).toBe(0);
    expect(client.strayLines).toEqual([]);
  });

  it("serves HTTP with a token, tells its health, and ends with 0 at SIGTERM", async () => {
    using container = image.container({ memoryBytes, reads: reads() });
    const ended = container.run();
    const health = await until(async () => {
      const answer = await container.exec(["/usr/local/bin/haypile", "health"]);
      if (answer.code !== 0) throw new Error(answer.stderr);
      return answer;
    });
    expect(health.stdout).toMatch(/daemon\s+process \d+/);
    const asked = await until(
      async () =>
        await container.evaluate(
          `const token = require("fs").readFileSync("/data/http-token", "utf8").trim();
           const url = "http://127.0.0.1:3030";
           const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "t", version: "1" } } });
           const ask = (headers) => fetch(url + "/mcp", { method: "POST", body, headers: { "content-type": "application/json", accept: "application/json, text/event-stream", ...headers } });
           (async () => {
             const [health, none, wrong, right] = await Promise.all([fetch(url + "/health"), ask({}), ask({ authorization: "Bearer x" }), ask({ authorization: "Bearer " + token })]);
             console.log(JSON.stringify({ health: health.status, none: none.status, wrong: wrong.status, right: right.status, says: (await right.text()).includes("serverInfo") }));
           })();`,
        ),
    );
    expect(asked).toEqual({ health: 200, none: 401, wrong: 401, right: 200, says: true });
    container.signal("TERM");
    const { code, stderr } = await ended;
    expect(code, stderr).toBe(0);
    expect(readFileSync(join(image.data, "logs", "daemon.log"), "utf8")).toMatch(
      /"event":"left","reason":"signal","closed":true/,
    );
  });

  it("tells a daemon that does not answer from one that does", async () => {
    using container = image.container({ memoryBytes });
    const ended = container.run();
    const ask = () => container.exec(["/usr/local/bin/haypile", "health"]);
    await until(async () => {
      if ((await ask()).code !== 0) throw new Error("not yet");
    });
    const daemon = Number(/process (\d+)/.exec((await ask()).stdout)?.[1]);
    await container.evaluate(`process.kill(${daemon}, "SIGSTOP"); console.log(1)`);
    const stopped = await ask();
    expect(stopped.code).toBe(7);
    expect(stopped.stderr).toContain("[HAYPILE_DAEMON]");
    await container.evaluate(`process.kill(${daemon}, "SIGCONT"); console.log(1)`);
    container.signal("TERM");
    expect((await ended).code).toBe(0);
  });

  it("keeps no dead processes of others", async () => {
    using container = image.container({ memoryBytes });
    const ended = container.run();
    await until(async () => await container.evaluate("console.log(1)"));
    // A program whose parent is gone goes to the first process.
    await container.evaluate(
      `require("child_process").spawn(process.execPath, ["-e", "setTimeout(() => {}, 300)"], { detached: true, stdio: "ignore" }).unref(); console.log(1)`,
    );
    await new Promise((done) => setTimeout(done, 2_000));
    const states = await container.evaluate(
      `const fs = require("fs");
       const states = fs.readdirSync("/proc").filter((name) => /^\\d+$/.test(name)).flatMap((name) => {
         try { return /\\) (\\S)/.exec(fs.readFileSync("/proc/" + name + "/stat", "latin1"))[1]; } catch { return []; }
       });
       console.log(JSON.stringify(states));`,
    );
    expect(states).toContain("S");
    expect(states).not.toContain("Z");
    container.signal("TERM");
    expect((await ended).code).toBe(0);
  });
});
