/*
 * A daemon of the test's own, in a process of its own: the real election, socket and drain, with a small
 * server of MCP-like lines in place of the engine. ECHO_VERSION is its version.
 */
import { setTimeout as wait } from "node:timers/promises";
import { readEnvironment } from "../../src/config/environment/env.ts";
import { type ServedBackend, startDaemonProcess } from "../../src/daemon/process.ts";
import { readJsonLines, writeJsonLine } from "../../src/daemon/rpc/json-lines.ts";

const version = process.env.ECHO_VERSION ?? "0.1.0";
const running = await startDaemonProcess({
  environment: readEnvironment(),
  version,
  openBackend: async () =>
    ({ engines: () => [], close: async () => undefined }) as unknown as ServedBackend,
  idleMs: Number(process.env.ECHO_IDLE_MS ?? 600_000),
  mostClients: Number(process.env.ECHO_CLIENTS ?? 256),
  drainMs: Number(process.env.ECHO_DRAIN_MS ?? 20_000),
  homeMs: Number(process.env.ECHO_HOME_MS ?? 10_000),
  mcp: async (socket, hello) => {
    const answers = new Set<Promise<void>>();
    let introduced = 0;
    const answer = async (message: Record<string, unknown>): Promise<void> => {
      const { id, method } = message;
      const params = (message.params ?? {}) as { ms?: number; bytes?: number; split?: boolean };
      if (method === "initialize") introduced += 1;
      // A subscription is answered when the connection ends.
      if (id === undefined || method === "subscriptions/listen") return;
      if (method === "die") process.kill(process.pid, "SIGKILL");
      if (method === "half") {
        socket.write('{"jsonrpc":"2.0","id":');
        await wait(50);
        process.kill(process.pid, "SIGKILL");
      }
      // The event loop goes round in one place, as in a search without end.
      if (method === "block") {
        for (const end = performance.now() + (params.ms ?? 0); performance.now() < end; );
      } else if (params.ms !== undefined) await wait(params.ms);
      if (method === "large") {
        writeJsonLine(socket, { jsonrpc: "2.0", id, result: "x".repeat(params.bytes ?? 0) });
        return;
      }
      const result = { method, params, pid: process.pid, version, introduced, root: hello.root };
      writeJsonLine(socket, { jsonrpc: "2.0", id, result });
    };
    await readJsonLines(socket, {
      message: (message) => {
        const one = answer(message).finally(() => answers.delete(one));
        answers.add(one);
      },
      garbage: (what) =>
        writeJsonLine(socket, { jsonrpc: "2.0", id: null, error: { code: -32700, message: what } }),
    });
    await Promise.all(answers);
  },
});
await running?.ended;
process.exit(0);
