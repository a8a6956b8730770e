/*
 * Names of others that would be more than names: of clients, folders, files, rules, tags, namespaces and memories; with markup, with
 * characters that turn a line round, without end. Every panel and what opens in it shows them as text, on a phone too.
 */
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, describe, expect, it } from "vitest";
import { helloLine } from "../../src/wire/hello.ts";

import { go, isWithoutBrowser, narrow, useWorld, wide } from "./browser.ts";

const markup = '<img src=x onerror="window.haypileHurt=1">';
const turned = "\u202egnp.exe\u2066\u200b";
const zalgo = `z${"\u0301".repeat(200)}`;
// Characters that nobody sees or that move others, and marks that are drawn over the lines above.
const raw =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be
  /.{0,40}(?:\p{M}{8}|[\u0000-\u0008\u000b-\u001f\u200b\u202a-\u202e\u2066-\u2069]).{0,20}/u;
const endless = "W".repeat(120);
/** They stay, as agents do. */
const sockets: Socket[] = [];

describe.skipIf(isWithoutBrowser)("names of others", () => {
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
  });
  let folder = "";
  const ids: string[] = [];
  const site = useWorld(async (world) => {
    const file = `${markup.replaceAll("/", "")}${turned}`.slice(0, 80);
    folder = await world.index(`p ${markup.replaceAll("/", "")} ${turned}`, {
      [`${file}.ts`]: `/** ${markup} ${turned} */\nexport function hostileThing(): string {\n  return "${turned}";\n}\n`,
      [`${"W".repeat(200)}.ts`]: "export function longNamed(): number {\n  return 7;\n}\n",
      [`${"d".repeat(200)}/${"e".repeat(200)}/f.ts`]: `export function ${"q".repeat(3000)}(): void {}\n`,
      "broken <b>.ts": "export function ( {{{{ <<<< \n".repeat(5),
      ".gitignore": `*${turned}.log\n${"x".repeat(300)}\n<b>*\n`,
      [`a${turned}.log`]: "x",
      ["x".repeat(200)]: "x",
      "<b>o": "x",
    });
    const said = [
      { text: `${markup} ${turned} ${"W".repeat(10_000)}` },
      { text: `${zalgo} same text here` },
      { text: `${zalgo} same text here.`, onDuplicate: "link" },
      { text: `${"a\u0000b".repeat(20)} ${"\ud800"} last` },
      { text: `soon ${markup}`, expires: new Date(Date.now() + 86_400_000).toISOString() },
      { text: `anchored ${markup}`, anchors: [{ path: join(folder, "broken <b>.ts") }] },
    ];
    const namespaces = [markup, `n${turned}`, `n${turned}`, "default", endless, endless];
    const tags = [markup, `t${turned}`, "W".repeat(64), zalgo.slice(0, 60)];
    ids.push(
      ...(await world.remember(
        said.map((one, at) => ({ namespace: namespaces[at], tags, ...one })),
      )),
    );
    await world.ask("memories/update", {
      id: ids[0],
      text: `${turned} ${markup} ${"V".repeat(9000)}`,
    });
    // Over the socket, by a name of its own.
    for (const client of [markup, turned, endless, zalgo.slice(0, 100), 'a\nb\u0000c"}\\']) {
      await askOverSocket(join(world.data, "run", "daemon.sock"), client, folder);
    }
    await world.ask("code/search", { folder, query: `${markup} ${turned} ${"W".repeat(300)}` });
  });

  const look = async (page: Page, what: string): Promise<void> => {
    const found = await page.evaluate(() => ({
      hurt: "haypileHurt" in window,
      images: document.querySelectorAll("#page img, main img, dialog img, main script").length,
      text: document.body.textContent ?? "",
      attributes: [...document.querySelectorAll("body *")].flatMap((one) =>
        [...one.attributes]
          .filter(({ name }) => /^(title|aria-|placeholder)/.test(name))
          .map(({ value }) => value),
      ),
      failed: [...document.querySelectorAll("main .state.failed")].map((one) => one.textContent),
    }));
    expect(found.hurt, what).toBe(false);
    expect(found.images, what).toBe(0);
    expect(found.failed, what).toEqual([]);
    expect.soft(JSON.stringify(raw.exec(found.text)?.[0]), `${what}: text`).toBeUndefined();
    const wrong = found.attributes.filter((one) => raw.test(one)).map((one) => JSON.stringify(one));
    expect.soft(wrong, `${what}: attributes`).toEqual([]);
    await page.setViewportSize(narrow);
    const sizes = await page.evaluate(() => ({
      most: document.documentElement.scrollWidth,
      seen: document.documentElement.clientWidth,
      who: [...document.querySelectorAll("body *")]
        .filter((one) => {
          const right = one.getBoundingClientRect().right;
          return right > innerWidth + 1 && one.closest(".scrolls") === null;
        })
        .slice(0, 4)
        .map((one) => `${one.tagName}.${one.className} in ${one.parentElement?.className}`),
      dialog: [...document.querySelectorAll("dialog[open]")].map(
        (one) => one.scrollWidth - one.clientWidth,
      ),
    }));
    expect.soft(sizes.most, `${what}: width ${sizes.who}`).toBeLessThanOrEqual(sizes.seen);
    expect
      .soft(
        sizes.dialog.filter((one) => one > 0),
        `${what}: dialog`,
      )
      .toEqual([]);
    await page.setViewportSize(wide);
  };
  const calm = (page: Page) =>
    page.waitForFunction(
      () => document.querySelector("main .state[role='status'], main [aria-busy='true']") === null,
    );

  it.each(["latency", "footprint", "memories", "indexes", "health"])("in %s", async (panel) => {
    const page = await site.open(`#/${panel}`);
    await calm(page);
    await look(page, panel);
  });

  it("in hits of the search", async () => {
    const page = await site.open("#/search");
    for (const query of [
      "hostileThing",
      "longNamed",
      "same text here",
      `${markup} ${turned}`,
      "q".repeat(200),
    ]) {
      await go(page, `#/search?q=${encodeURIComponent(query)}`);
      await page.locator("[data-settled='true']").first().waitFor();
      await look(page, `search ${query.slice(0, 10)}`);
    }
    const why = page.getByRole("button", { name: /^Why/u });
    if ((await why.count()) > 0) await why.first().click();
    await look(page, "search why");
  });

  it("in memories, their histories and the dialogs about them", async () => {
    const page = await site.open("#/memories");
    for (const [at, id] of ids.entries()) {
      await go(page, `#/memories?id=${id}`);
      await page.locator(`[data-memory="${id}"] .memories-whole`).waitFor();
      await look(page, `memory ${at}`);
    }
    await go(page, `#/memories?id=${ids[0]}`);
    await page.locator("[data-memory] del").first().waitFor();
    await look(page, "history");
    await page.locator("[data-memory]").getByRole("button", { name: "Edit" }).click();
    await look(page, "edit");
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.locator("[data-memory]").getByRole("button", { name: "Forget" }).click();
    await look(page, "forget one");
    await page.keyboard.press("Escape");
    await go(page, "#/memories");
    await page.getByRole("button", { name: "Forget these" }).click();
    await page.locator(".memories-samples").waitFor();
    await look(page, "forget these");
    await page.keyboard.press("Escape");
    await page.getByRole("listbox").focus();
    await page.keyboard.press("Space");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Space");
    await page.getByRole("button", { name: "Merge" }).click();
    await page.getByLabel("Text of the merged memory").waitFor();
    await look(page, "merge");
    await page.keyboard.press("Escape");
    for (const view of ["duplicates", "expiring", "unverified", "forgotten"]) {
      await go(page, `#/memories?view=${view}`);
      await calm(page);
      await look(page, view);
    }
  });

  it("in the details of an index and its rules", async () => {
    const page = await site.open("#/indexes");
    await page.locator("main table tbody tr").first().waitFor();
    await go(page, `#/indexes?index=${encodeURIComponent(folder)}`);
    await calm(page);
    await look(page, "index");
    await page.getByText("\\u202e").first().waitFor();
  });
});

async function askOverSocket(path: string, client: string, root: string): Promise<void> {
  const socket = connect(path);
  const answered = new Promise<void>((resolve, reject) => {
    let text = "";
    socket.on("data", (data) => {
      text += data.toString();
      if (text.includes('"id":2')) resolve();
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error(`It closed: ${text}`)));
  });
  const send = (message: object) =>
    socket.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  socket.write(
    helloLine({ face: "mcp", version: "99.0.0", pid: process.pid, root, client, any: true }),
  );
  const clientInfo = { name: client, version: client };
  send({
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo },
  });
  send({ method: "notifications/initialized" });
  send({
    id: 2,
    method: "tools/call",
    params: { name: "recall", arguments: { query: `by ${client}` } },
  });
  await answered;
  sockets.push(socket);
}
