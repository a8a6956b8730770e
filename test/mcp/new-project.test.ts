/* A client asks about a project that has no index, and about files that change. A real backend of this process. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type OpenedBackend, openBackend } from "../../src/mcp/backend/open-backend.ts";
import { findCode } from "../../src/mcp/tools/find-code.ts";
import { findSymbol } from "../../src/mcp/tools/find-symbol.ts";
import { read } from "../../src/mcp/tools/read.ts";
import { tempFolder, writeTree } from "../helpers/temp-tree.ts";

let data: string;
let tree: string;
let backend: OpenedBackend;

beforeEach(() => {
  data = tempFolder();
  vi.stubEnv("HAYPILE_DATA_DIR", join(data, "data"));
  vi.stubEnv("HAYPILE_CACHE_DIR", join(data, "cache"));
  tree = tempFolder();
  writeTree(tree, {
    "src/lamp.ts": "export function light(): number {\n  return 1;\n}\n",
    "notes.md": "# The lamp\n\nIt is lit at dusk, and put out at dawn.\n",
  });
});

afterEach(async () => {
  await backend.close();
  vi.unstubAllEnvs();
});

type Tool = { run(args: never, call: never): Promise<{ text: string }> };

async function ask(tool: Tool, args: object, root = tree): Promise<string> {
  const call = {
    backend,
    connection: { root },
    options: {},
    signal: new AbortController().signal,
    msLeft: () => 30_000,
  };
  return (await tool.run(args as never, call as never)).text;
}

const codeArgs = { tests: true, detail: "snippets", limit: 5, max_tokens: 4000 };

describe("a project without an index", () => {
  it("gets one at the first question, and is kept up to date", async () => {
    backend = await openBackend();
    const found = await ask(findCode as Tool, { ...codeArgs, query: "lit at dusk" });
    expect(found).toContain("notes.md");
    expect(await ask(findSymbol as Tool, { name: "light", limit: 5 })).toContain("src/lamp.ts:1-3");
    writeFileSync(
      join(tree, "src/lamp.ts"),
      "\n\nexport function shine(): number {\n  return 2;\n}\n",
    );
    const place = { context: 0, max_tokens: 4000 };
    expect(await ask(read as Tool, { ...place, target: "src/lamp.ts#shine" })).toContain(
      "3  export function shine",
    );
    await expect(ask(read as Tool, { ...place, target: "src/lamp.ts#light" })).rejects.toThrow(
      /has no definition named light/,
    );
  });

  it("gets none where that is off, outside of the client's own folder, or for what holds the home folder", async () => {
    backend = await openBackend({ watch: false });
    const missing = { code: "HAYPILE_NOT_INDEXED" };
    await expect(ask(findSymbol as Tool, { name: "light", limit: 5 })).rejects.toMatchObject(
      missing,
    );
    await backend.close();
    backend = await openBackend();
    const other = tempFolder();
    writeTree(other, { "a.ts": "export function other() {}\n" });
    const args = { name: "other", limit: 5, project: other };
    await expect(ask(findSymbol as Tool, args)).rejects.toMatchObject(missing);
    const home = join(tree, "people", "me");
    mkdirSync(home, { recursive: true });
    vi.stubEnv("HOME", home);
    await expect(ask(findSymbol as Tool, { name: "light", limit: 5 })).rejects.toMatchObject(
      missing,
    );
  });
});
