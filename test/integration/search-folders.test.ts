/* Several folders in one search: real indexes of a real home, by library, MCP and command line. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, InMemoryTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { addToCollection, describeFolder } from "../../src/config/places/collections.ts";
import { defaultDatabasePath } from "../../src/config/places/paths.ts";
import { type Home, openHome } from "../../src/engine/home.ts";
import { haypileOver } from "../../src/haypile/here.ts";
import { searchFolders } from "../../src/index.ts";
import { IndexJobs } from "../../src/mcp/backend/jobs.ts";
import { createServerFactory } from "../../src/mcp/server.ts";
import { cli } from "../helpers/cli.ts";
import { writeTree } from "../helpers/temp-tree.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const before = { ...process.env };
let scratch: string;
let data: string;
let home: Home;
const folders: Record<string, string> = {};

const texts: Record<string, Record<string, string>> = {
  api: {
    "src/refunds.ts":
      "/** Signs a refund with the key of the shop. */\nexport function signRefund(id: string) {\n  return sign(id);\n}\n",
    "src/orders.ts": "export function listOrders() {\n  return orders;\n}\n",
  },
  web: {
    "src/refund-form.ts":
      "/** Shows the form by which a buyer asks for a refund. */\nexport function showRefundForm() {\n  return form;\n}\n",
  },
  notes: { "bread.md": "# Bread\n\nKnead the dough for ten minutes and let it rise.\n" },
};

beforeAll(async () => {
  scratch = realpathSync(mkdtempSync(join(tmpdir(), "haypile-folders-")));
  data = join(scratch, "data");
  Object.assign(process.env, {
    HAYPILE_DATA_DIR: data,
    HAYPILE_CONFIG_DIR: join(scratch, "config"),
    HAYPILE_MODEL: "static-code-256",
  });
  home = await openHome({ embeddingCache: false });
  for (const [name, files] of Object.entries(texts)) {
    const folder = join(scratch, "src", name);
    writeTree(folder, files);
    folders[name] = folder;
    await home.withEngine(folder, (engine) => engine.index());
  }
  const places = { dataFolder: data };
  addToCollection("payments", [folders.api as string, folders.web as string], places);
  describeFolder(folders.api as string, "the payments service's API", places);
});

afterAll(async () => {
  await home.close();
  process.env = before;
  rmSync(scratch, { recursive: true, force: true });
});

const question = "how is a refund signed";

describe("a search over several folders", () => {
  it("takes the best of all, with the folder of each and what was said of it", async () => {
    const all = await searchFolders(home, question, { in: "*" });
    expect(all.folders.map(({ name }) => name).sort()).toEqual(["api", "notes", "web"]);
    expect(all.hits[0]).toMatchObject({
      ...{ name: "api", folder: folders.api, path: "src/refunds.ts" },
      context: "the payments service's API",
    });
    const alone = await home.withEngine(folders.web as string, (one) => one.search(question));
    const ofWeb = all.hits.filter(({ name }) => name === "web");
    expect(ofWeb.map(({ path, score }) => [path, score])).toEqual(
      alone.hits.map(({ path, score }) => [path, score]),
    );
    const scores = all.hits.map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(all.notes).toEqual([]);
    expect(all.folders.every(({ model }) => model === "static-code-256")).toBe(true);
  });

  it("means collections and folders by name, each once, in their order", async () => {
    const { notes = "" } = folders;
    const found = await searchFolders(home, "refund form", {
      in: [notes, "payments", folders.web as string],
      k: 2,
    });
    expect(found.folders.map(({ name }) => name)).toEqual(["notes", "api", "web"]);
    expect(found.hits.length).toBeLessThanOrEqual(2);
    await expect(searchFolders(home, "x", { in: "payment" })).rejects.toThrow(/mean payments/);
    await expect(searchFolders(home, "", { in: "payments" })).rejects.toMatchObject({
      code: "HAYPILE_USAGE",
    });
    const wrong = { in: "payments", limit: 3 } as object as { in: string };
    await expect(searchFolders(home, "x", wrong)).rejects.toMatchObject({ code: "HAYPILE_USAGE" });
  });

  it("says which folders did not answer: one without an index, one that is gone, one that is damaged", async () => {
    const bare = join(scratch, "src", "bare");
    writeTree(bare, { "a.txt": "x" });
    const gone = join(scratch, "src", "gone");
    const broken = join(scratch, "src", "broken");
    writeTree(gone, { "a.txt": "refund" });
    writeTree(broken, { "a.txt": "refund" });
    await home.withEngine(gone, (engine) => engine.index());
    await home.withEngine(broken, (engine) => engine.index());
    rmSync(gone, { recursive: true });
    const other = await openHome({ embeddingCache: false });
    writeFileSync(defaultDatabasePath(data, broken), "no database at all".repeat(1_000));
    try {
      const found = await searchFolders(other, question, {
        in: [bare, gone, broken, "payments"],
      });
      expect(found.hits.map(({ name }) => name)).toContain("api");
      const failed = Object.fromEntries(found.folders.map((one) => [one.name, one.failed]));
      expect(failed.bare).toMatch(/index/);
      expect(failed.gone).toMatch(/not there any more/);
      expect(failed.broken).toBeTruthy();
      expect(failed.api).toBeUndefined();
    } finally {
      await other.close();
      rmSync(defaultDatabasePath(data, broken));
      rmSync(defaultDatabasePath(data, gone));
    }
  });

  it("keeps no more engines open than a home does, however many folders it asks", async () => {
    const many = await openHome({ embeddingCache: false });
    try {
      const made: string[] = [];
      for (let i = 0; i < 24; i += 1) {
        const folder = join(scratch, "many", `f${i}`);
        writeTree(folder, { "a.md": `# Refund ${i}\n\nHow refund number ${i} is signed.\n` });
        await many.withEngine(folder, (engine) => engine.index());
        made.push(folder);
      }
      const found = await searchFolders(many, question, { in: made, k: 24 });
      expect(found.folders.every(({ failed }) => failed === undefined)).toBe(true);
      expect(found.hits).toHaveLength(24);
      expect(many.engines().length).toBeLessThanOrEqual(17);
      for (const folder of made) rmSync(defaultDatabasePath(data, folder));
    } finally {
      await many.close();
    }
  });
});

describe("find_code over several projects", () => {
  async function call(args: Record<string, unknown>): Promise<string> {
    const [near, far] = InMemoryTransport.createLinkedPair();
    const client = new Client({ name: "test", version: "1" });
    const haypile = haypileOver(async () => home);
    const jobs = new IndexJobs();
    await createServerFactory({ haypile, jobs }, {})({ root: folders.notes })().connect(near);
    await client.connect(far);
    const result = await client.callTool({ name: "find_code", arguments: args });
    await client.close();
    return (result.content as { text: string }[])[0]?.text ?? "";
  }

  it("takes a collection, a list, or all, and gives what the user said", async () => {
    const text = await call({ query: question, project: "payments" });
    expect(text).toMatch(/^Hits 1 to \d+ for "how is a refund signed" in 2 projects$/m);
    expect(text).toContain(`[api] ${folders.api}: the payments service's API`);
    expect(text).toMatch(/^1 \[api\] src\/refunds\.ts:/m);
    expect(await call({ query: question, project: "*" })).toContain("in 3 projects");
    const list = `${folders.web},${folders.notes}`;
    expect(await call({ query: "refund form", project: list })).toMatch(/^1 \[web\]/m);
    expect(await call({ query: "dough" })).toContain("bread.md");
    expect(await call({ query: "x", project: "payments,nothing" })).toMatch(/\[nothing\]/);
  });

  it("gives pages that neither repeat nor lose", async () => {
    const pages: string[] = [];
    let cursor: string | undefined;
    do {
      const args = { query: "refund", project: "payments", limit: 1, min_score: 0, cursor };
      const text = await call(cursor === undefined ? { ...args, cursor: undefined } : args);
      pages.push(...text.split("\n").filter((line) => /^\d+ \[/.test(line)));
      cursor = /more: cursor="([^"]+)"/.exec(text)?.[1];
    } while (cursor !== undefined && pages.length < 20);
    const places = pages.map((line) => line.split(" ").slice(1, 3).join(" "));
    expect(new Set(places).size).toBe(places.length);
    expect(places).toHaveLength(3);
  });
});

describe("haypile search --in-all", () => {
  const run = (...args: string[]) =>
    cli(args, { data, env: { HAYPILE_CONFIG_DIR: join(scratch, "config") } });

  it("prints names and contexts, and one object with --json", async () => {
    const text = await run("search", question, "--in-all");
    expect(text.code, text.stderr).toBe(0);
    expect(text.stdout).toContain(`api: the payments service's API  (${folders.api})`);
    expect(text.stdout).toMatch(/^api {2}src\/refunds\.ts:/m);
    expect(text.stderr).toMatch(/hits of 3 folders/);
    const json = await run("search", question, "--across", "payments", "--json");
    const found = JSON.parse(json.stdout);
    expect(found.hits[0]).toMatchObject({ name: "api", path: "src/refunds.ts" });
    expect(found.folders).toHaveLength(2);
  });

  it("is told by collections", async () => {
    const added = await run("collections", "add", "food", folders.notes as string);
    expect(added.stdout).toContain(folders.notes);
    await run("collections", "describe", folders.notes as string, "what", "we", "bake");
    const listed = JSON.parse((await run("collections", "list", "--json")).stdout);
    expect(listed.collections).toContainEqual({
      name: "food",
      folders: [{ folder: folders.notes, context: "what we bake" }],
    });
    const found = await run("search", "dough", "--across", "food");
    expect(found.stdout).toContain("notes: what we bake");
    expect((await run("collections", "remove", "food")).stdout).toContain("is gone");
    expect((await run("collections", "remove", "food")).code).toBe(2);
    expect((await run("collections", "add", "food", join(scratch, "none"))).code).toBe(3);
  });

  it("refuses flags that name one index", async () => {
    for (const wrong of [
      ["--path", "x"],
      ["--db", "x"],
      ["--across", "payments"],
    ]) {
      const ended = await run("search", "x", "--in-all", ...wrong);
      expect([wrong[0], ended.code]).toEqual([wrong[0], 2]);
    }
    expect((await run("search", "x", "--across", "none")).stderr).toMatch(/collection or a folder/);
  });
});
