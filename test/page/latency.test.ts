/* The panel "latency" in a real browser on a real daemon: real calls become bars, at once and with their cause. */
import { describe, expect, it } from "vitest";
import type { QueriesReport } from "../../src/ports/answers/daemon/queries.ts";
import {
  expectNoAxeFindings,
  expectNoSidewaysScroll,
  go,
  isWithoutBrowser,
  narrow,
  takeShots,
  useWorld,
} from "./browser.ts";

describe.skipIf(isWithoutBrowser)("the panel of latency", () => {
  let tree = "";
  const { world, open } = useWorld(async (at) => {
    const texts = Array.from({ length: 30 }, (_, part) => [
      `src/part${part}.ts`,
      `/** Part ${part} waits before it tries again. */\nexport function makePart${part}(): number {\n  return ${part};\n}\n`,
    ]);
    tree = await at.index("tree", Object.fromEntries(texts));
  });

  const bars = ".latency-list li";
  const search = (query: string) => world.ask("code/search", { folder: tree, query });

  it("says what to do where nothing was asked, then shows the first call", async () => {
    await world.stop();
    await world.start();
    const page = await open("#/latency");
    await page.getByText("Nothing was asked since the daemon began.").waitFor();
    await search("where does it wait before it tries again");
    await page.getByText("where does it wait before it tries again").first().waitFor();
    expect(await page.locator(bars).count()).toBeGreaterThan(0);
  });

  it("shows every character of a question, also one that would turn the line round", async () => {
    await search("where is \u202eegrahc <b>waits</b>");
    const page = await open("#/latency");
    await page.getByText("where is \\u202eegrahc <b>waits</b>").first().waitFor();
    expect(await page.locator("main").textContent()).not.toMatch(/[\u202a-\u202e]/u);
  });

  it("has a bar of stages for a real query, whose pieces add up and are told by key", async () => {
    const query = "how is a part made anew";
    await search(query);
    const report = await world.ask<QueriesReport>("daemon/queries", { limit: 5 });
    const trace = report.recent.find(({ text }) => text === query);
    expect(trace).toBeDefined();
    const sum = (trace?.stages ?? []).reduce((all, { ms }) => all + ms, 0);
    expect(Math.abs(sum - (trace?.totalMs ?? 0))).toBeLessThan(1);

    const page = await open("#/latency?call=search");
    const row = page.locator(`[data-trace="${trace?.id}"]`);
    await row.waitFor();
    const pieces = row.locator("[data-stage]");
    const named = await pieces.evaluateAll((all) =>
      all.map((one) => one.getAttribute("data-stage")),
    );
    expect(named).toEqual(trace?.stages.map(({ stage }) => stage));
    // As wide as they took long, but for the hairs between them.
    const widths = await pieces.evaluateAll((all) =>
      all.map((one) => one.getBoundingClientRect().width),
    );
    const whole = widths.reduce((all, one) => all + one, 0);
    for (const [at, { ms }] of (trace?.stages ?? []).entries()) {
      expect(Math.abs((widths[at] ?? 0) / whole - ms / sum)).toBeLessThan(0.03);
    }
    for (const title of await pieces.evaluateAll((all) =>
      all.map((one) => one.getAttribute("title")),
    ))
      expect(title).toMatch(/^[a-z]+ [\d.]+ m?s: /);
    const bar = row.locator("[data-bar]");
    expect(await bar.getAttribute("aria-label")).toContain(trace?.cause ?? "no cause");
    await bar.focus();
    await page
      .locator(".latency-details")
      .getByText(trace?.cause ?? "no cause")
      .waitFor();
    await page.keyboard.press("ArrowDown");
    expect(await page.evaluate(() => document.activeElement?.getAttribute("data-bar"))).not.toBe(
      String(trace?.id),
    );
  });

  it("shows calls as they end, and rests while it is paused", async () => {
    const page = await open("#/latency");
    await page.locator(bars).first().waitFor();
    await world.remember([{ text: "The delay doubles each time." }]);
    await world.ask("memories/recall", { query: "does the delay double" });
    await page.getByText("does the delay double").first().waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    await search("what comes while it rests");
    await page.getByText(/paused, [1-9]\d* new/).waitFor();
    expect(await page.locator(bars).getByText("what comes while it rests").count()).toBe(0);
    await page.getByRole("button", { name: "Go on" }).click();
    await page.locator(bars).getByText("what comes while it rests").waitFor();
  });

  it("keeps to a call, and leads from a question to the search panel", async () => {
    const page = await open("#/latency");
    await page.locator(bars).first().waitFor();
    await page.getByRole("button", { name: "recall", exact: true }).click();
    await page.waitForFunction(() => location.hash.includes("call=recall"));
    await page.waitForFunction(() =>
      [...document.querySelectorAll(".latency-list .tag")].every(
        (one) => one.textContent === "recall",
      ),
    );
    await page.locator(bars).getByRole("link", { name: "does the delay double" }).first().click();
    await page.waitForFunction(() => location.hash.startsWith("#/search?q=does"));
    expect(await page.locator("#search-box").inputValue()).toBe("does the delay double");
  });

  it("names what was waited for, percentiles, and who asked", async () => {
    // Four of a client run at a time: of many that come at once, the last wait longest.
    const turn = /its turn behind \d+ calls/;
    let round = 0;
    await world.until(async () => {
      round += 1;
      const words = Array.from(
        { length: 40 },
        (_, at) => `which part is number ${round * 40 + at}`,
      );
      await Promise.all(words.map(search));
      const { recent } = await world.ask<QueriesReport>("daemon/queries", { limit: 40 });
      return recent.some(({ cause }) => turn.test(cause));
    });
    const page = await open("#/latency");
    await page.locator("caption", { hasText: "Slowest of the last hour" }).waitFor();
    await page.locator('[data-bar][aria-label*="its turn behind"]').first().waitFor();
    expect(await page.locator(".latency-slowest tbody tr").count()).toBe(10);
    await page.locator(".chart canvas").waitFor();
    expect(await page.locator(".chart-plot").getAttribute("aria-label")).toMatch(/p99: .* ms last/);
    await page.locator("caption", { hasText: "By client" }).waitFor();
    expect(await page.locator(bars).count()).toBeLessThanOrEqual(60);
    await expectNoAxeFindings(page, "the panel of latency");
    await takeShots(page, "latency", async (form) => {
      await expectNoSidewaysScroll(page);
      if (form === "dark") await expectNoAxeFindings(page, "the dark panel of latency");
    });
  });

  it("shows hostile words as words", async () => {
    const evil = '<img src=x onerror="alert(1)"> "><script>alert(2)</script>';
    await search(evil);
    const page = await open("#/latency", { size: narrow });
    await page.locator(bars).getByText(evil).first().waitFor();
    expect(await page.locator(".latency-list img, .latency-list script").count()).toBe(0);
    await page.locator(bars).getByText(evil).first().click();
    await page.waitForFunction(() => location.hash.startsWith("#/search"));
    await go(page, "#/latency");
    await page.locator(bars).first().waitFor();
  });

  it("shows no text where none is kept", async () => {
    await world.stop();
    world.env.HAYPILE_LOG_QUERIES = "false";
    await world.start();
    await search("a question that nobody keeps");
    const page = await open("#/latency");
    await page.locator(bars).getByText("no text kept").first().waitFor();
    await page.getByText("What was asked is not kept").waitFor();
    expect(await page.content()).not.toContain("a question that nobody keeps");
    const said = JSON.stringify(await world.ask("daemon/queries"));
    expect(said).not.toContain("a question that nobody keeps");
  });
});
