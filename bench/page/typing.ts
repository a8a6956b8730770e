/*
 * Typing into the page's search: from each letter to its hits on the screen, in a real browser on a daemon of its own. Beside it, the
 * same questions as calls alone, first answers and whole ones in turn, so that what the page adds can be told from what the search takes.
 *
 *   node bench/page/typing.ts [--tree DIR] [--memories 500] [--rounds 3] [--questions 5]
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromium, type Page } from "playwright-core";
import { findBrowser } from "../../test/page/find-browser.ts";
import { argument, keepRows, machine, repository } from "../common.ts";

const tree = argument("--tree");
const memories = Number(argument("--memories", "500"));
const rounds = Number(argument("--rounds", "3"));

const few = Number(argument("--questions", "5"));

const questions = [
  "where are hits merged",
  "readBounded",
  "retry with backoff",
  "memory limit of the governor",
  "wal checkpoint",
].slice(0, few);

const home = mkdtempSync(join(tmpdir(), "haypile-typing-"));
const port = await freePort();
const env = {
  ...process.env,
  HOME: home,
  HAYPILE_DATA_DIR: join(home, "data"),
  HAYPILE_CONFIG_DIR: join(home, "config"),
  HAYPILE_PAGE_PORT: String(port),
  NO_COLOR: "1",
};

try {
  await measure();
} finally {
  haypile(["stop"]);
  rmSync(home, { recursive: true, force: true });
}

async function measure(): Promise<void> {
  const folder = join(home, "tree");
  mkdirSync(folder);
  cpSync(tree === undefined ? join(repository, "src") : resolve(tree), join(folder, "src"), {
    recursive: true,
  });
  haypile(["start"]);
  haypile(["index", folder]);
  const browser = await chromium.launch({ executablePath: findBrowser(), chromiumSandbox: false });
  try {
    const page = await browser.newPage();
    await page.goto(haypile(["open", "--print"]).trim());
    await page.locator("[data-session='signed-in']").waitFor();
    await call(page, "memories/rememberMany", { items: someMemories() });
    await call(page, "memories/settled", {});
    // Warm: the model is loaded, the index is open.
    for (const query of questions) await call(page, "code/search", { folder, query });
    await page.goto(`http://127.0.0.1:${port}/#/search`);
    await page.locator("#search-box").waitFor();
    // Times of the page's main thread are CPU time, so that they say something on a machine that is busy with other things.
    const probe = await page.context().newCDPSession(page);
    await probe.send("Performance.enable", { timeDomain: "threadTicks" });
    const pageCpuMs = async (): Promise<number> => {
      const { metrics } = await probe.send("Performance.getMetrics");
      return 1000 * (metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0);
    };
    const daemon = daemonPid();
    const pageCpu: number[] = [];
    const daemonCpu: number[] = [];
    const shown: number[] = [];
    const whole: number[] = [];
    const calls = { first: [] as number[], refined: [] as number[], recall: [] as number[] };
    for (let round = 0; round < rounds; round += 1) {
      for (const question of questions) {
        await page.locator("#search-box").fill("");
        for (let at = 3; at <= question.length; at += 1) {
          const text = question.slice(0, at);
          if (text.endsWith(" ")) continue;
          const [ofPage, ofDaemon] = [await pageCpuMs(), daemonCpuMs(daemon)];
          const told = await typed(page, text);
          pageCpu.push((await pageCpuMs()) - ofPage);
          daemonCpu.push(daemonCpuMs(daemon) - ofDaemon);
          shown.push(told.shownMs);
          if (at === question.length) whole.push(told.settledMs);
        }
        const options = { folder, query: `${question} ${round}`, k: 10, snippetLines: 6 };
        const soon = { rerank: false, fillIn: "off", deadlineMs: 90 };
        calls.first.push(await call(page, "code/search", { ...options, ...soon }));
        calls.refined.push(await call(page, "code/search", options));
        calls.recall.push(
          await call(page, "memories/recall", { query: options.query, k: 10, why: true }),
        );
      }
    }
    const longTasksMs = await page.evaluate(
      () => (window as unknown as { longTasks?: number[] }).longTasks ?? [],
    );
    const row = {
      load: Math.round(loadavg()[0] ?? 0),
      letters: shown.length,
      shownMs: spread(shown),
      settledMs: spread(whole),
      // A letter, first answer and refined one together.
      pageCpuMs: spread(pageCpu),
      daemonCpuMs: spread(daemonCpu),
      firstCallMs: spread(calls.first),
      refinedCallMs: spread(calls.refined),
      recallCallMs: spread(calls.recall),
      within100: Math.round((shown.filter((ms) => ms <= 100).length / shown.length) * 1000) / 1000,
      // Of the page, beyond the 50 ms that a browser calls long; 100 is what ours may take.
      longTasks: longTasksMs.length,
      above100: longTasksMs.filter((ms) => ms > 100).length,
    };
    process.stdout.write(`${JSON.stringify(row, undefined, 2)}\n`);
    keepRows("typing", machine(), [row]);
  } finally {
    await browser.close();
  }
}

/** Sets the text as an input does, and waits for its first hits to be painted, then for the last. */
function typed(page: Page, text: string): Promise<{ shownMs: number; settledMs: number }> {
  return page.evaluate(async (said) => {
    const seen = window as unknown as { longTasks?: number[] };
    if (seen.longTasks === undefined) {
      const tasks: number[] = [];
      seen.longTasks = tasks;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) tasks.push(Math.round(entry.duration));
      }).observe({ type: "longtask" });
    }
    const box = document.getElementById("search-box") as HTMLInputElement;
    const frame = (): Promise<void> =>
      new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    const start = performance.now();
    box.value = said;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    await Promise.resolve();
    const holds = (name: string): boolean =>
      document.querySelector(`[data-${name}='true']`) !== null;
    await frame();
    while (!holds("answered")) await frame();
    const shownMs = performance.now() - start;
    while (!holds("settled")) await frame();
    return { shownMs, settledMs: performance.now() - start };
  }, text);
}

/** A call of /api/v1 from the page, without anything being drawn. @returns milliseconds */
function call(page: Page, path: string, said: object): Promise<number> {
  return page.evaluate(
    async ([to, body]) => {
      const start = performance.now();
      const answer = await fetch(`/api/v1/${to}`, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          Authorization: `Bearer ${localStorage.getItem("haypile-session")}`,
        },
        body,
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(text);
      return performance.now() - start;
    },
    [path, JSON.stringify(said)] as [string, string],
  );
}

function spread(values: number[]): { p50: number; p95: number; most: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number =>
    Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 10) /
    10;
  return { p50: at(0.5), p95: at(0.95), most: at(1) };
}

/** CPU time of all threads of a process, milliseconds, by the system's ticks of 10. */
function daemonCpuMs(pid: string): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)?.split(" ") ?? [];
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

function daemonPid(): string {
  const isOurs = (pid: string): boolean => {
    try {
      const said = readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
      return said.includes(`HAYPILE_DATA_DIR=${env.HAYPILE_DATA_DIR}`);
    } catch {
      return false;
    }
  };
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && isOurs(name));
  // The first is the daemon; what it starts for parsing comes later.
  const pid = pids.sort((a, b) => Number(a) - Number(b))[0];
  if (pid === undefined) throw new Error("There is no daemon.");
  return pid;
}

function someMemories(): { text: string }[] {
  const about = ["queue", "cache", "parser", "socket", "ledger", "index", "model", "limit"];
  return Array.from({ length: memories }, (_, at) => ({
    text: `The ${about[at % 8]} of service ${at} holds ${at * 7} entries and retries ${at % 9} times.`,
  }));
}

function haypile(args: string[]): string {
  const program = join(repository, "bin", "haypile.cjs");
  const ended = spawnSync(process.execPath, [program, ...args], {
    env,
    encoding: "utf8",
    cwd: home,
  });
  if (ended.status !== 0) throw new Error(`haypile ${args.join(" ")}: ${ended.stderr}`);
  return ended.stdout;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === "object" && address !== null ? address.port : 0;
}
