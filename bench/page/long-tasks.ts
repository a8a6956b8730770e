/*
 * Long tasks of the memories panel with 100,000 memories, in a real chromium on a real daemon: scrolling by wheel and by hand,
 * jumping to the ends, typing into the filter, changing the order, opening. The browser says each task of more than 50 ms
 * (PerformanceObserver); the daemon's own time for pages of the list is measured beside it.
 *
 *   npm run build && nice -n 10 node bench/page/long-tasks.ts [--memories 100000]
 */
import { parseArgs } from "node:util";
import { chromium, type Page } from "playwright-core";
import { findBrowser } from "../../test/page/find-browser.ts";
import { World } from "../../test/page/world.ts";

const { values } = parseArgs({ options: { memories: { type: "string", default: "100000" } } });
const count = Number(values.memories);
const rowHeight = 58;

const nouns = "harbour lamp ferry deploy index token panel ladder mill river bridge bakery".split(
  " ",
);
const verbs = "closes opens waits fails returns changes moves needs keeps finds".split(" ");

/** Made up, each another one. */
function textOf(at: number): string {
  const noun = nouns[at % nouns.length];
  const verb = verbs[Math.floor(at / 7) % verbs.length];
  const other = nouns[Math.floor(at / 13) % nouns.length];
  return `The ${noun} ${verb} when the ${other} number ${at} is there, ${"and so on ".repeat(at % 9)}`;
}

async function fill(world: World): Promise<void> {
  const step = 2_000;
  for (let from = 0; from < count; from += step) {
    const items = Array.from({ length: Math.min(step, count - from) }, (_, at) => ({
      text: textOf(from + at),
      tags: [`tag${(from + at) % 40}`],
      kind: (from + at) % 3 === 0 ? "fact" : "note",
      onDuplicate: "keep",
      ...((from + at) % 50 === 0 && { pinned: true }),
      ...((from + at) % 11 === 0 && { expires: "2099-01-01" }),
    }));
    await world.ask("memories/rememberMany", { items });
  }
}

/** Milliseconds of the middle and the slowest of some calls. */
async function timed(world: World, said: Record<string, unknown>): Promise<string> {
  const times: number[] = [];
  for (let turn = 0; turn < 15; turn += 1) {
    const start = performance.now();
    await world.ask("memories/list", { limit: 100, textLimit: 280, ...said });
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return `p50 ${(times[7] as number).toFixed(1)} ms, most ${(times.at(-1) as number).toFixed(1)} ms`;
}

interface Task {
  durationMs: number;
  during: string;
}

async function watch(page: Page): Promise<void> {
  await page.evaluate(() => {
    const seen: number[] = [];
    (window as unknown as { longTasks: number[] }).longTasks = seen;
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) seen.push(duration);
    });
    observer.observe({ type: "longtask" });
  });
}

async function take(page: Page, during: string): Promise<Task[]> {
  await page.waitForTimeout(600);
  const found = await page.evaluate(() =>
    (window as unknown as { longTasks: number[] }).longTasks.splice(0),
  );
  return found.map((durationMs) => ({ durationMs, during }));
}

const world = new World();
world.env = { HAYPILE_DAEMON_IDLE: "600s" };
const browser = await chromium.launch({
  executablePath: findBrowser(),
  chromiumSandbox: false,
  args: ["--disable-dev-shm-usage"],
});
try {
  await world.start();
  const start = performance.now();
  await fill(world);
  process.stdout.write(
    `${count} memories in ${Math.round((performance.now() - start) / 1_000)} s\n`,
  );
  for (const order of ["newest", "updated", "expires", "most used", "largest"]) {
    for (const skip of [0, Math.floor(count / 2), count - 100]) {
      process.stdout.write(`list ${order} from ${skip}: ${await timed(world, { order, skip })}\n`);
    }
  }
  for (const text of ["har", "harbour", "harbour clo", "the"]) {
    process.stdout.write(`list with "${text}": ${await timed(world, { order: "newest", text })}\n`);
  }
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(await world.signInLink());
  await page.locator("[data-session='signed-in']").waitFor();
  await page.evaluate(() => {
    location.hash = "#/memories";
  });
  const list = page.getByRole("listbox");
  await page.locator(".memories-row[data-id]").first().waitFor();
  await watch(page);
  const tasks: Task[] = [];
  await list.hover();
  for (let turn = 0; turn < 60; turn += 1) {
    await page.mouse.wheel(0, 700);
    await page.waitForTimeout(16);
  }
  tasks.push(...(await take(page, "scrolling by wheel")));
  for (let turn = 0; turn < 60; turn += 1) {
    await list.evaluate(
      (box, to) => {
        box.scrollTop = to;
      },
      (turn / 60) * count * rowHeight,
    );
    await page.waitForTimeout(16);
  }
  tasks.push(...(await take(page, "dragging the bar")));
  await list.focus();
  for (const key of ["End", "Home", "PageDown", "End", "PageUp", "Home"]) {
    await page.keyboard.press(key);
    await page.waitForTimeout(150);
  }
  for (let turn = 0; turn < 80; turn += 1) await page.keyboard.press("ArrowDown");
  tasks.push(...(await take(page, "keys")));
  const box = page.getByRole("searchbox");
  await box.focus();
  await page.keyboard.type("harbour closes when", { delay: 70 });
  for (let turn = 0; turn < 19; turn += 1) await page.keyboard.press("Backspace");
  tasks.push(...(await take(page, "typing into the filter")));
  for (const order of ["largest", "expires", "most used", "newest"]) {
    await page.getByLabel("Order").selectOption({ label: order });
    await page.waitForTimeout(300);
  }
  tasks.push(...(await take(page, "changing the order")));
  await list.evaluate((one) => {
    one.scrollTop = 58 * 5_000;
  });
  await page.waitForTimeout(300);
  for (let turn = 0; turn < 5; turn += 1) {
    await world.ask("memories/remember", { text: `came meanwhile ${turn}`, onDuplicate: "keep" });
  }
  tasks.push(...(await take(page, "changes of others")));
  await page.locator(".memories-row[data-id]").nth(9).click();
  await page.locator(".memories-detail .facts").waitFor();
  tasks.push(...(await take(page, "opening one")));
  const longest = Math.max(0, ...tasks.map(({ durationMs }) => durationMs));
  for (const { durationMs, during } of tasks) {
    process.stdout.write(`long task: ${Math.round(durationMs)} ms, ${during}\n`);
  }
  process.stdout.write(
    `${tasks.length} tasks above 50 ms, the longest ${Math.round(longest)} ms; target: none above 100 ms\n`,
  );
} finally {
  await browser.close();
  await world.end();
}
