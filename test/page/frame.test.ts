/*
 * The frame of the page in a real browser on a real daemon: ways by keyboard, signing in and out, the connection that is lost and comes
 * back, addresses. Wishes: nothing is reached by pointer alone, and whatever the daemon does, the page says so and goes on by itself.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import {
  expectErrors,
  expectNoAxeFindings,
  expectNoSidewaysScroll,
  go,
  isWithoutBrowser,
  narrow,
  useWorld,
} from "./browser.ts";

const titles = ["Search", "Latency", "RAM", "Memories", "Indexes", "Health"];
/** What a browser says of a request that had no answer, or was refused. */
const lost = /Failed to load resource: net::ERR_/u;
const refused = /the server responded with a status of 401/u;

describe.skipIf(isWithoutBrowser)("the frame", () => {
  const { world, open } = useWorld(async (one) => {
    await one.index("app", {
      "src/retry.ts": "export function backoffDelay(): number {\n  return 2;\n}\n",
    });
  });

  it("is walked through by keyboard", async () => {
    const page = await open();
    await page.keyboard.press("Tab");
    expect(await focused(page)).toBe("Skip to content");
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("main");
    await page.reload();
    await connected(page);
    await page.keyboard.press("Tab");
    for (const title of titles) {
      await page.keyboard.press("Tab");
      expect(await focused(page)).toBe(title);
      const outline = await page.evaluate(
        () => getComputedStyle(document.activeElement as Element).outlineStyle,
      );
      expect(outline, `the focus on ${title} is seen`).not.toBe("none");
    }
    await page.keyboard.press("Enter");
    await expectPanel(page, "Health");
    // Who goes by ear goes on in the content.
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("main");
    await page.keyboard.press("/");
    await expectPanel(page, "Search");
    await page.waitForFunction(() => document.activeElement?.id === "search-box");
    await page.keyboard.type("a/b");
    expect(await page.inputValue("#search-box")).toBe("a/b");
  });

  it("goes back and forward, and says so where there is no such panel", async () => {
    const page = await open("#/memories");
    await expectPanel(page, "Memories");
    await page.getByRole("link", { name: "Indexes" }).click();
    await expectPanel(page, "Indexes");
    await page.goBack();
    await expectPanel(page, "Memories");
    await page.goForward();
    await expectPanel(page, "Indexes");
    await go(page, "#/%3Cimg%20src=x%20onerror=alert(1)%3E");
    await expectPanel(page, "No such panel");
    await expectNoAxeFindings(page, "no such panel");
    await page.getByRole("main").getByRole("link", { name: "Health" }).click();
    await expectPanel(page, "Health");
    expect(await page.locator("nav [aria-current='page']").allTextContents()).toEqual(["Health"]);
  });

  it("fits a phone, both schemes, and who wants no motion", async () => {
    const page = await open("#/health", { size: narrow, reducedMotion: true });
    for (const title of titles) {
      await page.getByRole("navigation").getByRole("link", { name: title }).click();
      await expectPanel(page, title);
      await expectNoSidewaysScroll(page);
    }
    for (const scheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      await expectNoAxeFindings(page, scheme);
    }
    const grounds = [];
    for (const scheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      grounds.push(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
    }
    expect(new Set(grounds).size).toBe(2);
  });

  it("prints what is in the panel, and not the frame", async () => {
    const page = await open("#/indexes");
    await page.emulateMedia({ media: "print" });
    expect(await page.locator("header.bar").isVisible()).toBe(false);
    expect(await page.locator("main h1").isVisible()).toBe(true);
    const pdf = await page.pdf();
    expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
  });

  it("keeps nothing of the code that signs in, and is signed in after a reload", async () => {
    const page = await open();
    expect(page.url()).toBe(`${world.origin}/#/`);
    await page.goBack();
    expect(page.url()).not.toContain("code=");
    await page.goto(`${world.origin}/#/memories`);
    await expectPanel(page, "Memories");
    await page.reload();
    await expectPanel(page, "Memories");
  });

  it("asks who is not signed in to sign in, and goes on where it was when another tab does", async () => {
    const page = await open("#/indexes", { signIn: false });
    await page.getByRole("heading", { name: "Not signed in" }).waitFor();
    await expectNoAxeFindings(page, "not signed in");
    const other = await page.context().newPage();
    await other.goto(await world.signInLink());
    await page.locator("[data-session='signed-in']").waitFor();
    await expectPanel(page, "Indexes");
    // One that was used signs nobody in, and takes no session away.
    const link = await world.signInLink();
    await other.goto("about:blank");
    await other.goto(link);
    await other.locator("[data-session='signed-in']").waitFor();
    const third = await page.context().browser()?.newContext();
    const stranger = await third?.newPage();
    await stranger?.goto(link);
    await stranger?.getByRole("heading", { name: "Not signed in" }).waitFor();
    await third?.close();
  });

  it("says when a session is over, and takes the next one up without a reload", async () => {
    const page = await open("#/search?q=kept");
    await connected(page);
    await mark(page);
    expectErrors(page, refused, lost);
    // The user's token is gone: all sessions are over.
    rmSync(join(world.data, "http-token"), { force: true });
    await go(page, "#/search?q=delay");
    const dialog = page.getByRole("dialog", { name: "Sign in again" });
    await dialog.waitFor();
    await expectNoAxeFindings(page, "a session that is over");
    await world.stop();
    await world.start();
    const other = await page.context().newPage();
    await other.goto(await world.signInLink());
    await page.locator("[data-session='signed-in']").waitFor();
    expect(await dialog.count()).toBe(0);
    expect(await page.inputValue("#search-box")).toBe("delay");
    await connected(page);
    expect(await isMarked(page)).toBe(true);
  });

  it("says that the daemon is gone, and comes back by itself with what it held", async () => {
    const page = await open("#/search");
    await page.locator("#search-box").fill("backoff");
    await page.locator("[data-settled='true'] [data-hit]").first().waitFor();
    await connected(page);
    await mark(page);
    expectErrors(page, lost);
    await world.stop();
    await page.getByText("no connection, trying again").waitFor();
    // What was found stays to be read.
    expect(await page.locator("[data-hit]").count()).toBeGreaterThan(0);
    await page.locator("#search-box").fill("backoff delay");
    await world.start();
    await connected(page);
    await page.locator("[data-settled='true'] [data-hit]").first().waitFor();
    expect(await page.inputValue("#search-box")).toBe("backoff delay");
    await page.getByText("The daemon does not answer.").waitFor({ state: "detached" });
    expect(await isMarked(page), "no reload").toBe(true);
  });

  it("reads the stream once for all pages of a browser, and hands it over", async () => {
    const first = await open();
    await connected(first);
    const streams = new Set<string>();
    const others: Page[] = [];
    const context = first.context();
    context.on("request", (request) => {
      if (request.url().endsWith("/api/v1/events")) streams.add(request.frame().url());
    });
    // More than the six connections that a browser opens to a host.
    for (let at = 0; at < 8; at += 1) {
      const page = await context.newPage();
      await page.goto(`${world.origin}/#/search?q=backoff&n=${at}`);
      others.push(page);
    }
    for (const page of others) {
      await connected(page);
      await page.locator("[data-settled='true'] [data-hit]").first().waitFor();
    }
    expect(streams.size, "streams beside the first").toBe(0);
    await first.close();
    // Another one reads it now, and all of them hear of what happens.
    await expect.poll(() => streams.size, { timeout: 60_000 }).toBe(1);
    for (const page of others) await connected(page);
  });
});

async function expectPanel(page: Page, title: string): Promise<void> {
  await page.getByRole("heading", { level: 1, name: title, exact: true }).waitFor();
  await page.waitForFunction((said) => document.title === `${said} · Haypile`, title);
}

function focused(page: Page): Promise<string | undefined> {
  return page.evaluate(() => document.activeElement?.textContent?.trim());
}

async function connected(page: Page): Promise<void> {
  await page.locator(".connection[data-connected='true']").waitFor();
}

/** A page that is loaded anew has it no more. */
async function mark(page: Page): Promise<void> {
  await page.evaluate(() => Object.assign(window, { isStillHere: true }));
}

function isMarked(page: Page): Promise<boolean> {
  return page.evaluate(() => "isStillHere" in window);
}
