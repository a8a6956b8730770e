/*
 * The search panel in a real browser on a real daemon. Wishes: what is found, and why, is what the daemon says; all of it by keyboard;
 * a hostile name, text or address stays text.
 */
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { SearchResult } from "../../src/ports/answers/search.ts";
import type { RecallResult } from "../../src/ports/memories.ts";
import {
  expectErrors,
  expectNoAxeFindings,
  expectNoSidewaysScroll,
  go,
  isWithoutBrowser,
  narrow,
  useWorld,
} from "./browser.ts";
import { hostile, hostileTree, smallTree } from "./trees.ts";

describe.skipIf(isWithoutBrowser)("the search panel", () => {
  let app = "";
  let odd = "";
  const { world, open } = useWorld(
    async (one) => {
      app = await one.index("app", smallTree);
      odd = await one.index("odd", hostileTree);
      await one.remember([
        {
          text: "We retry failed requests with exponential backoff, at most five times.",
          kind: "decision",
          tags: ["http"],
          anchors: [{ path: join(app, "src/retry.ts"), symbol: "backoffDelay" }],
        },
        { text: "The payments team deploys on Thursdays.", namespace: "work" },
        { text: `Hostile: ${hostile}`, tags: [hostile.slice(0, 60)] },
      ]);
      // Else what changes is in the index before it is asked.
    },
    { HAYPILE_WATCH: "off" },
  );
  const asked = (text: string, more = ""): string =>
    `#/search?${new URLSearchParams({ q: text })}${more}`;

  it("finds code and memories in one box, as the daemon does", async () => {
    const page = await open("#/search");
    await page.locator("#search-box").pressSequentially("retry with exponential backoff");
    await settled(page);
    const told = await world.ask<SearchResult>("code/search", {
      folder: app,
      query: "retry with exponential backoff",
      k: 10,
    });
    expect(told.hits.length).toBeGreaterThan(0);
    const best = page.locator("[data-path]").first();
    expect(await best.getAttribute("data-path")).toBe(told.hits[0]?.path);
    expect(await page.locator("[data-memory]").first().textContent()).toContain(
      "at most five times",
    );
    // Words of the question are marked, in code and in memories.
    expect((await best.locator("mark").allTextContents()).join(" ").toLowerCase()).toContain(
      "backoff",
    );
    expect(await page.locator("[data-memory] mark").count()).toBeGreaterThan(0);
    // Coloured by the language.
    expect(await page.locator("[data-path='src/retry.ts'] .t-keyword").count()).toBeGreaterThan(0);
    await expectNoAxeFindings(page, "hits");
    // The address has it all.
    expect(new URL(page.url()).hash).toBe(asked("retry with exponential backoff"));
  });

  it("says why for every hit, and it adds up", async () => {
    const page = await open(asked("exponential backoff delay", `&in=${encodeURIComponent(app)}`));
    await settled(page);
    const told = await world.ask<SearchResult>("code/search", {
      folder: app,
      query: "exponential backoff delay",
      k: 10,
    });
    const codes = page.locator("[data-path]");
    const count = await codes.count();
    expect(count).toBeGreaterThan(1);
    for (let at = 0; at < count; at += 1) {
      const hit = codes.nth(at);
      await hit.getByRole("button", { name: /^Why/u }).click();
      const rows = await whyRows(hit);
      const sum = rows.pop();
      expect(sum?.name).toBe("evidence");
      const added = rows.reduce((total, { given }) => total + numberOf(given), 0);
      // Each is rounded to a hundredth, and those below half of one are not told.
      expect(Math.abs(added - numberOf(sum?.given ?? ""))).toBeLessThan(0.005 * 14);
      const path = await hit.getAttribute("data-path");
      const parts = told.hits.find((one) => one.path === path)?.parts;
      expect(rows.some(({ name }) => name === "meaning")).toBe(parts?.fromMeaning !== undefined);
    }
    // The first is what the command line says of it.
    const path = (await codes.first().getAttribute("data-path")) ?? "";
    const said = await world.run(["why", "exponential backoff delay", path, "--path", app]);
    const evidence = (await whyRows(codes.first())).at(-1)?.given;
    expect(said).toContain(`= ${evidence}`);
    await expectNoAxeFindings(page, "why");

    const recalled = await world.ask<RecallResult>("memories/recall", {
      query: "exponential backoff delay",
      why: true,
    });
    const memory = page.locator("[data-memory]").first();
    await memory.getByRole("button", { name: /^Why/u }).click();
    const rows = await whyRows(memory);
    const factors = rows
      .filter(({ given }) => given.startsWith("×"))
      .map(({ given }) => numberOf(given));
    const relevance = numberOf(rows.find(({ name }) => name === "relevance")?.given ?? "");
    const odds = factors.reduce((product, factor) => product * factor, relevance / (1 - relevance));
    const score = numberOf(rows.at(-1)?.given ?? "");
    expect(score).toBeCloseTo(recalled.hits[0]?.score ?? 0, 1);
    expect(Math.abs(odds / (1 + odds) - score)).toBeLessThan(0.02);
  });

  it("is used by keyboard alone", async () => {
    const page = await open("#/health");
    await page.keyboard.press("/");
    await page.waitForFunction(() => document.activeElement?.id === "search-box");
    await page.keyboard.type("backoff delay");
    await settled(page);
    await page.keyboard.press("ArrowDown");
    const first = await page.evaluate(() => document.activeElement?.getAttribute("data-hit"));
    expect(first).toMatch(/^code /u);
    await page.keyboard.press("w");
    await page.locator("[data-hit]").first().locator("[data-why='evidence']").waitFor();
    await page.keyboard.press("w");
    expect(await page.locator("[data-why='evidence']").count()).toBe(0);
    await page.keyboard.press("End");
    expect(await page.evaluate(() => document.activeElement?.getAttribute("data-hit"))).toMatch(
      /^memory /u,
    );
    await page.keyboard.press("Home");
    expect(await page.evaluate(() => document.activeElement?.getAttribute("data-hit"))).toBe(first);
    // Without an editor Enter copies where it is.
    await page.keyboard.press("Enter");
    await page.getByText(/^Copied /u).waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    const path = await page.locator("[data-path]").first().getAttribute("data-path");
    expect(copied.startsWith(join(app, path ?? ""))).toBe(true);
    expect(copied).toMatch(/:\d+$/u);
    await page.keyboard.press("ArrowUp");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("search-box");
    await page.keyboard.press("Escape");
    expect(await page.inputValue("#search-box")).toBe("");
    // What was opened is offered again.
    await page.getByRole("button", { name: "backoff delay" }).click();
    await settled(page);
    expect(await page.locator("[data-path]").count()).toBeGreaterThan(0);
  });

  it("turns filters that are typed into chips, and searches by them", async () => {
    const page = await open("#/search");
    const box = page.locator("#search-box");
    await box.pressSequentially("backoff lang:python ");
    await page.getByRole("button", { name: "Remove the filter lang:python" }).waitFor();
    expect(await box.inputValue()).toBe("backoff ");
    await settled(page);
    const paths = await pathsOf(page);
    expect(paths.length).toBeGreaterThan(0);
    expect(paths.every((path) => path.endsWith(".py"))).toBe(true);
    await page.goBack();
    await settled(page);
    expect(await page.getByRole("button", { name: /^Remove the filter/u }).count()).toBe(0);
    await page.goForward();
    await page.getByRole("button", { name: "Remove the filter lang:python" }).click();
    await settled(page);
    await expect
      .poll(async () => (await pathsOf(page)).some((path) => path.endsWith(".ts")))
      .toBe(true);
    await expect
      .poll(async () => (await pathsOf(page)).some((path) => path.includes("test")))
      .toBe(true);
    await page.getByRole("button", { name: "no tests" }).click();
    await settled(page);
    await expect
      .poll(async () => (await pathsOf(page)).some((path) => path.includes("test")))
      .toBe(false);
    await page.getByRole("button", { name: "Add a filter" }).click();
    await page.getByLabel("Kind of filter").selectOption("path");
    await page.getByLabel("Filter by").fill("py");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await settled(page);
    await expect
      .poll(async () => (await pathsOf(page)).every((path) => path.startsWith("py/")))
      .toBe(true);
    // What cannot be is told as the daemon tells it.
    expectErrors(page, /the server responded with a status of 400/u);
    await go(page, asked("backoff", "&f=kind:nonsense"));
    await page
      .getByText(/Expected kind: with one of/u)
      .first()
      .waitFor();
    // A filter of memories.
    await go(page, asked("deploys", "&f=ns:work&of=memories"));
    await settled(page);
    expect(await page.locator("[data-memory]").allTextContents()).toEqual([
      expect.stringContaining("Thursdays"),
    ]);
  });

  it("searches the folders that are chosen, all or some", async () => {
    const page = await open(asked("backoff delay"));
    await settled(page);
    const folders = page.getByRole("list", { name: "Folders that are searched" });
    expect(await folders.getByRole("button", { pressed: true }).allTextContents()).toEqual([
      "all 2",
    ]);
    await folders.getByRole("button", { name: "odd" }).click();
    await settled(page);
    expect(new URLSearchParams(page.url().split("?")[1]).getAll("in")).toEqual([odd]);
    expect((await hitsOf(page)).every((hit) => hit.includes(odd))).toBe(true);
    await folders.getByRole("button", { name: "app" }).click();
    await settled(page);
    expect((await hitsOf(page)).some((hit) => hit.includes(app))).toBe(true);
    // One that has no index is told, and can be taken away.
    await go(
      page,
      asked(
        "backoff delay",
        `&in=${encodeURIComponent("/no/such <b>folder</b>")}&in=${encodeURIComponent(app)}`,
      ),
    );
    await settled(page);
    await page.getByRole("button", { name: /^Remove the folder \/no\/such/u }).click();
    await settled(page);
    expect(await page.getByText("(no index)").count()).toBe(0);
  });

  it("tells what has changed on the disk since", async () => {
    const page = await open(asked("quarterly ledger balance"));
    await settled(page);
    const hit = page.locator("[data-path='src/ledger.ts']");
    expect(await hit.getByText("file changed since").count()).toBe(0);
    appendFileSync(join(app, "src/ledger.ts"), "\n// another line\n");
    await go(page, asked("quarterly ledger balances"));
    await settled(page);
    await hit.getByText("file changed since").waitFor();
    writeFileSync(join(app, "src/ledger.ts"), "export const nothing = 1;\n");
    await go(page, asked("the quarterly ledger balances"));
    await settled(page);
    await hit.getByText("not in the file any more").waitFor();
    await page
      .getByText(/differs? from the index/u)
      .first()
      .waitFor();
    await expectNoAxeFindings(page, "stale hits");
  });

  it("says that a memory is unverified when its code changed", async () => {
    writeFileSync(
      join(app, "src/retry.ts"),
      `${smallTree["src/retry.ts"]}`.replace("2 ** attempt", "3 ** attempt + 1"),
    );
    const page = await open(asked("retry failed requests", "&of=memories"));
    await settled(page);
    const memory = page.locator("[data-memory]").first();
    await memory.getByText("unverified", { exact: true }).waitFor();
    await memory.getByText(/Code it speaks of has changed/u).waitFor();
    // As of a day before it was kept there is none.
    await page.getByLabel("memories as of").fill("2020-01-01");
    await page.getByLabel("memories as of").press("Enter");
    await page.getByText("No memories near enough.").waitFor();
    writeFileSync(join(app, "src/retry.ts"), smallTree["src/retry.ts"] ?? "");
  });

  it("says why there is nothing, and shows weaker hits when asked", async () => {
    const page = await open(asked("baroque harpsichord concerto tuning"));
    await settled(page);
    await page.getByText("No code near enough.").waitFor();
    await page
      .getByText(/^The best of what was left out|The best of what was left out/u)
      .first()
      .waitFor();
    await expectNoAxeFindings(page, "nothing");
    await page.getByRole("button", { name: "Show weaker hits" }).first().click();
    await settled(page);
    expect(await page.locator("[data-path]").count()).toBeGreaterThan(0);
    expect(page.url()).toContain("weak=1");
    // Where only some folders were searched, all are offered.
    const where = `&in=${encodeURIComponent(odd)}`;
    await go(page, asked("baroque harpsichord concerto tuning", where));
    await page.getByText("Searched one folder of 2.").waitFor();
    await page.getByRole("button", { name: "Search all folders" }).click();
    await settled(page);
    await page.getByText("Searched one folder of 2.").waitFor({ state: "detached" });
    await page.getByText("No code near enough.").waitFor();
  });

  it("opens a hit in the editor that was chosen, by a link of a known scheme", async () => {
    const page = await open(asked("backoff delay"));
    await settled(page);
    await page.getByLabel("Open in").selectOption("cursor");
    const link = await page.locator("[data-path] [data-open]").first().getAttribute("href");
    const path = await page.locator("[data-path]").first().getAttribute("data-path");
    expect(link).toMatch(new RegExp(`^cursor://file${app}/${path}:\\d+$`, "u"));
    await page.reload();
    await settled(page);
    expect(await page.getByLabel("Open in").inputValue()).toBe("cursor");
    await page.evaluate(() => localStorage.setItem("haypile-editor", "javascript"));
    await page.reload();
    await settled(page);
    expect(await page.getByLabel("Open in").inputValue()).toBe("");
  });

  it("shows the whole piece, other places of the file, and more hits", async () => {
    const page = await open(asked("numbered step of the long procedure", "&k=1"));
    await settled(page);
    const hit = page.locator("[data-path='src/long.ts']").first();
    const lines = await hit.locator(".line").count();
    await hit.getByRole("button", { name: /^All \d+ lines/u }).click();
    expect(await hit.locator(".line").count()).toBeGreaterThan(lines);
    await hit.getByText(/more in this file/u).click();
    expect(await hit.locator("details li").count()).toBeGreaterThan(0);
    await expectNoAxeFindings(page, "an opened hit");
    await page.setViewportSize(narrow);
    await expectNoSidewaysScroll(page);
  });

  it("keeps names, texts, snippets and addresses of others text", async () => {
    const page = await open(asked("hostile payload"));
    await settled(page);
    expect((await hitsOf(page)).filter((hit) => hit.includes(odd)).length).toBeGreaterThan(0);
    expect(await page.locator("[data-memory]").count()).toBeGreaterThan(0);
    for (const button of await page.getByRole("button", { name: /^Why/u }).all())
      await button.click();
    for (const editor of ["vscode", "idea", ""]) {
      await page.getByLabel("Open in").selectOption(editor);
      await expectNothingRan(page);
    }
    // Lines that would turn round are seen as they are.
    expect(await page.locator("main").textContent()).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/u);
    await page.setViewportSize(narrow);
    await expectNoSidewaysScroll(page);
    await expectNoAxeFindings(page, "hostile names");
    for (const at of ["q", "f", "in", "asof", "of", "k", "weak", "id"]) {
      await go(page, `#/search?q=payload&${at}=${encodeURIComponent(hostile)}`);
      await page.locator("#search-box").waitFor();
      await expectNothingRan(page);
    }
    await go(page, `#/${encodeURIComponent(hostile)}?${encodeURIComponent(hostile)}`);
    await page.getByRole("heading", { name: "No such panel" }).waitFor();
    await expectNothingRan(page);
    // Typed, kept among the questions, and offered again.
    await go(page, "#/search");
    await page.locator("#search-box").fill(hostile.slice(0, 150));
    await page.keyboard.press("Enter");
    await settled(page);
    await page.locator("#search-box").fill("");
    await page.getByRole("heading", { name: "Asked before" }).waitFor();
    await expectNothingRan(page);
  });

  it("never shows an older answer in place of a newer one", async () => {
    const page = await open("#/search");
    // The first question is answered when the second one long is.
    let held: (() => void) | undefined;
    const isHeld = new Promise<void>((resolve) => {
      held = resolve;
    });
    await page.route("**/api/v1/code/search", async (route) => {
      if (route.request().postDataJSON().query === "ledger") await isHeld;
      await route.continue().catch(() => undefined);
    });
    const box = page.locator("#search-box");
    await box.fill("ledger");
    await page.waitForTimeout(0);
    await box.fill("backoff delay");
    await settled(page);
    const paths = await pathsOf(page);
    held?.();
    await page.evaluate(() => fetch("/health").then((answer) => answer.text()));
    expect(await pathsOf(page)).toEqual(paths);
    expect(paths.length).toBeGreaterThan(0);
    expect(await box.inputValue()).toBe("backoff delay");
  });
});

/** What the address asks for is shown, not what it asked before a press. */
async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const shown = document.querySelector("[data-settled='true']");
    const asked = new URLSearchParams(location.hash.split("?", 2)[1]).toString();
    return shown?.getAttribute("data-of") === asked;
  });
}

async function pathsOf(page: Page): Promise<string[]> {
  return await page
    .locator("[data-path]")
    .evaluateAll((all) => all.map((one) => one.getAttribute("data-path") ?? ""));
}

async function hitsOf(page: Page): Promise<string[]> {
  return await page
    .locator("[data-path]")
    .evaluateAll((all) => all.map((one) => one.getAttribute("data-hit") ?? ""));
}

async function whyRows(hit: Locator): Promise<{ name: string; given: string }[]> {
  return await hit.locator("[data-why]").evaluateAll((rows) =>
    rows.map((row) => ({
      name: row.getAttribute("data-why") ?? "",
      given: row.querySelector("[data-given]")?.textContent ?? "",
    })),
  );
}

function numberOf(said: string): number {
  return Number(said.replace("−", "-").replace(/[×+\s]/gu, ""));
}

/** No script of a text ran, and none of it became an element. */
async function expectNothingRan(page: Page): Promise<void> {
  const seen = await page.evaluate(() => ({
    ran: (window as { hostileRan?: number }).hostileRan ?? 0,
    elements: document.querySelectorAll(
      "main img, main script, main iframe, main object, main b, main [onerror], main [style*='expression']",
    ).length,
    links: [...document.querySelectorAll<HTMLAnchorElement>("a[href]")]
      .map((link) => link.getAttribute("href") ?? "")
      .filter(
        (href) =>
          !/^(?:#\/|vscode:\/\/file\/|idea:\/\/open\?file=\/|cursor:\/\/file\/)/u.test(href),
      ),
  }));
  expect(seen).toEqual({ ran: 0, elements: 0, links: [] });
}
