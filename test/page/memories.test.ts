/** The panel of memories in a real browser: find, edit, merge, forget, and take each of it back; and texts that would be more than text. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { Memory } from "../../src/ports/memories.ts";
import {
  expectNoAxeFindings,
  expectNoSidewaysScroll,
  isWithoutBrowser,
  narrow,
  takeShots,
  useWorld,
} from "./browser.ts";

const many = 2_500;
const hostile = [
  '<img src=x onerror="window.haypileHurt=1">',
  "</script><script>window.haypileHurt=1</script>",
  "javascript:window.haypileHurt=1",
  "\u202egnp.exe\u0000 {{constructor}} $\u007b1+1}",
];

describe.skipIf(isWithoutBrowser)("the panel of memories", () => {
  const ids: Record<string, string> = {};
  const site = useWorld(async (world) => {
    await world.remember(
      Array.from({ length: many }, (_, at) => ({
        text: `line ${String(at).padStart(4, "0")} of the long list`,
        tags: [`t${at % 5}`],
        onDuplicate: "keep",
        namespace: "long",
      })),
    );
    const texts = [
      "The harbour closes at nine.",
      "Deploys go out on Tuesdays.",
      "Deploys go out on tuesdays!",
      "The ferry to the island runs hourly.",
      ...hostile,
    ];
    const stored = await world.remember(
      texts.map((text, at) => ({
        text,
        tags: at < 4 ? ["real"] : ['"><b>tag', "hostile"],
        onDuplicate: "link",
      })),
    );
    for (const [at, id] of stored.entries()) ids[texts[at] as string] = id;
  });
  const idOf = (text: string): string => ids[text] as string;
  const get = (id: string) => site.world.ask<Memory | null>("memories/get", { id });
  const rows = (page: Page) => page.locator(".memories-row[data-id]");
  const toast = (page: Page, text: string | RegExp) =>
    page.locator(".toast").filter({ hasText: text });
  const undo = (page: Page) => page.getByRole("button", { name: "Undo", exact: true }).click();

  it("is one list by keyboard and by ear, at any place, narrowed as one types", async () => {
    const page = await site.open("#/memories");
    const list = page.getByRole("listbox");
    await rows(page).first().waitFor();
    await list.focus();
    await page.keyboard.press("End");
    await page.getByText("line 0000 of the long list").waitFor();
    const last = page.locator(`[aria-posinset="${many + 8}"]`);
    expect(await last.getAttribute("aria-setsize")).toBe(String(many + 8));
    expect(await list.getAttribute("aria-activedescendant")).toBe(await last.getAttribute("id"));
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.type("harb");
    await page.locator(".memories-foot", { hasText: "1 memory" }).waitFor();
    expect(page.url()).toContain("q=harb");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    const detail = page.getByRole("region", { name: "Memory", exact: true });
    await detail.getByText("The harbour closes at nine.").first().waitFor();
    await page.keyboard.press("Escape");
    await detail.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "by meaning" }).click();
    await page.getByRole("searchbox").fill("boats to the island");
    await page.getByText("The ferry to the island runs hourly.").waitFor();
  });

  it("edits in place and takes it back; another's change is shown and nothing is lost", async () => {
    const id = idOf("The harbour closes at nine.");
    const page = await site.open(`#/memories?id=${id}`, { expects: [/409/] });
    const detail = page.locator(`[data-memory="${id}"]`);
    await detail.getByRole("button", { name: "Edit" }).click();
    const box = detail.getByLabel("Text", { exact: true });
    await box.fill("The harbour closes at ten.");
    await detail.getByRole("button", { name: "Save" }).click();
    await toast(page, "Saved").waitFor();
    expect((await get(id))?.text).toBe("The harbour closes at ten.");
    await detail.locator("del", { hasText: "nine" }).waitFor();
    await undo(page);
    await toast(page, "Undone").waitFor();
    expect((await get(id))?.text).toBe("The harbour closes at nine.");

    await detail.getByRole("button", { name: "Edit" }).click();
    await box.fill("Mine.");
    await site.world.ask("memories/update", { id, text: "Theirs." });
    await detail.getByText("Another client has changed its text").waitFor();
    expect(await box.inputValue()).toBe("Mine.");
    await detail.getByRole("button", { name: "Save" }).click();
    await detail.getByText("Theirs.").first().waitFor();
    expect((await get(id))?.text).toBe("Theirs.");
    await detail.getByRole("button", { name: "Keep mine" }).click();
    await detail.getByRole("button", { name: "Save" }).click();
    await toast(page, "Saved").waitFor();
    expect((await get(id))?.text).toBe("Mine.");
    await detail.getByRole("button", { name: "Pin", exact: true }).click();
    await toast(page, "Pinned").waitFor();
    expect((await get(id))?.pinned).toBe(true);
    await undo(page);
    await detail.getByRole("button", { name: "Pin", exact: true }).waitFor();
    expect((await get(id))?.pinned).toBe(false);
  });

  it("looks through duplicates, merges and unmerges, and leaves a pair alone", async () => {
    const page = await site.open("#/memories?view=duplicates");
    const pair = page.getByRole("listitem").filter({ hasText: "Deploys go out on tuesdays!" });
    await pair.getByRole("button", { name: "Not the same" }).click();
    await pair.waitFor({ state: "detached" });
    await undo(page);
    await pair.getByRole("button", { name: "Merge" }).click();
    await pair.waitFor({ state: "detached" });
    const one = idOf("Deploys go out on Tuesdays.");
    const total = async () =>
      (await site.world.ask<{ total: number }>("memories/list", { tags: { all: ["real"] } })).total;
    expect(await total()).toBe(3);
    await undo(page);
    await toast(page, "Undone").waitFor();
    expect(await total()).toBe(4);
    await page.getByRole("link", { name: "All" }).click();
    await page.getByRole("searchbox").fill("deploys");
    await page.locator(".memories-foot", { hasText: "2 memories" }).waitFor();
    await page.getByRole("listbox").focus();
    await page.keyboard.press("Space");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Space");
    await page.getByRole("button", { name: "Merge" }).click();
    await page.getByLabel("Text of the merged memory").fill("Deploys: on Tuesdays.");
    await page.getByRole("dialog").getByRole("button", { name: "Merge" }).click();
    await toast(page, "Merged 2").waitFor();
    await page.locator(".memories-foot", { hasText: "1 memory" }).waitFor();
    await undo(page);
    await page.locator(".memories-foot", { hasText: "2 memories" }).waitFor();
    expect((await get(one))?.text).toBe("Deploys go out on Tuesdays.");
  });

  it("makes a snapshot, brings back what is gone since, and deletes it after a question", async () => {
    const page = await site.open("#/memories?view=snapshots");
    await page.getByText("No snapshot was made yet.").waitFor();
    const note = `${hostile.slice(0, 3).join(" ")} kept`;
    await page.getByLabel("Note").fill(note);
    await page.getByRole("button", { name: "Make one" }).click();
    await toast(page, "Snapshot made").waitFor();
    const card = page.locator("[data-snapshot]");
    await card.getByText(note).waitFor();
    await card
      .getByText(new RegExp(`${many + 8} memories|${(many + 8).toLocaleString("en")} memories`))
      .waitFor();
    expect(await page.locator(".memories-main img, .memories-main script").count()).toBe(0);
    expect(await page.evaluate(() => "haypileHurt" in window)).toBe(false);
    await expectNoAxeFindings(page);
    const id = idOf("The harbour closes at nine.");
    const before = await get(id);
    await site.world.ask("memories/forget", { id });
    const dialog = page.getByRole("dialog");
    await card.getByRole("button", { name: "Bring back what is gone" }).click();
    await dialog.getByRole("button", { name: "Bring back" }).click();
    await toast(page, "1 memory brought back").waitFor();
    expect((await get(id))?.text).toBe(before?.text);
    await card.getByRole("button", { name: "Verify" }).click();
    await toast(page, "It is sound: restored, opened and asked 3 questions").waitFor();
    await site.world.ask("memories/forget", { id, hard: true });
    await card.getByRole("button", { name: "Restore", exact: true }).click();
    await dialog.getByRole("button", { name: "Restore it" }).click();
    await toast(page, "Restored. What was there before").waitFor();
    expect((await get(id))?.text).toBe(before?.text);
    const kept = page.locator("[data-snapshot]", { hasText: "made before another was restored" });
    await kept.getByRole("button", { name: "Delete" }).click();
    await dialog.getByRole("button", { name: "Delete it" }).click();
    await kept.waitFor({ state: "detached" });
    await card.getByRole("button", { name: "Delete" }).click();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    expect(await card.count()).toBe(1);
    await card.getByRole("button", { name: "Delete" }).click();
    await dialog.getByRole("button", { name: "Delete it" }).click();
    await card.waitFor({ state: "detached" });
    const left = await site.world.ask<{ snapshots: unknown[] }>("memories/snapshots");
    expect(left.snapshots).toEqual([]);
  });

  it("merges nothing over what another client said meanwhile", async () => {
    const [one = "", two = ""] = await site.world.remember(
      ["The lighthouse is white.", "The lighthouse is tall."].map((text) => ({
        text,
        tags: ["lighthouse"],
        onDuplicate: "keep",
      })),
    );
    const page = await site.open("#/memories?tag=lighthouse");
    await rows(page).nth(1).waitFor();
    await page.getByRole("listbox").focus();
    for (const key of ["Home", "Space", "ArrowDown", "Space"]) await page.keyboard.press(key);
    await page.getByRole("button", { name: "Merge" }).click();
    const box = page.getByLabel("Text of the merged memory");
    await box.waitFor();
    await site.world.ask("memories/update", { id: two, text: "The lighthouse is 40 m tall." });
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Merge" }).click();
    await dialog.getByText("Another client has changed one of them").waitFor();
    expect(await box.inputValue()).toContain("40 m tall");
    expect((await get(one))?.text).toBe("The lighthouse is white.");
    await dialog.getByRole("button", { name: "Merge" }).click();
    await toast(page, "Merged 2").waitFor();
    const { memories } = await site.world.ask<{ memories: Memory[] }>("memories/list", {
      tags: { all: ["lighthouse"] },
    });
    expect(memories.map(({ text }) => text)).toEqual([expect.stringContaining("40 m tall")]);
  });

  it("forgets one and many after a look, and brings each back", async () => {
    const page = await site.open("#/memories?tag=t3&namespace=long");
    await page.locator(".memories-foot", { hasText: "500 memories" }).waitFor();
    await page.getByRole("button", { name: "Forget these" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("and 490 others").waitFor();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await page.locator(".memories-foot", { hasText: "500 memories" }).waitFor();
    await page.getByRole("button", { name: "Forget these" }).click();
    await dialog.getByRole("button", { name: "Forget 500 memories" }).click();
    await toast(page, "Forgot 500 memories").waitFor();
    await page.getByText("No memory is like that.").waitFor();
    await undo(page);
    await page.locator(".memories-foot", { hasText: "500 memories" }).waitFor();
    const first = rows(page).first();
    const id = (await first.getAttribute("data-id")) as string;
    await first.click();
    await page.locator(`[data-memory="${id}"]`).getByRole("button", { name: "Forget" }).click();
    await dialog.getByRole("button", { name: "Forget" }).click();
    await toast(page, "Forgotten").waitFor();
    expect(await get(id)).toBeNull();
    await page.getByRole("link", { name: "Forgotten" }).click();
    const gone = page.locator(".memories-cards > li").filter({ hasText: id });
    await gone.getByRole("button", { name: "Bring back" }).click();
    await gone.waitFor({ state: "detached" });
    expect((await get(id))?.id).toBe(id);
  });

  it("shows what others remember, and stays where one looks", async () => {
    const page = await site.open("#/memories?namespace=long");
    await rows(page).first().waitFor();
    await page.getByRole("listbox").evaluate((list) => {
      list.scrollTop = 58 * 1_000;
    });
    const seen = page.locator('[data-id][aria-posinset="1003"]');
    await seen.waitFor();
    const id = (await seen.getAttribute("data-id")) as string;
    const placeOf = () =>
      page
        .locator(`.memories-row[data-id="${id}"]`)
        .evaluate((row) => row.getBoundingClientRect().top);
    const before = await placeOf();
    await site.world.remember([
      { text: "one that came meanwhile", namespace: "long" },
      { text: "two that came meanwhile", namespace: "long" },
    ]);
    await page.locator(`[data-id="${id}"][aria-posinset="1005"]`).waitFor();
    expect(Math.abs((await placeOf()) - before)).toBeLessThan(2);
    await page.getByRole("listbox").evaluate((list) => {
      list.scrollTop = 0;
    });
    await page.getByText("two that came meanwhile").waitFor();
  });

  it("adds, imports with what was left out, and exports", async () => {
    const page = await site.open("#/memories?namespace=files");
    await page.getByRole("button", { name: "Add" }).click();
    await page.getByLabel("Text", { exact: true }).fill("Added by hand.");
    await page.getByRole("button", { name: "Remember" }).click();
    await toast(page, "Remembered").waitFor();
    await page.getByText("Added by hand.").first().waitFor();
    await page.getByRole("button", { name: "Close memory" }).click();
    const file = join(site.world.folder, "in.jsonl");
    writeFileSync(file, '{"text": "taken from a file"}\n{"text": 5}\n');
    await page.getByRole("button", { name: "Import" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("File", { exact: true }).setInputFiles(file);
    await dialog.getByLabel("Namespace (empty: as the file says)").fill("files");
    await dialog.getByRole("button", { name: "Import" }).click();
    await dialog.getByText("1 stored, 0 there already, 1 left out.").waitFor();
    await dialog.getByText("line 2:").waitFor();
    await dialog.getByRole("button", { name: "Close", exact: true }).last().click();
    await page.getByText("taken from a file").waitFor();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Export" }).click(),
    ]);
    const stream = await download.createReadStream();
    let text = "";
    for await (const piece of stream) text += piece;
    const lines = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { text: string });
    expect(lines.map((line) => line.text).sort()).toEqual(["Added by hand.", "taken from a file"]);
  });

  it("says what the code was when it is not the same any more, and takes it as true", async () => {
    const tree = await site.world.index("tree", { "port.ts": "export const port = 3030;\n" });
    const path = join(tree, "port.ts");
    const [id = ""] = await site.world.remember([
      { text: "The port is 3030.", anchors: [{ path }] },
    ]);
    writeFileSync(path, "export const port = 80;\n");
    const page = await site.open("#/memories?view=unverified");
    const card = page.locator(".memories-cards > li").filter({ hasText: "The port is 3030." });
    await card.getByText(path).waitFor();
    await card.getByRole("button", { name: "It is still true" }).click();
    await card.waitFor({ state: "detached" });
    const page2 = await site.open(`#/memories?id=${id}`);
    await page2.getByText("as it was").waitFor();
  });

  it("shows hostile texts as text, everywhere", async () => {
    const page = await site.open("#/memories?tag=hostile");
    await page.locator(".memories-foot", { hasText: `${hostile.length} memories` }).waitFor();
    for (const text of hostile) {
      await page.locator(`.memories-row[data-id="${idOf(text)}"]`).click();
      const whole = page.locator(`[data-memory="${idOf(text)}"] .memories-whole`);
      await whole.waitFor();
      expect(await whole.locator("*").count()).toBe(0);
    }
    expect(await page.locator(".memories img, .memories script").count()).toBe(0);
    expect(await page.evaluate(() => "haypileHurt" in window)).toBe(false);
    await page.getByRole("button", { name: "Forget these" }).click();
    await page.getByRole("dialog").getByText("onerror=").waitFor();
    expect(await page.getByRole("dialog").locator("img, script").count()).toBe(0);
    await page.keyboard.press("Escape");
  });

  it("has no finding of axe, fits a phone, and looks right dark and light", async () => {
    const page = await site.open("#/memories?tag=real");
    await rows(page).first().waitFor();
    await expectNoAxeFindings(page, "the list");
    await rows(page).first().click();
    await page.locator(".memories-detail .facts").waitFor();
    await expectNoAxeFindings(page, "a memory");
    await takeShots(page, "memories", async () => expectNoSidewaysScroll(page));
    await page.locator(".memories-detail").getByRole("button", { name: "Edit" }).click();
    await expectNoAxeFindings(page, "the form");
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.setViewportSize(narrow);
    expect(await page.locator(".memories-detail").evaluate((one) => one.clientWidth)).toBe(
      narrow.width,
    );
    await page.getByRole("button", { name: "Close memory" }).click();
    for (const view of ["Duplicates", "Expiring", "Unverified", "Forgotten"]) {
      await page.getByRole("link", { name: view }).click();
      await page.locator(`.memories-main[aria-label="${view}"]`).waitFor();
      await page.locator(".state[role=status]").waitFor({ state: "detached" });
      await expectNoAxeFindings(page, view);
      await expectNoSidewaysScroll(page);
    }
  });
});
