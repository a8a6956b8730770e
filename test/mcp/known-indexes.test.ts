/*
 * index_status knows the indexes on disk. Kind of report: it named only those that this process had open, so that a
 * fresh daemon said of a machine full of indexes that there was none.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, InMemoryTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { indexesFolder } from "../../src/config/places/paths.ts";
import { createServerFactory } from "../../src/mcp/server.ts";
import { openSqliteStore } from "../../src/storage/sqlite/store.ts";
import { type TestHome, testHome, testProject } from "../helpers/mcp.ts";

let data: string;
let root: string;
let home: TestHome;

beforeAll(async () => {
  data = realpathSync(mkdtempSync(join(tmpdir(), "haypile-known-")));
  const project = await testProject(data);
  root = project.root;
  await project.home.close();
  const gone = openSqliteStore({ path: join(indexesFolder(data), "gone.db") });
  gone.facts.set("root", join(data, "was-here"));
  gone.close();
  home = await testHome(data);
});

afterAll(async () => {
  await home.close();
  rmSync(data, { recursive: true, force: true });
});

async function status(structured = false): Promise<{ text: string; record: unknown }> {
  const [near, far] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: "test", version: "1" });
  await createServerFactory(home, { structured })({})().connect(near);
  await client.connect(far);
  const result = await client.callTool({ name: "index_status", arguments: {} });
  await client.close();
  expect(result.isError).toBeUndefined();
  return {
    text: (result.content as { text: string }[])[0]?.text ?? "",
    record: result.structuredContent,
  };
}

it("is listed when nobody has it open, with what is the matter with it", async () => {
  writeFileSync(
    join(indexesFolder(data), "bad.db"),
    "no database at all, but long enough".repeat(40),
  );
  const { text } = await status();
  expect(text).toMatch(new RegExp(`^${root}: on disk, not open, \\d+ bytes, last run 20`, "mu"));
  expect(text).toMatch(
    /was-here: on disk, not open, \d+ bytes, last run never finished, its folder is gone$/mu,
  );
  expect(text).toMatch(/bad\.db: on disk, .*damaged: the user has to delete this file/u);
  const { record } = await status(true);
  expect(record).toMatchObject({
    roots: [],
    onDisk: expect.arrayContaining([
      expect.objectContaining({ root, vanished: false, damaged: false }),
      expect.objectContaining({ root: join(data, "was-here"), vanished: true }),
      expect.objectContaining({ database: join(indexesFolder(data), "bad.db"), damaged: true }),
    ]),
  });
});

it("is listed once when it is open", async () => {
  await home.haypile.code(root).status();
  const { text } = await status();
  expect(text.split("\n").filter((line) => line.startsWith(`${root}:`))).toEqual([
    expect.stringMatching(/: 4 files, \d+ chunks/u),
  ]);
});

it("has no end of a list", async () => {
  for (let at = 0; at < 40; at += 1) {
    const store = openSqliteStore({ path: join(indexesFolder(data), `more-${at}.db`) });
    const folder = join(data, `more-${at}`);
    mkdirSync(folder);
    store.facts.set("root", folder);
    store.close();
  }
  const { text } = await status();
  expect(text.split("\n").filter((line) => line.includes("on disk"))).toHaveLength(30);
  expect(text).toContain("and 12 more that were used less lately");
});
