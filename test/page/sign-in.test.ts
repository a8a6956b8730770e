/* Signing in and out as a person does it: by the link, by pasting it, again where the session has ended. */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  expectErrors,
  expectNoAxeFindings,
  expectNoSidewaysScroll,
  go,
  isWithoutBrowser,
  takeShots,
  useWorld,
} from "./browser.ts";

const key = "haypile-session";

describe.skipIf(isWithoutBrowser)("the page", () => {
  const { world, open } = useWorld();

  it("takes the code out of the address, and keeps the session through a reload", async () => {
    const page = await open();
    expect(page.url()).toBe(`${world.origin}/#/`);
    expect(await page.evaluate(() => history.length)).toBeLessThanOrEqual(2);
    await page.goBack().catch(() => undefined);
    expect(page.url()).not.toContain("code=");
    await page.goto(`${world.origin}/#/health`);
    await page.reload();
    await page.locator("[data-session='signed-in']").waitFor();
    expect(page.url()).toBe(`${world.origin}/#/health`);
  });

  it("shows nothing without a session, says how to get one, and takes a link that is pasted", async () => {
    const page = await open("#/memories", { signIn: false, expects: [/401/u] });
    await page.locator("[data-session='needed']").waitFor();
    await expectNoAxeFindings(page, "signing in");
    await takeShots(page, "sign-in", async () => await expectNoSidewaysScroll(page));
    const field = page.getByLabel("Link or code");
    await field.fill("what is this?");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("That is neither a link nor a code.").waitFor();
    await field.fill("a".repeat(22));
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText(/The code is wrong, was used before/u).waitFor();
    await field.fill(`  ${await world.signInLink()}\n`);
    await field.press("Enter");
    await page.locator("[data-session='signed-in']").waitFor();
    expect(page.url()).toBe(`${world.origin}/#/memories`);
  });

  it("says of a link that was used that it was", async () => {
    const link = await world.signInLink();
    const first = await open("#/", { signIn: false, expects: [/401/u] });
    await first.goto(link);
    await first.reload();
    const second = await open("#/", { signIn: false, expects: [/401/u] });
    await go(second, new URL(link).hash);
    await second.getByText(/The code is wrong, was used before/u).waitFor();
    expect(second.url()).toBe(`${world.origin}/#/`);
  });

  it("signs out in every tab of the browser, and the token is good no more", async () => {
    const page = await open();
    const token = await page.evaluate((name) => localStorage.getItem(name), key);
    const other = await page.context().newPage();
    await other.goto(`${world.origin}/#/health`);
    await other.locator("[data-session='signed-in']").waitFor();
    expectErrors(page, /401/u);
    await page.getByRole("button", { name: "Sign out" }).click();
    for (const one of [page, other]) await one.locator("[data-session='needed']").waitFor();
    const answer = await fetch(`${world.origin}/api/v1/haypile/indexes`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    expect(answer.status).toBe(401);
  });

  it("keeps what is shown and written when the session ends, and goes on when signed in again", async () => {
    const page = await open("#/search");
    const box = page.getByRole("searchbox").or(page.getByRole("combobox")).first();
    await box.fill("half a thought");
    expectErrors(page, /401/u);
    // The user's token is gone, and with it every session.
    rmSync(join(world.data, "http-token"));
    await page.evaluate(async () => {
      dispatchEvent(new StorageEvent("storage", { key: "haypile-session", newValue: "x" }));
    });
    const dialog = page.getByRole("dialog", { name: "Sign in again" });
    await dialog.waitFor();
    await expectNoAxeFindings(page, "signing in again");
    await page.keyboard.press("Escape");
    expect(await dialog.isVisible()).toBe(true);
    await dialog.getByLabel("Link or code").fill(await world.signInLink());
    await dialog.getByRole("button", { name: "Sign in", exact: true }).click();
    await dialog.waitFor({ state: "detached" });
    expect(await box.inputValue()).toBe("half a thought");
    await page.locator("[data-session='signed-in']").waitFor();
    expect(readdirSync(join(world.data, "run")).filter((one) => one.startsWith("open-"))).toEqual(
      [],
    );
  });
});
