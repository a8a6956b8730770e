/*
 * A daemon from dist for the benches of the page, with a small index and memories, and a chromium that opens its panels. What
 * its process takes is read from outside; Node's inspector, opened before the first figure, collects garbage when told to.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type Browser, chromium, type Page } from "playwright-core";
import { readEnvironment } from "../../src/config/environment/env.ts";
import { connect } from "../../src/haypile/there.ts";
import { findBrowser } from "../../test/page/find-browser.ts";
import { repository, work } from "../common.ts";

export const panelIds = ["search", "latency", "footprint", "memories", "indexes", "health"];
export const things = ["lamp", "bridge", "meadow", "kettle", "marmot", "ledger", "harbour"];

/** Bytes of a process, by /proc. */
export interface Taken {
  rss: number;
  /** Private and written: what the system cannot take back. */
  anon: number;
  pss: number;
}

export class BenchDaemon {
  readonly data: string;
  readonly port: number;
  readonly pid: number;
  readonly client: Awaited<ReturnType<typeof connect>>;
  readonly env: NodeJS.ProcessEnv;
  readonly #gc: () => Promise<void>;

  private constructor(
    at: { data: string; port: number; pid: number; env: NodeJS.ProcessEnv },
    client: BenchDaemon["client"],
    gc: () => Promise<void>,
  ) {
    this.data = at.data;
    this.port = at.port;
    this.pid = at.pid;
    this.env = at.env;
    this.client = client;
    this.#gc = gc;
  }

  /** @param name of its folder below build/bench @param tree what is indexed */
  static async start(
    name: string,
    { tree, memories }: { tree: string; memories: number },
  ): Promise<BenchDaemon> {
    const data = join(work, `page-${name}`);
    rmSync(data, { recursive: true, force: true });
    mkdirSync(data, { recursive: true });
    const [port, inspectPort] = [await freePort(), await freePort()];
    const env = {
      ...process.env,
      HAYPILE_DATA_DIR: data,
      HAYPILE_CONFIG_DIR: join(data, "config"),
      XDG_RUNTIME_DIR: "",
      HAYPILE_PAGE_PORT: String(port),
      // A model that comes and goes would be most of every figure.
      HAYPILE_MODEL_IDLE: "0",
      NODE_OPTIONS: `--inspect-port=127.0.0.1:${inspectPort}`,
    };
    const started = haypile(env, ["start"]);
    if (started.status !== 0) throw new Error(`haypile start: ${started.stderr}`);
    const client = await connect({ environment: readEnvironment(env), client: "bench" });
    const { pid } = await client.health();
    await client.code(tree, { nearest: false }).index({});
    await client.memories.rememberMany(
      Array.from({ length: memories }, (_, i) => ({
        text: `The ${things[i % things.length]} of room ${i} is kept behind door ${(i * 7) % 91}.`,
        onDuplicate: "keep" as const,
      })),
    );
    while ((await client.memories.stats()).withoutVector > 0) await wait(100);
    await client.code(tree, { nearest: false }).search("where is a path checked");
    await client.memories.recall("which lamp is behind door 7");
    return new BenchDaemon({ data, port, pid, env }, client, await collector(pid, inspectPort));
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Signs in once more. @returns the token of a session */
  async session(): Promise<string> {
    const said = haypile(this.env, ["open", "--print"]).stdout;
    const code = /code=([\w-]+)/u.exec(said)?.[1];
    const answer = await fetch(`${this.origin}/api/v1/session`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ code }),
    });
    return ((await answer.json()) as { token: string }).token;
  }

  taken(): Taken {
    const text = readFileSync(`/proc/${this.pid}/smaps_rollup`, "utf8");
    const of = (name: string): number =>
      1024 * Number(new RegExp(`^${name}:\\s+(\\d+)`, "mu").exec(text)?.[1] ?? Number.NaN);
    return { rss: of("Rss"), anon: of("Anonymous"), pss: of("Pss") };
  }

  /** Processor time so far, milliseconds. */
  cpuMs(): number {
    const fields = readFileSync(`/proc/${this.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return 10 * (Number(fields[11]) + Number(fields[12]));
  }

  /** All garbage of JavaScript goes. */
  async collect(): Promise<void> {
    await this.#gc();
  }

  async end(): Promise<void> {
    await this.client.close();
    haypile(this.env, ["stop"]);
    rmSync(this.data, { recursive: true, force: true });
  }
}

function haypile(
  env: NodeJS.ProcessEnv,
  args: string[],
): { status: number | null; stdout: string; stderr: string } {
  const bin = join(repository, "bin", "haypile.cjs");
  return spawnSync(process.execPath, [bin, ...args], { env, encoding: "utf8", timeout: 60_000 });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Opens the inspector of a process, and has it collect garbage whenever that is called. */
async function collector(pid: number, port: number): Promise<() => Promise<void>> {
  process.kill(pid, "SIGUSR1");
  let url: string | undefined;
  for (let tries = 0; url === undefined; tries += 1) {
    try {
      const listed = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
      url = (listed as { webSocketDebuggerUrl: string }[])[0]?.webSocketDebuggerUrl;
    } catch (error) {
      if (tries > 100) throw error;
      await wait(50);
    }
  }
  const socket = new WebSocket(url);
  await new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
  let id = 0;
  return async () => {
    const own = ++id;
    const done = new Promise<void>((resolve) => {
      const heard = ({ data }: MessageEvent): void => {
        if ((JSON.parse(String(data)) as { id?: number }).id !== own) return;
        socket.removeEventListener("message", heard);
        resolve();
      };
      socket.addEventListener("message", heard);
    });
    socket.send(JSON.stringify({ id: own, method: "HeapProfiler.collectGarbage" }));
    await done;
  };
}

export async function startBrowser(): Promise<Browser> {
  return await chromium.launch({
    executablePath: findBrowser(),
    // As in the tests of the page (test/page/browser.ts).
    chromiumSandbox: false,
    args: ["--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
  });
}

/** Opens so many pages on the panels in turn, all signed in, and waits until each shows its panel. @returns closes them */
export async function openPages(
  browser: Browser,
  daemon: BenchDaemon,
  count: number,
): Promise<() => Promise<void>> {
  const token = await daemon.session();
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.addInitScript((said) => localStorage.setItem("haypile-session", said), token);
  const pages: Page[] = [];
  for (let i = 0; i < count; i += 1) {
    const page = await context.newPage();
    await page.goto(`${daemon.origin}/#/${panelIds[i % panelIds.length]}`);
    await page.locator("[data-session='signed-in']").waitFor({ timeout: 60_000 });
    pages.push(page);
  }
  return async () => await context.close();
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
