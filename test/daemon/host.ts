/* A host as MCP clients are: it starts a bridge, and says when it has come to a stage. */
import { type ChildProcess, spawn } from "node:child_process";
import { bridgePath, echoDaemon } from "./paths.ts";

const [, , stage = "before"] = process.argv;
const words = ["--node", process.execPath, "--script", echoDaemon];

function start(stdin: "pipe" | number): ChildProcess {
  return spawn(bridgePath, words, { stdio: [stdin, "pipe", "inherit"] });
}

function ready(text = "ready"): void {
  process.stdout.write(`${text}\n`);
}

const request = (id: number, params: object): string =>
  `${JSON.stringify({ jsonrpc: "2.0", id, method: "echo", params })}\n`;

if (stage === "kept") {
  // Another process has the writing end of the bridge's input, and lives on.
  const keeper = spawn("sleep", ["60"], { stdio: ["ignore", "pipe", "ignore"] });
  const pipe = (keeper.stdout as unknown as { _handle: { fd: number } })._handle.fd;
  const bridge = start(pipe);
  await new Promise((resolve) => bridge.once("spawn", resolve));
  setTimeout(() => ready(String(keeper.pid)), 300);
} else {
  const bridge = start("pipe");
  if (stage === "at once") ready();
  else {
    bridge.stdout?.once("data", () => {
      if (stage === "after") ready();
      if (stage === "unread") bridge.stdout?.pause();
      if (stage === "during" || stage === "unread") {
        const params = stage === "unread" ? { ms: 1 } : { ms: 30_000 };
        for (let id = 2; id < 200; id++) bridge.stdin?.write(request(id, params));
        setTimeout(ready, 20);
      }
    });
    if (stage === "before") setTimeout(ready, 30);
    else bridge.stdin?.write(request(1, {}));
  }
}
setInterval(() => undefined, 1_000);
