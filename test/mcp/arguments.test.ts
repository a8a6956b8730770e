/*
 * Arguments as models write them. Kind of report: null for what may be left out, "5" for 5, "a,b" for a list and other
 * names for the same thing were refused as invalid, and the model went on guessing.
 */
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, InMemoryTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { namesFor, otherNames, otherNamesOf } from "../../src/mcp/call/argument-names.ts";
import { ArgumentReader, type ArgumentsSchema } from "../../src/mcp/call/arguments.ts";
import { createServerFactory } from "../../src/mcp/server.ts";
import { withSpan } from "../../src/mcp/tools/read-span.ts";
import { type TestHome, testProject } from "../helpers/mcp.ts";
import { repository } from "../helpers/model.ts";

let data: string;
let root: string;
let home: TestHome;
let client: Client;

beforeAll(async () => {
  data = realpathSync(mkdtempSync(join(tmpdir(), "haypile-arguments-")));
  ({ root, home } = await testProject(data));
  const [near, far] = InMemoryTransport.createLinkedPair();
  client = new Client({ name: "test", version: "1" });
  await createServerFactory(home)({ root })().connect(near);
  await client.connect(far);
});

afterAll(async () => {
  await client.close();
  await home.close();
  rmSync(data, { recursive: true, force: true });
});

async function call(name: string, args: Record<string, unknown>): Promise<string> {
  const result = await client.callTool({ name, arguments: args });
  const [first] = result.content as { text: string }[];
  return `${result.isError === true ? "ERROR " : ""}${first?.text ?? ""}`;
}

const schema: ArgumentsSchema = {
  properties: {
    query: { type: "string", minLength: 1, maxLength: 20 },
    limit: { type: "integer", minimum: 1, maximum: 9 },
    importance: { type: "number", minimum: 0, maximum: 1 },
    deep: { type: "boolean" },
    kind: { type: "string", enum: ["fact", "event"] },
    tags: { type: "array", items: { type: "string", minLength: 1, maxLength: 9 }, maxItems: 3 },
    max_tokens: { type: "integer", minimum: 1, maximum: 99 },
    since: { type: "string" },
  },
  required: ["query"],
};

describe("what is meant", () => {
  const reader = new ArgumentReader("tool", schema);
  const read = (given: unknown) => {
    const { values, problems } = reader.read(given);
    return problems.length > 0 ? problems : values;
  };
  const cases: readonly (readonly [object, object])[] = [
    [{ limit: null, tags: null, kind: null, _meta: { a: 1 }, other: null }, {}],
    [{ limit: "", since: " ", kind: "", deep: "" }, {}],
    [{ limit: "null", kind: "None", deep: "undefined" }, {}],
    [{ limit: "5" }, { limit: 5 }],
    [
      { limit: " 5.0 ", importance: ".5" },
      { limit: 5, importance: 0.5 },
    ],
    [{ deep: "true" }, { deep: true }],
    [{ deep: "No" }, { deep: false }],
    [{ deep: 1 }, { deep: true }],
    [{ kind: "Fact " }, { kind: "fact" }],
    [{ tags: '["a", "b"]' }, { tags: ["a", "b"] }],
    [{ tags: "a, b,,c" }, { tags: ["a", "b", "c"] }],
    [{ tags: "a" }, { tags: ["a"] }],
    [{ tags: "[draft" }, { tags: ["[draft"] }],
    [{ tags: "" }, { tags: [] }],
    [{ tags: ["a", null, 7] }, { tags: ["a", "7"] }],
    [{ tag: "a" }, { tags: ["a"] }],
    [{ k: 3 }, { limit: 3 }],
    [{ top_k: "3" }, { limit: 3 }],
    [{ maxTokens: 9 }, { max_tokens: 9 }],
    [{ "Max-Tokens": 9 }, { max_tokens: 9 }],
    [{ type: ["fact"] }, { kind: "fact" }],
    [{ limit: 3, k: "3" }, { limit: 3 }],
  ];

  it.each(cases)("is taken: %o", (given, meant) => {
    expect(read({ query: "x", ...given })).toEqual({ query: "x", ...meant });
  });

  it("is taken for the required, too", () => {
    expect(read({ q: "x" })).toEqual({ query: "x" });
    expect(read({ query: 404 })).toEqual({ query: "404" });
    expect(read({ query: ["x"] })).toEqual({ query: "x" });
    expect(read({ query: "null" })).toEqual({ query: "null" });
  });

  it("is not guessed: what is unclear is named, with what there is", () => {
    expect(read({ query: "x", limit: 3, k: 4 })).toEqual([
      "limit and k are the same argument, limit: pass one of them.",
    ]);
    expect(read({ query: ["x", "y"] })).toEqual([
      "query takes one value, but 2 came. Call tool once for each.",
    ]);
    expect(read({})).toEqual(["query is missing: expected text of 1 to 20 characters."]);
    expect(read({ query: null })).toEqual(read({}));
    expect(read({ query: "x", lmit: 3 })).toEqual([
      'There is no argument "lmit". Did you mean limit? It takes: query (required), limit, importance, deep, kind, tags, max_tokens, since.',
    ]);
    expect(read({ query: "x", entirely_else: 3 })).toEqual([
      expect.stringMatching(
        /^There is no argument "entirely_else"\. It takes: query \(required\)/u,
      ),
    ]);
    expect(read("text")).toEqual(['Expected an object of arguments, but got "text".']);
    expect(read(JSON.parse('{"query":"x","__proto__":{"limit":1},"constructor":2}'))).toHaveLength(
      2,
    );
    for (const [name, value, words] of [
      ["limit", "many", 'limit: expected a whole number from 1 to 9, but got "many".'],
      ["importance", 7, "importance: expected a number from 0 to 1, but got 7."],
      ["deep", "perhaps", 'deep: expected true or false, but got "perhaps".'],
      ["kind", "dream", 'kind: expected one of fact, event, but got "dream".'],
      [
        "tags",
        { a: 1 },
        'tags: expected a list of at most 3 values, each text of 1 to 9 characters, but got {"a":1}.',
      ],
      [
        "query",
        "y".repeat(90),
        `query: expected text of 1 to 20 characters, but got "${"y".repeat(58)}`,
      ],
    ] as const) {
      const { values, problems } = reader.read({ query: "x", [name]: value });
      expect(problems).toEqual([]);
      expect(reader.problem(name, values)).toContain(words);
    }
  });
});

describe("other names", () => {
  it("mean one argument of each tool, whatever the tool", async () => {
    const { tools } = await client.listTools();
    expect(tools).toHaveLength(13);
    const used = new Set<string>();
    for (const { name, inputSchema } of tools) {
      // It throws where a name could mean two.
      const names = namesFor(name, Object.keys(inputSchema.properties ?? {}));
      for (const [other, target] of names) used.add(`${target} ${other}`);
    }
    for (const [target, others] of Object.entries(otherNames)) {
      const isThere = tools.some(({ inputSchema }) => target in (inputSchema.properties ?? {}));
      for (const other of isThere ? others : []) expect(used).toContain(`${target} ${other}`);
    }
    expect(() => namesFor("made up", ["files", "path"])).toThrow(/could be/u);
  });

  it("are in docs/mcp.md as they are here", () => {
    const page = readFileSync(join(repository, "docs", "mcp.md"), "utf8");
    for (const [target, others] of Object.entries(otherNames)) {
      expect(page).toContain(
        `| \`${target}\` | ${others.map((name) => `\`${name}\``).join(", ")} |`,
      );
    }
    for (const [tool, table] of Object.entries(otherNamesOf)) {
      for (const [target, others] of Object.entries(table)) {
        const names = others.map((name) => `\`${name}\``).join(", ");
        expect(page).toContain(`| \`${target}\` of \`${tool}\` | ${names} |`);
      }
    }
  });
});

describe("the tools", () => {
  it("take them", async () => {
    const saved = await call("remember", {
      content: "The release is cut on Fridays.",
      tag: "release, friday",
      type: "Decision",
      anchors: '["docs/guide.md"]',
      importance: ".7",
      expires: null,
      replaces: "",
    });
    const id = /Saved as (\w+)/u.exec(saved)?.[1] ?? "";
    expect(id).not.toBe("");
    const [memory] = (await home.haypile.memories.list({ limit: 1 })).memories;
    expect(memory).toMatchObject({
      tags: ["release", "friday"],
      kind: "decision",
      importance: 0.7,
    });
    const found = await call("recall", { q: "release", top_k: "5", tags: "release", since: null });
    expect(found).toContain("cut on Fridays");
    expect(await call("find_code", { question: "retry", folder: "src", limit: "2" })).toMatch(
      /^Hits 1 to \d/u,
    );
    expect(await call("find_symbol", { symbol: "retry", k: 3 })).toContain("src/retry.ts");
    expect(await call("outline", { file: "src/retry.ts" })).toContain("backoffDelay");
    expect(await call("references", { query: "retry", type: "callers" })).toContain("callers of");
    expect(await call("index_path", { project: root, wait: "20" })).toContain("is done");
    expect(await call("index_status", { job_id: "none" })).toContain("No job has the id none");
    expect(await call("why", { query: "retry", file: "src/retry.ts" })).toContain("src/retry.ts");
    expect(await call("forget", { memory_ids: `${id},nowhere` })).toBe(
      "ERROR No memory has the id nowhere. Nothing was deleted. recall shows the ids of memories.",
    );
    expect(await call("forget", { id })).toMatch(new RegExp(`^Deleted ${id}; it can be`, "u"));
    expect(await call("forget", { restore: id })).toBe(`${id} is back.`);
    const other = await call("remember", { text: "Rollbacks are announced in the channel." });
    const second = /Saved as (\w+)/u.exec(other)?.[1] ?? "";
    expect((await call("forget", { ids: [id, second, id] })).split("\n")).toHaveLength(2);
    expect(await call("forget", { ids: null, id: "" })).toMatch(/^ERROR Expected one of: ids/u);
  });

  it("read a place that is said in parts", async () => {
    const lines = "src/retry.ts:2-3 of 16 lines";
    for (const place of [
      { target: "src/retry.ts:2-3" },
      { path: "src/retry.ts:2-3" },
      { path: "src/retry.ts", start_line: 2, end_line: 3 },
      { file_path: "src/retry.ts", startLine: "2", endLine: "3" },
      { file: "src/retry.ts", lines: "2-3" },
      { filename: "src/retry.ts", offset: 2, limit: 2 },
    ]) {
      expect(await call("read", place)).toContain(lines);
    }
    expect(await call("read", { path: "src/session.ts", symbol: "isExpired" })).toContain(
      "isExpired(",
    );
    expect(await call("read", { path: "src/retry.ts", start_line: 15 })).toContain(":15-16 of 16");
    expect(await call("read", { path: "src/retry.ts", end_line: 2 })).toContain(":1-2 of 16");
    for (const unclear of [
      { path: "src/retry.ts", start_line: "two" },
      { path: "src/retry.ts:2", start_line: 2 },
      { path: "src/retry.ts", symbol: "retry", line: 2 },
      { start_line: 2 },
    ]) {
      expect(await call("read", unclear)).toMatch(/^ERROR .*(?:There is no argument|missing)/u);
    }
    expect(withSpan({ target: "a.ts", limit: 5 })).toEqual({ target: "a.ts", limit: 5 });
  });

  it("say in an answer what they do not understand", async () => {
    expect(await call("recall", { query: "x", limit: "lots" })).toMatch(
      /^ERROR .*limit: expected a whole number from 1 to 100, but got "lots"\.$/u,
    );
    expect(await call("find_code", {})).toMatch(/query is missing: expected text of 1 to 2000/u);
    expect(await call("status", { verbose: true })).toMatch(
      /There is no argument "verbose"\. It takes no arguments\./u,
    );
    expect(await call("outline", { paths: ["src", "docs"] })).toMatch(
      /path takes one value, but 2 came/u,
    );
  });
});
