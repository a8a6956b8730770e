/*
 * The first paint of the page from a warm daemon, by the browser's own entries, beside that of a bare page of a few words which a
 * bare HTTP server of Node sends: what of it is chromium's. Each load in a context of its own, so from no cache; in turns.
 *
 *   node bench/page/paint.ts [--loads 30] [--panel search]
 */
import { createServer } from "node:http";
import { join } from "node:path";
import { argument, keepRows, printMachine, repository, say } from "../common.ts";
import { BenchDaemon, median, startBrowser } from "./daemon.ts";

const loads = Number(argument("--loads", "30"));
const panel = argument("--panel", "search");
const here = printMachine();
const bare = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Bare</title><style>body{font:15px sans-serif}</style></head><body><p>Haypile</p></body></html>`;
const server = createServer((_, response) => {
  response.setHeader("Content-Type", "text/html; charset=utf-8");
  response.end(bare);
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const { port } = server.address() as { port: number };

const daemon = await BenchDaemon.start("paint", {
  tree: join(repository, "src", "base"),
  memories: 100,
});
const token = await daemon.session();
const browser = await startBrowser();

interface Load {
  /** Milliseconds from the start of the navigation. */
  paint: number;
  contentful: number;
  /** The panel is there. */
  panel: number;
}

async function load(url: string, isPage: boolean): Promise<Load> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    await context.addInitScript((said) => localStorage.setItem("haypile-session", said), token);
    const page = await context.newPage();
    if (isPage) {
      await page.addInitScript(() => {
        const seen = new MutationObserver(() => {
          if (
            document.querySelector(
              "[data-session='signed-in'] section, [data-session='signed-in'] form",
            ) === null
          )
            return;
          performance.mark("panel");
          seen.disconnect();
        });
        seen.observe(document, { childList: true, subtree: true, attributes: true });
      });
    }
    await page.goto(url);
    await page.waitForFunction(
      (isPage) =>
        performance.getEntriesByType("paint").length >= 2 &&
        (!isPage || performance.getEntriesByName("panel").length > 0),
      isPage,
      { timeout: 60_000 },
    );
    return await page.evaluate(() => {
      const of = (name: string): number =>
        performance.getEntriesByName(name)[0]?.startTime ?? Number.NaN;
      return {
        paint: of("first-paint"),
        contentful: of("first-contentful-paint"),
        panel: of("panel"),
      };
    });
  } finally {
    await context.close();
  }
}

const seen: Record<"page" | "bare", Load[]> = { page: [], bare: [] };
try {
  const urls = { page: `${daemon.origin}/#/${panel}`, bare: `http://127.0.0.1:${port}/` };
  for (let i = -2; i < loads; i += 1) {
    for (const which of i % 2 === 0 ? (["page", "bare"] as const) : (["bare", "page"] as const)) {
      const found = await load(urls[which], which === "page");
      // The first two are for the browser to come to itself.
      if (i >= 0) seen[which].push(found);
    }
  }
} finally {
  await browser.close();
  await daemon.end();
  server.close();
}
const p95 = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * 0.95)] ?? Number.NaN;
const rows = (["bare", "page"] as const).map((which) => {
  const of = (name: keyof Load): number[] => seen[which].map((one) => one[name]);
  const row = {
    which,
    panel,
    loads,
    paint: median(of("paint")),
    paintP95: p95(of("paint")),
    contentful: median(of("contentful")),
    contentfulP95: p95(of("contentful")),
    shown: median(of("panel")),
  };
  const shown = which === "page" ? `; the panel is there at ${row.shown.toFixed(0)} ms` : "";
  say(
    `${which}: first paint ${row.paint.toFixed(0)} ms (p95 ${row.paintP95.toFixed(0)}), with content ${row.contentful.toFixed(0)} ms (p95 ${row.contentfulP95.toFixed(0)})${shown}; medians of ${loads}`,
  );
  return row;
});
keepRows("page-paint", here, rows);
