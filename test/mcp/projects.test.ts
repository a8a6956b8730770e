/* Memories of a project under whatever name they are kept: found, or said to be there. Never silently none. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, InMemoryTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { projectOf } from "../../src/index.ts";
import { createServerFactory } from "../../src/mcp/server.ts";
import { cli, type Ended } from "../helpers/cli.ts";
import { type TestHome, testHome } from "../helpers/mcp.ts";
import { writeTree } from "../helpers/temp-tree.ts";

let folder: string;
let home: TestHome;

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "haypile-moved-")));
  home = await testHome(folder);
});

afterAll(async () => {
  await home.close();
  rmSync(folder, { recursive: true, force: true });
});

function git(at: string, ...args: string[]): void {
  execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], {
    cwd: at,
    stdio: ["ignore", "ignore", "pipe"],
  });
}

async function call(root: string, name: string, args: Record<string, unknown>): Promise<string> {
  const [near, far] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: "test", version: "1" });
  await createServerFactory(home)({ root })().connect(near);
  await client.connect(far);
  const { content } = await client.callTool({ name, arguments: args });
  await client.close();
  return (content as { text: string }[])[0]?.text ?? "";
}

const recall = (root: string): Promise<string> => call(root, "recall", { query: "retry helper" });

it("shows them in every worktree, through links, and after the folder was renamed", async () => {
  const app = join(folder, "app");
  mkdirSync(app);
  git(app, "init", "-q", "-b", "main");
  git(app, "commit", "-q", "--allow-empty", "-m", "one");
  git(app, "worktree", "add", "-q", "../tree", "-b", "f");
  symlinkSync(app, join(folder, "link"));
  const text = "The retry helper must never sleep longer than 20 seconds.";
  expect(await call(app, "remember", { text })).toMatch(/in namespace app-[0-9a-f]{6}\.$/);
  for (const root of [app, join(folder, "tree"), join(folder, "link")]) {
    expect(await recall(root)).toContain(text);
  }
  const { namespace } = await projectOf(app);
  renameSync(app, join(folder, "app2"));
  expect(await recall(join(folder, "app2"))).toContain(text);
  const status = await call(join(folder, "app2"), "status", {});
  expect(status).toContain(`namespace ${namespace}.`);
  expect(status).toContain(`It was ${app} when memories were kept last`);
});

it("says that there are some of a folder that was renamed, until they are adopted", async () => {
  const notes = join(folder, "notes");
  writeTree(notes, { "a.md": "" });
  const text = "The retry helper is described in the notes.";
  await call(notes, "remember", { text });
  const { namespace } = await projectOf(notes);
  const renamed = join(folder, "renamed");
  renameSync(notes, renamed);
  for (const said of [await recall(renamed), await call(renamed, "status", {})]) {
    expect(said).toContain(`1 is kept in namespace "${namespace}"`);
    expect(said).toContain(`haypile memories adopt "${namespace}"`);
  }
  expect(await call(renamed, "recall", { query: "retry", namespace })).toContain(text);
});

it("says that there are some of a folder with the same name, kept before folders were noted", async () => {
  const own = join(folder, "elsewhere", "tool");
  writeTree(own, { "a.md": "" });
  const old = { text: "The tool is old.", namespace: "tool-0a1b2c" };
  await call(own, "remember", old);
  expect(await recall(own)).toContain('1 is kept in namespace "tool-0a1b2c", of a folder with');
  // With memories of its own, nothing is missing.
  await call(own, "remember", { text: "The tool is new." });
  expect(await recall(own)).not.toContain("tool-0a1b2c");
});

it("is the same project on the command line", { timeout: 120_000 }, async () => {
  const plain = join(folder, "plain");
  writeTree(plain, { "src/a.md": "" });
  const run = (cwd: string, ...words: string[]): Promise<Ended> =>
    cli(words, { data: folder, cwd });
  const kept = await run(join(plain, "src"), "remember", "The fox is red.", "--namespace", ".");
  expect(kept.code).toBe(0);
  const { namespace } = await projectOf(join(plain, "src"));
  const listed = await run(join(plain, "src"), "memories", "list", "--namespace", ".", "--json");
  expect(JSON.parse(listed.stdout)).toMatchObject({ memories: [{ namespace }], total: 1 });

  const moved = join(folder, "moved");
  renameSync(join(plain, "src"), moved);
  for (const words of [
    ["memories", "list"],
    ["recall", "fox"],
  ]) {
    const empty = await run(moved, ...words, "--namespace", ".");
    expect(empty.stdout).toBe("");
    expect(empty.stderr).toContain(`1 is kept in namespace "${namespace}"`);
  }
  const none = await run(moved, "memories", "adopt", "nothing-like-it");
  expect(none.code).toBe(2);
  expect(none.stderr).toContain("has none");
  const adopted = await run(moved, "memories", "adopt", namespace);
  expect(adopted.stdout).toBe(`${moved} goes by ${namespace} now: 1 memory.\n`);
  expect((await run(moved, "memories", "list", "--namespace", ".")).stdout).toContain("fox");
  expect((await projectOf(moved)).namespace).toBe(namespace);
});
