/* The panel of RAM in a real browser, on daemons that really load, free, and come near their limit. */
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import "../helpers/as-installed.ts";
import type { RamOverTime } from "../../src/ports/answers/daemon/ram.ts";
import {
  expectNoAxeFindings,
  expectNoSidewaysScroll,
  isWithoutBrowser,
  limitMs,
  narrow,
  takeShots,
  useWorld,
  wide,
} from "./browser.ts";

const files = Object.fromEntries(
  Array.from({ length: 12 }, (_, i) => [
    `part-${i}.ts`,
    `/** Says how warm the kettle of room ${i} is. */\nexport function warmth${i}(room: number): number {\n  return room * ${i} + 3;\n}\n`,
  ]),
);

/** Since what time the figures are that are shown. */
const shownAt = async (page: Page): Promise<number> =>
  Number(await page.locator("[data-ram-at]").getAttribute("data-ram-at"));

describe.skipIf(isWithoutBrowser)("the panel of RAM, without a limit", () => {
  const site = useWorld(async (world) => {
    await world.index("tree", files);
  });
  // Freed as soon as nothing uses it.
  site.world.env = { HAYPILE_MODEL_IDLE: "1s" };

  it("shows what is resident, and goes on by itself every second", async () => {
    const page = await site.open("#/footprint");
    await page.getByText("There is no limit").waitFor();
    await page.getByRole("img", { name: /Resident memory/ }).waitFor();
    const first = await shownAt(page);
    await expect.poll(() => shownAt(page), { timeout: limitMs }).toBeGreaterThan(first);
    const second = await shownAt(page);
    await expect.poll(() => shownAt(page), { timeout: limitMs }).toBeGreaterThan(second);
    const owners = page.getByRole("table", { name: "Owners of resident memory" });
    await owners.getByText("JavaScript heap").waitFor();
    const said = await site.world.ask<{ owners: { owner: string }[] }>("daemon/receipt");
    expect(await owners.locator("tbody tr").count()).toBeGreaterThan(5);
    await owners.getByText(said.owners[0]?.owner ?? "", { exact: true }).waitFor();
    const shares = page.getByLabel("Of the machine, and by one of each");
    for (const name of ["Of the system", "Address space", "Per file"]) {
      await shares.getByText(name, { exact: true }).waitFor();
    }
    expect(await shares.textContent()).toMatch(/\d\.\d % of \d.* on average: .* indexed/);
    await expectNoAxeFindings(page, "RAM without a limit");
    await page.setViewportSize(narrow);
    await expectNoSidewaysScroll(page);
    await page.setViewportSize(wide);
  });

  it("shows a model as it is loaded and freed, and a moment of the list in the chart, by key", async () => {
    const page = await site.open("#/footprint");
    const list = page.getByRole("list", { name: "What happened" });
    await site.world.run(["search", "how warm is it", "--path", `${site.world.folder}/tree`]);
    const loaded = list.getByRole("button", { name: /model .* loaded: / });
    await loaded.first().waitFor();
    await list
      .getByRole("button", { name: /model .* freed: / })
      .first()
      .waitFor();
    await loaded.first().focus();
    await page.keyboard.press("Enter");
    expect(await loaded.first().getAttribute("aria-pressed")).toBe("true");
    // The same in the table beside the chart, for who does not see it.
    await page.getByText("As a table").click();
    await page
      .getByRole("listitem")
      .filter({ hasText: /^\d\d:\d\d:\d\d: model .* loaded/ })
      .first()
      .waitFor();
  });

  it("keeps how far back it looks in the address", async () => {
    const page = await site.open("#/footprint?range=1h");
    const hour = page.getByRole("button", { name: "1 hour" });
    await hour.waitFor();
    expect(await hour.getAttribute("aria-pressed")).toBe("true");
    await page.getByRole("button", { name: "6 hours" }).click();
    await page.waitForURL(/range=6h/);
    await page.goBack();
    await page.waitForURL(/range=1h/);
    await expect.poll(() => hour.getAttribute("aria-pressed"), { timeout: limitMs }).toBe("true");
  });

  it("orders the owners by a column", async () => {
    const page = await site.open("#/footprint");
    const owners = page.getByRole("table", { name: "Owners of resident memory" });
    await owners.waitFor();
    await owners.getByRole("button", { name: "Owner" }).click();
    const names = (): Promise<string[]> => owners.locator(".ram-owner").allTextContents();
    await expect
      .poll(
        async () => {
          const shown = await names();
          return shown.length > 5 && String(shown) === String(shown.toSorted());
        },
        { timeout: limitMs },
      )
      .toBe(true);
  });
});

describe.skipIf(isWithoutBrowser)(
  "the panel of RAM, under a limit that is too low for the work",
  () => {
    const site = useWorld(async (world) => {
      // The start alone fits. What happens to the run is not the question: it may well be refused.
      await world.index("tree", files).catch(() => undefined);
    });
    site.world.env = { HAYPILE_MAX_MEMORY: "90MB", HAYPILE_MODEL: "static" };

    it("shows the limit, the level, and the steps of the ladder as they are taken", async () => {
      const page = await site.open("#/footprint");
      await page.getByText(/of 90\.0 MB used/).waitFor();
      const press = async (): Promise<RamOverTime> => {
        const folder = `${site.world.folder}/tree`;
        await site.world.cli(["search", "how warm is it", "--path", folder]);
        return await site.world.ask<RamOverTime>("daemon/ram");
      };
      const tookAStep = ({ moments }: RamOverTime): boolean =>
        moments.some(({ kind }) => kind === "step");
      await expect.poll(async () => tookAStep(await press()), { timeout: limitMs }).toBe(true);
      const { moments, ladder } = await site.world.ask<RamOverTime>("daemon/ram");
      const steps = moments.flatMap((moment) => (moment.kind === "step" ? [moment.step] : []));
      expect(ladder).toEqual(expect.arrayContaining(steps));
      // On the time line, in the ladder, and what was foretold with what was measured.
      const list = page.getByRole("list", { name: "What happened" });
      for (const step of new Set(steps)) {
        await list
          .getByRole("button", { name: new RegExp(`Step "${step}" taken`) })
          .first()
          .waitFor();
      }
      await list
        .getByRole("button", { name: /Level critical/ })
        .first()
        .waitFor();
      const times = page.locator(`[data-step="${steps[0]}"]`);
      await times.getByText(/\d+ times?, .* in all/).waitFor();
      await page.getByRole("img", { name: /% of the limit are used/ }).waitFor();
      await page.getByRole("img", { name: /Resident memory.* limit: 90\.0 MB/ }).waitFor();
      await page.getByRole("heading", { name: "Predicted and measured" }).waitFor();
      const metrics = await fetch(`${site.world.origin}/metrics`, {
        headers: { Authorization: `Bearer ${await site.world.token()}` },
      }).then((answer) => answer.text());
      const families = [...metrics.matchAll(/^# TYPE (\S+)/gmu)].map(([, name]) => name);
      expect(families.length).toBe(new Set(families).size);
      expect(metrics).toContain(`haypile_memory_step_taken{step="${steps[0]}"}`);
      expect(metrics).toMatch(/^haypile_memory_owner_bytes\{owner="JavaScript heap"\} \d+$/mu);
      await expectNoAxeFindings(page, "RAM under pressure");
      await takeShots(page, "ram", async (form) => {
        await expectNoAxeFindings(page, `RAM, ${form}`);
        await expectNoSidewaysScroll(page);
      });
    });
  },
);
