/* Questions at a revision as people and models ask them: the command line, alone and through the daemon, and MCP. */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localMinute } from "../../src/base/text/local-time.ts";
import { cli, type Ended } from "../helpers/cli.ts";
import { commitAll, gitIn } from "../helpers/git-history.ts";
import { connect } from "../helpers/mcp-clients.ts";
import { writeTree } from "../helpers/temp-tree.ts";

const data = realpathSync(mkdtempSync(join(tmpdir(), "haypile-at-")));
const root = join(data, "project");
let first: string;

beforeAll(() => {
  writeTree(root, {
    "src/run.ts":
      "export function run(): number {\n  return helper();\n}\nfunction helper() {\n  return 1;\n}\n",
  });
  gitIn(root)("init", "-q", "-b", "main");
  first = commitAll(root, "2026-01-10T12:00:00Z");
  gitIn(root)("tag", "v1");
  writeTree(root, { "src/run.ts": "export const gone = true;\n" });
  commitAll(root, "2026-02-10T12:00:00Z");
});

afterAll(async () => {
  await cli(["stop"], { data, env: runtime });
  rmSync(data, { recursive: true, force: true });
});

const runtime = {
  XDG_RUNTIME_DIR: data,
  HAYPILE_CACHE_DIR: join(data, "cache"),
  HAYPILE_DAEMON_IDLE: "60s",
};
const ask = (...args: string[]): Promise<Ended> => cli(args, { data, cwd: root, env: runtime });

describe.each([["--here"], []])("the command line %s", (...where: string[]) => {
  it("answers without an index, and says of which commit", async () => {
    const symbol = await ask("symbol", "run", "--at", "v1", ...where);
    expect(symbol.code, symbol.stderr).toBe(0);
    expect(symbol.stdout).toMatch(/^src\/run\.ts:1 {2}function run$/mu);
    expect(symbol.stderr).toContain(`at ${first.slice(0, 12)} of 2026-01-10`);
    const json = JSON.parse((await ask("callees", "run", "--at", "v1", "--json", ...where)).stdout);
    expect(json.at).toEqual({ commit: first, date: "2026-01-10T12:00:00.000Z", said: "v1" });
    expect(json.callees).toMatchObject([{ name: "helper", definition: { path: "src/run.ts" } }]);
    const none = JSON.parse(
      (await ask("symbol", "run", "--at", "main", "--json", ...where)).stdout,
    );
    expect(none).toMatchObject({ name: "run", hits: [], at: { said: "main" } });
    const outline = await ask("outline", "src/run.ts", "--at", "2026-01-31", ...where);
    expect(outline.stdout).toMatch(/1-3 +export function run/u);
  }, 120_000);

  it("reads a file, lines of it and a definition, and searches, with the answer first", async () => {
    const whole = await ask("read", "src/run.ts", "--at", "v1", ...where);
    expect(whole.stdout.split("\n").slice(0, 2)).toEqual([
      "     1  export function run(): number {",
      "     2    return helper();",
    ]);
    expect(whole.stderr).toContain(`at ${first.slice(0, 12)} of 2026-01-10`);
    const one = await ask("read", "src/run.ts#helper", "--at", "v1", "--json", ...where);
    expect(JSON.parse(one.stdout)).toEqual({
      path: "src/run.ts",
      first: 4,
      lines: ["function helper() {", "  return 1;", "}"],
      lineCount: 6,
      at: { commit: first, date: "2026-01-10T12:00:00.000Z", said: "v1" },
    });
    const few = await ask("read", "src/run.ts:2-6", "--at", "v1", "-k", "1", ...where);
    expect(few.stdout).toBe("     2    return helper();\n");
    expect(few.stderr).toContain("4 lines more: give --limit, or read src/run.ts:3-6");
    for (const [target, code, error] of [
      ["src/run.ts:7", 2, "HAYPILE_USAGE"],
      ["src/run.ts:3-2", 2, "HAYPILE_USAGE"],
      ["src/run.ts#gone", 3, "HAYPILE_SYMBOL_MISSING"],
      ["src", 3, "HAYPILE_PATH_MISSING"],
      ["../x", 3, "HAYPILE_PATH_REFUSED"],
    ] as const) {
      const ended = await ask("read", target, "--at", "v1", ...where);
      expect([target, ended.code, ended.stdout]).toEqual([target, code, ""]);
      expect(ended.stderr).toContain(error);
    }
    const none = await ask("read", "src/run.ts", ...where);
    expect([none.code, none.stderr]).toEqual([3, expect.stringContaining("HAYPILE_NOT_INDEXED")]);
    const found = await ask("search", "helper", "--at", "v1", ...where);
    expect(found.stdout).toMatch(/^src\/run\.ts:/u);
    expect(found.stderr).toContain(`at ${first.slice(0, 12)} of 2026-01-10`);
  }, 120_000);

  it("says what is no revision, and that one step is answered", async () => {
    const odd = await ask("symbol", "run", "--at=-x", ...where);
    expect(odd.code).toBe(3);
    expect(odd.stderr).toContain("HAYPILE_REVISION_MISSING");
    const day = await ask("symbol", "run", "--at", "2026-13-40", ...where);
    expect(day.stderr).toContain("there is no month 13");
    const deep = await ask("callers", "run", "--at", "v1", "--depth", "2", ...where);
    expect(deep.code).toBe(2);
  }, 120_000);
});

it("MCP tools answer at a revision, in a project that has no index", async () => {
  const { client, close } = await connect("stdio", "modern", data, root);
  const call = async (name: string, args: Record<string, unknown>): Promise<string> => {
    const result = await client.callTool({ name, arguments: { ...args, at: "v1" } });
    return (result.content as { text: string }[])[0]?.text ?? "";
  };
  try {
    const note = `at ${first.slice(0, 12)} of ${localMinute("2026-01-10T12:00:00Z")}`;
    for (const [name, args, says] of [
      ["find_symbol", { name: "run" }, "src/run.ts:1-3 function run"],
      ["references", { name: "helper" }, "2 call in run"],
      ["outline", { path: "src/run.ts" }, "4-6 function helper()"],
      ["read", { target: "src/run.ts#helper" }, "5    return 1;"],
    ] as const) {
      const text = await call(name, args);
      expect(text, name).toContain(says);
      expect(text, name).toContain(note);
    }
    expect(await call("references", { name: "run", depth: 3 })).toContain("Leave depth out");
  } finally {
    await close();
  }
}, 120_000);
