/*
 * Every panel with something in it: axe finds nothing against it, nothing is wider than a phone, and pictures of it in light, dark and
 * at 390 pixels lie in build/page-shots to be looked at.
 */
import { existsSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { repository } from "../helpers/model.ts";
import {
  expectNoAxeFindings,
  expectNoSidewaysScroll,
  isWithoutBrowser,
  takeShots,
  useWorld,
} from "./browser.ts";
import { fillWorld } from "./busy-world.ts";

const folder = join(repository, "build", "page-shots");

/** What is shown, and what is done before it is looked at. */
const views: readonly { name: string; hash: string; before?: (page: Page) => Promise<void> }[] = [
  {
    name: "search",
    hash: "#/search?q=what+moves+the+score+of+a+candidate",
    before: async (page) => {
      await page.locator("[data-settled='true'] [data-hit]").first().waitFor();
      await page.getByRole("button", { name: /^Why/u }).first().click();
    },
  },
  { name: "search-empty", hash: "#/search" },
  { name: "latency", hash: "#/latency" },
  { name: "footprint", hash: "#/footprint" },
  { name: "memories", hash: "#/memories" },
  { name: "indexes", hash: "#/indexes" },
  { name: "health", hash: "#/health" },
  { name: "no-panel", hash: "#/elsewhere" },
];

describe.skipIf(isWithoutBrowser)("every panel", () => {
  const { open } = useWorld(async (world) => {
    await fillWorld(world);
  });

  it.each(views)("$name", async ({ name, hash, before }) => {
    for (const form of ["light", "dark", "390"]) {
      rmSync(join(folder, `${name}-${form}.png`), { force: true });
    }
    const page = await open(hash);
    await page.locator(".connection[data-connected='true']").waitFor();
    await before?.(page);
    await loaded(page);
    await takeShots(page, name, async (form) => {
      await expectNoAxeFindings(page, `${name}, ${form}`);
      await expectNoSidewaysScroll(page);
    });
    for (const form of ["light", "dark", "390"]) {
      const path = join(folder, `${name}-${form}.png`);
      expect(existsSync(path), path).toBe(true);
      expect(statSync(path).size).toBeGreaterThan(3000);
    }
  });

  it("signing in", async () => {
    const page = await open("#/health", { signIn: false });
    await page.getByRole("heading", { name: "Not signed in" }).waitFor();
    await takeShots(page, "sign-in", async (form) => {
      await expectNoAxeFindings(page, `sign-in, ${form}`);
      await expectNoSidewaysScroll(page);
    });
  });
});

/** No first answer is on its way, and nothing failed. */
async function loaded(page: Page): Promise<void> {
  await page.waitForFunction(
    () => document.querySelector("main .state[role='status'], main [aria-busy='true']") === null,
  );
  expect(await page.locator("main .state.failed").allTextContents()).toEqual([]);
}
