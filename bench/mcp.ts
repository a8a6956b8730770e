/*
 * What the MCP face costs: loading it, making a server, an answer over a socket and over HTTP in both eras,
 * memory for each connection. The tool that is asked (find_symbol) takes little time itself. Client and server are
 * one process, so CPU time is that of both.
 *
 *   node --expose-gc bench/mcp.ts [--calls 500]
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, realpathSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { createHttpListener } from "../src/mcp/http/http.ts";
import { createServerFactory } from "../src/mcp/server.ts";
import { serveConnection } from "../src/mcp/stdio/stdio.ts";
import { testProject } from "../test/helpers/mcp.ts";
import { httpTransport, newClient } from "../test/helpers/mcp-clients.ts";
import { RawClient } from "../test/helpers/raw-mcp.ts";
import { argument, keepRows, printMachine, repository, say, work } from "./common.ts";

const calls = Number(argument("--calls", "500"));
const here = printMachine();
const base = join(work, "mcp");
rmSync(base, { recursive: true, force: true });
mkdirSync(base, { recursive: true });

const rows: object[] = [];
const keep = (row: Record<string, unknown>): void => {
  rows.push(row);
  say(JSON.stringify(row));
};

// In processes of their own: nothing else may be loaded.
for (const [what, code] of [
  ["bare Node", ""],
  ["haypile/mcp", `await import(${JSON.stringify(join(repository, "dist", "mcp.js"))});`],
] as const) {
  const script = `const start = performance.now(); ${code} const ms = performance.now() - start; console.log(JSON.stringify({ ms, rss: process.memoryUsage.rss() }));`;
  const runs = Array.from({ length: 7 }, () => {
    const run = spawnSync(
      process.execPath,
      ["--no-warnings", "--input-type=module", "-e", script],
      { encoding: "utf8" },
    );
    return JSON.parse(run.stdout) as { ms: number; rss: number };
  });
  const { ms, rss } = middle(runs, (run) => run.ms);
  keep({ what: `import of ${what}`, ms: round(ms), rssMB: round(rss / 1e6) });
}

const { root, home } = await testProject(realpathSync(base));
const factory = createServerFactory(home)({ root });
const begun = process.cpuUsage();
for (let at = 0; at < 1000; at += 1) factory();
keep({ what: "making a server", cpuMs: round(process.cpuUsage(begun).user / 1000 / 1000) });

const path = join(base, "socket");
const server = createServer((socket) => void serveConnection(socket, { root }, home));
await new Promise<void>((resolve) => server.listen(path, resolve));
const open = async (): Promise<RawClient> => {
  const socket = connect(path);
  sockets.push(socket);
  return await new RawClient(socket, socket).open();
};
const sockets: ReturnType<typeof connect>[] = [];

const raw = await open();
await measure("socket, initialize era: find_symbol", (id) =>
  raw.call(id, "find_symbol", { name: "retry" }),
);
const listCall = (id: string): Promise<unknown> => {
  raw.send({ jsonrpc: "2.0", id, method: "tools/list", params: {} });
  return raw.answer(id);
};
await measure("socket, initialize era: tools/list", listCall);

const listener = createHttpListener(home, { root });
await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${(listener.address() as { port: number }).port}/mcp`;
for (const era of ["legacy", "modern"] as const) {
  const client = newClient(era);
  await client.connect(httpTransport(url));
  const call = () => client.callTool({ name: "find_symbol", arguments: { name: "retry" } });
  await measure(`HTTP, ${era} era, with the SDK's client: find_symbol`, call);
  await client.close();
}

const before = settledHeap();
const many = 100;
for (let at = 0; at < many; at += 1) await open();
keep({
  what: `a connection, of ${many}, both ends`,
  heapKB: round((settledHeap() - before) / many / 1024),
});
for (const socket of sockets) socket.destroy();
server.close();
listener.close();
listener.closeAllConnections();
await home.close();
keepRows("mcp", here, rows);

async function measure(what: string, ask: (id: string) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < 50; at += 1) await ask(`warm ${what} ${at}`);
  const times: number[] = [];
  const cpu = process.cpuUsage();
  for (let at = 0; at < calls; at += 1) {
    const start = performance.now();
    await ask(`${what} ${at}`);
    times.push(performance.now() - start);
  }
  const { user, system } = process.cpuUsage(cpu);
  times.sort((a, b) => a - b);
  const at = (share: number): number =>
    round(times[Math.floor(share * (times.length - 1))] as number);
  keep({ what, calls, p50: at(0.5), p95: at(0.95), cpuMs: round((user + system) / 1000 / calls) });
}

function settledHeap(): number {
  for (let at = 0; at < 3; at += 1) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function middle<T>(list: readonly T[], by: (one: T) => number): T {
  return [...list].sort((a, b) => by(a) - by(b))[Math.floor(list.length / 2)] as T;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
