/* The panel of health in a real browser: figures of a real daemon as they change, a mark set and refused, an alert that comes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { Stats, Thresholds } from "../../src/ports/answers/daemon/stats.ts";
import {
  expectErrors,
  expectNoAxeFindings,
  expectNoSidewaysScroll,
  isWithoutBrowser,
  limitMs,
  takeShots,
  useWorld,
} from "./browser.ts";

const hostile = "<img src=x onerror=alert(1)> \u202eodd";

const files = {
  "retry.ts":
    "export function waitBeforeRetry(attempt: number) {\n  return 2 ** attempt * 100;\n}\n",
  "log.ts": "export class LogFile {\n  write(line: string) {}\n}\n",
};

/** Of the row of a kind of write, the count that is shown. */
async function writesShown(page: Page, kind: string): Promise<number> {
  const row = page
    .getByRole("table", { name: /Time of writes/ })
    .getByRole("row")
    .filter({ has: page.getByRole("cell", { name: kind, exact: true }) });
  if ((await row.count()) === 0) return 0;
  const text = await row.getByRole("cell").nth(1).textContent();
  return Number((text ?? "").replaceAll(",", ""));
}

describe.skipIf(isWithoutBrowser)("the panel of health", () => {
  const site = useWorld(async (world) => {
    // A name of a folder is text of others.
    await world.index(hostile, files);
    await world.remember([{ text: "the log is moved when it is full" }]);
    await world.run(["search", "retry", "--path", join(world.folder, hostile)]);
  });

  it("shows what the daemon measures, goes on by itself, and says every number in words", async () => {
    const page = await site.open("#/health");
    await page.getByRole("heading", { name: "Alerts", exact: true }).waitFor();
    await page.getByText("No threshold is crossed.").waitFor();
    expect(await writesShown(page, "remember")).toBeGreaterThan(0);
    const said = await site.world.ask<Stats>("daemon/stats");
    const shown = await page
      .getByRole("table", { name: /Time of writes/ })
      .locator("tbody tr")
      .count();
    expect(shown).toBeGreaterThanOrEqual(said.writes.length - 1);
    expect(shown).toBeGreaterThan(3);
    const before = await writesShown(page, "remember");
    await site.world.remember([{ text: "marmots dry grass" }, { text: "kettles whistle" }]);
    await expect
      .poll(() => writesShown(page, "remember"), { timeout: limitMs })
      .toBeGreaterThan(before);
    await page.getByRole("button", { name: "last minute" }).click();
    await expect.poll(() => writesShown(page, "remember"), { timeout: limitMs }).toBeGreaterThan(0);
    const index = page.getByRole("region", { name: /^index / });
    await index.getByText("nothing", { exact: true }).waitFor();
    expect(await index.locator("h3").textContent()).toContain(
      "<img src=x onerror=alert(1)> \\u202eodd",
    );
    await page.getByRole("region", { name: /^memories / }).waitFor();
    const upkeep = page.getByRole("table", { name: "What is done by itself" });
    for (const { task, every } of said.upkeep?.tasks ?? []) {
      const row = upkeep
        .getByRole("row")
        .filter({ has: page.getByRole("cell", { name: task, exact: true }) });
      expect(await row.getByRole("cell").allTextContents()).toEqual([
        task,
        every,
        expect.stringMatching(/never yet|ago|just now/),
        expect.stringMatching(/^in \d+ |when idle/),
        expect.any(String),
      ]);
    }
    expect(await upkeep.locator("tbody tr").count()).toBe(said.upkeep?.tasks.length);
    const caches = page.getByRole("table", { name: "How often a cache could answer" });
    await caches.getByRole("cell", { name: "query vectors" }).first().waitFor();
    await page.getByRole("img", { name: /Commits/ }).waitFor();
    await page.getByRole("img", { name: /WAL in use/ }).waitFor();
    await page.getByText("As a table").first().click();
    await page.getByRole("region", { name: "Commits, as a table" }).waitFor();
  });

  it("is found sound by axe, and fits a phone, in its three forms", async () => {
    const page = await site.open("#/health");
    await page.getByRole("table", { name: /Time of writes/ }).waitFor();
    await page.getByRole("img", { name: /Commits/ }).waitFor();
    await expectNoAxeFindings(page, "health");
    await takeShots(page, "health", async (form) => {
      await expectNoAxeFindings(page, `health, ${form}`);
      await expectNoSidewaysScroll(page);
    });
  });

  it("sets a mark by key, says where it was written, and refuses in words", async () => {
    const page = await site.open("#/health");
    const input = page.getByLabel("alerts.wal-size", { exact: true });
    await input.waitFor();
    expect(await input.inputValue()).toBe("256MB,1GB");
    await input.fill("64 MB, 2GB");
    await input.press("Enter");
    const file = join(site.world.data, "config", "haypile.toml");
    const form = page.locator("form").filter({ has: input });
    await form.getByText(`Wrote alerts.wal-size = 64MB,2GB to ${file}`).waitFor();
    expect(readFileSync(file, "utf8")).toContain('wal-size = "64MB,2GB"');
    await expect.poll(() => input.inputValue(), { timeout: limitMs }).toBe("64MB,2GB");
    expectErrors(page, /the server responded with a status of 4\d\d/);
    await input.fill("2GB,1GB");
    await form.getByRole("button", { name: /^Set/ }).click();
    await form
      .getByRole("alert")
      .getByText(/one or two thresholds such as/)
      .waitFor();
    expect(await input.getAttribute("aria-invalid")).toBe("true");
    expect(readFileSync(file, "utf8")).toContain('wal-size = "64MB,2GB"');
    expect(await page.getByLabel("alerts.command", { exact: true }).count()).toBe(0);
    await page.getByText("haypile config set alerts.command").waitFor();
    // Nor by a script that is signed in as the page is.
    const asked = site.world.ask("daemon/setThreshold", { option: "alerts.webhook", value: "off" });
    await expect(asked).rejects.toThrow("on this machine only");
    const { thresholds } = await site.world.ask<Thresholds>("daemon/thresholds");
    expect(thresholds.find(({ option }) => option === "alerts.webhook")?.value).toBe("off");
  });

  it("shows an alert when it comes and when it is over", async () => {
    const page = await site.open("#/health");
    await page.getByText("No threshold is crossed.").waitFor();
    await site.world.ask("daemon/setThreshold", { option: "alerts.disk-free", value: "100%" });
    const alerts = page.getByRole("region", { name: "Alerts", exact: true });
    await alerts
      .getByText(/What is free on the disk of the data folder is/)
      .first()
      .waitFor();
    await alerts.getByText("warning", { exact: false }).first().waitFor();
    await expectNoAxeFindings(page, "health with an alert");
    await site.world.ask("daemon/setThreshold", { option: "alerts.disk-free", value: "off" });
    await alerts.getByText("No threshold is crossed.").waitFor();
    await alerts.getByText(/^Lately/).click();
    const lately = page.getByRole("region", { name: "Alerts of lately" }).getByRole("listitem");
    expect(await lately.count()).toBe(2);
    expect(await lately.first().textContent()).toContain("watched no more");
  });
});
