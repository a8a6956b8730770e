/* Every tool, resource and prompt, called by real clients over stdio and HTTP in both eras, with equal answers. */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testProject } from "../helpers/mcp.ts";
import {
  type Channel,
  type Connected,
  channels,
  connect,
  type Era,
  eras,
} from "../helpers/mcp-clients.ts";

let data: string;
let root: string;
const connected: { channel: Channel; era: Era; to: Connected }[] = [];

beforeAll(async () => {
  data = realpathSync(mkdtempSync(join(tmpdir(), "haypile-mcp-")));
  const project = await testProject(data);
  root = project.root;
  await project.home.close();
  for (const channel of channels) {
    for (const era of eras)
      connected.push({ channel, era, to: await connect(channel, era, data, root) });
  }
});

afterAll(async () => {
  for (const { to } of connected) await to.close();
  rmSync(data, { recursive: true, force: true });
});

async function call(client: Client, name: string, args: Record<string, unknown> = {}) {
  const result = await client.callTool({ name, arguments: args });
  const [first, ...others] = result.content as { type: string; text: string }[];
  expect(others).toEqual([]);
  expect(first?.type).toBe("text");
  return { text: first?.text ?? "", isError: result.isError === true };
}

/** The same call over every channel; one answer, because all are equal once what must differ is taken out. */
async function everywhere(name: string, args: Record<string, unknown> = {}) {
  const answers = await Promise.all(connected.map(({ to }) => call(to.client, name, args)));
  const plain = answers.map(({ text, isError }) => ({
    text: text
      .replace(/\b[0-9a-z]{16}\b/gu, "ID")
      .replace(/data-[0-9a-f]{8}/gu, "MARK")
      .replace(/confirm="[\w-]+"/u, "CONFIRM"),
    isError,
  }));
  for (const answer of plain) expect(answer).toEqual(plain[0]);
  expect(answers).toHaveLength(4);
  return plain[0] as { text: string; isError: boolean };
}

/** Memories are found by word at once; their vectors follow. */
async function allHaveVectors(): Promise<void> {
  for (const { to } of connected) {
    while (!(await call(to.client, "status")).text.includes("(0 without a vector yet)")) {
      await new Promise((done) => setTimeout(done, 20));
    }
  }
}

describe("tools over four channels", () => {
  it("speak the era that was asked for", () => {
    for (const { era, to } of connected) {
      expect(to.client.getProtocolEra()).toBe(era);
      expect(to.client.getServerVersion()).toMatchObject({ name: "haypile" });
      expect(to.client.getInstructions()).toMatch(/^Haypile is your long-term memory/u);
    }
  });

  it("remember, recall and forget", async () => {
    const saved = await everywhere("remember", {
      text: "We deploy on Tuesdays, because support is staffed then.",
      kind: "decision",
      tags: ["deploy"],
      files: ["docs/guide.md", "src/retry.ts#retry"],
    });
    expect(saved.text).toMatch(/^Saved as ID, in namespace project-[0-9a-f]{6}\.$/u);
    await everywhere("remember", {
      text: "Prefers short answers.",
      kind: "preference",
      namespace: "default",
    });
    await allHaveVectors();
    const recalled = await everywhere("recall", { query: "when do we deploy" });
    expect(recalled.text).toMatch(
      /^1 to 1 of 1 memories[\s\S]*<MARK> ID decision from agent[\s\S]*#deploy[\s\S]*\nWe deploy on Tuesdays[\s\S]*<\/MARK>/u,
    );
    expect((await everywhere("recall", {})).text).toContain("Prefers short answers");
    expect((await everywhere("recall", { query: "elephants", kind: "event" })).text).toMatch(
      /Nothing is remembered about "elephants"/u,
    );
    const both = await everywhere("recall", { query: "when do we deploy", code: true });
    expect(both.text).toMatch(
      /^1 memory and \d+ places? in the code for "when do we deploy"\n[\s\S]*<MARK> ID decision[\s\S]*Tuesdays[\s\S]*<\/MARK>/u,
    );
    const then = await everywhere("recall", { query: "deploy", code: true, as_of: "2020-01-01" });
    expect(then.text).toMatch(
      /^0 memories and 0 places in the code for "deploy"\nAs of 2020-01-01 23:59\.\nnote: memories: Nothing was remembered by[\s\S]*note: no code: /u,
    );
    const narrowed = await everywhere("recall", { query: "x", code: true, kind: "note" });
    expect(narrowed.text).toContain("Expected no kind with code: true");
    const preview = await everywhere("forget", { tags: ["deploy"] });
    expect(preview.text).toMatch(/1 memories would be deleted; nothing is yet/u);
    for (const { to } of connected) {
      const { text } = await call(to.client, "forget", { tags: ["deploy"] });
      const confirm = /confirm="([\w-]+)"/u.exec(text)?.[1];
      expect((await call(to.client, "forget", { tags: ["deploy"], confirm })).text).toMatch(
        /^Deleted 1 memories; it can be undone until 20/u,
      );
    }
    expect((await everywhere("recall", { query: "when do we deploy" })).text).not.toContain(
      "Tuesdays",
    );
    expect(await everywhere("forget", {})).toMatchObject({
      isError: true,
      text: expect.stringContaining("ids, undo, or a filter"),
    });
  });

  it("find code, symbols, outlines and uses", async () => {
    const code = await everywhere("find_code", {
      query: "wait longer after every failure",
      limit: 2,
    });
    expect(code.text).toMatch(/^Hits 1 to \d for "wait longer[\s\S]*src\/retry\.ts:\d+-\d+/u);
    const symbol = await everywhere("find_symbol", { name: "refreshSession" });
    expect(symbol.text).toMatch(
      /^1 src\/session\.ts:\d+-\d+ function refreshSession, \d+ uses\n[\s\S]*Asks the server/u,
    );
    const outline = await everywhere("outline", { path: "src/session.ts" });
    expect(outline.text).toMatch(/^src\/session\.ts\n[\s\S]*class Session[\s\S]*isExpired/u);
    const uses = await everywhere("references", { name: "retry", relation: "callers" });
    expect(uses.text).toMatch(
      /callers of function retry[\s\S]*src\/session\.ts\n\s+\d+ call in refreshSession/u,
    );
    const all = await everywhere("references", { name: "retry" });
    expect(all.text).toMatch(/src\/session\.ts\n\s+\d+ import/u);
    const missing = await everywhere("references", { name: "nowhere" });
    expect(missing).toEqual({
      isError: true,
      text: "No definition in the index is named nowhere. find_symbol finds names that are like it; index_path brings the index up to date.",
    });
  });

  it("draw a map, and follow uses over several steps", async () => {
    const map = await everywhere("repo_map", { max_tokens: 300 });
    expect(map.text).toMatch(
      /^src\/retry\.ts\n(?: {2}.+\n)* {2}export async function retry[\s\S]*\d+ more files: pass focus/mu,
    );
    const around = await everywhere("repo_map", { focus: "Session, nothing_so", max_tokens: 300 });
    expect(around.text).toMatch(/class Session[\s\S]*Nothing fits nothing_so\./u);
    const deep = await everywhere("references", {
      name: "backoffDelay",
      relation: "callers",
      depth: 3,
    });
    expect(deep.text).toMatch(
      /^callers of function backoffDelay \(src\/retry\.ts:1\), up to 3 steps\n {2}src\/retry\.ts:13 call retry\n {4}src\/session\.ts:\d+ call refreshSession$/u,
    );
    const impact = await everywhere("references", { name: "backoffDelay", relation: "impact" });
    expect(impact.text).toMatch(
      /^impact of function backoffDelay .*\nNo tests are reached\.\nReached besides:\n {2}src\/retry\.ts:13 call in retry\n {2}src\/session\.ts:\d+ call in refreshSession, 2 steps$/u,
    );
    const types = await everywhere("references", { name: "Session", relation: "supertypes" });
    expect(types.text).toMatch(/^No supertypes of class Session/u);
    const unused = await everywhere("repo_map", { show: "unused" });
    expect(unused.text).toMatch(/^medium src\/session\.ts:\d+ function refreshSession/u);
    expect((await everywhere("repo_map", { show: "entry_points" })).text).toBe("No entry points.");
    // The folder is in no repository.
    expect(await everywhere("repo_map", { show: "changes" })).toMatchObject({
      isError: true,
      text: expect.stringContaining("there is no git repository here"),
    });
  });

  it("read a span, a symbol and what is left of a long answer", async () => {
    const span = await everywhere("read", { target: "src/retry.ts:2-3" });
    expect(span.text).toBe(
      "src/retry.ts:2-3 of 16 lines\n2  export function backoffDelay(attempt: number): number {\n3    return Math.min(60_000, 100 * 2 ** attempt);",
    );
    expect((await everywhere("read", { target: "src/session.ts#isExpired" })).text).toMatch(
      /isExpired\(now = Date\.now/u,
    );
    const cut = await everywhere("read", { target: "src/retry.ts", max_tokens: 100 });
    expect(cut.text).toMatch(/more: target="src\/retry\.ts:\d+-16"$/u);
    expect(await everywhere("read", { target: "src/retry.ts:90" })).toMatchObject({
      isError: true,
      text: expect.stringContaining("has 16 lines"),
    });
  });

  it("say how things are", async () => {
    expect((await everywhere("index_status")).text).toMatch(/project: 4 files, \d+ chunks/u);
    expect((await everywhere("status")).text).toMatch(/^Haypile \S+: healthy\.\nProject: /u);
    const why = await everywhere("why", {
      query: "wait longer after every failure",
      path: "src/retry.ts",
    });
    expect(why.text).toMatch(/src\/retry\.ts is hit 1/u);
  });

  it("index in the background, one after the other", async () => {
    for (const { to } of connected) {
      const { text } = await call(to.client, "index_path", { wait_seconds: 20 });
      expect(text).toMatch(/^job-[0-9a-f]{8} is done: .* has 4 files/u);
    }
  });

  it("tell what is wrong with arguments, and refuse what they do not know", async () => {
    const unknown = await everywhere("find_code", { query: "x", pth: "src" });
    expect(unknown.isError).toBe(true);
    expect(unknown.text).toMatch(
      /There is no argument "pth"\. Did you mean path\? It takes: query \(required\), path, language, /u,
    );
    const late = await everywhere("recall", { query: "x", since: "yesterday" });
    expect(late).toMatchObject({
      isError: true,
      text: expect.stringContaining("2026-11-21T09:30:00Z"),
    });
    const cursor = await everywhere("find_code", { query: "x", cursor: "nonsense" });
    expect(cursor).toMatchObject({
      isError: true,
      text: expect.stringContaining("leave it out to begin anew"),
    });
    for (const { to } of connected) {
      await expect(to.client.callTool({ name: "no_such_tool", arguments: {} })).rejects.toThrow(
        /no_such_tool/u,
      );
    }
  });

  it("page with cursors until the end, each thing once", async () => {
    for (const { to } of connected) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const args = {
          query: "session",
          limit: 1,
          min_score: 0,
          ...(cursor !== undefined && { cursor }),
        };
        const { text } = await call(to.client, "find_code", args);
        seen.push(...(text.match(/^\d+ \S+:\d+-\d+/gmu) ?? []));
        cursor = /cursor="([^"]+)"/u.exec(text)?.[1];
      } while (cursor !== undefined && seen.length < 50);
      expect(seen.length).toBeGreaterThan(2);
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen.map((line) => Number(line.split(" ")[0]))).toEqual(seen.map((_, at) => at + 1));
    }
  });
});

describe("resources, prompts and completion", () => {
  it("are listed", async () => {
    for (const { to } of connected) {
      expect((await to.client.listResources()).resources.map(({ uri }) => uri)).toEqual([
        "haypile://status",
      ]);
      const { resourceTemplates } = await to.client.listResourceTemplates();
      expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
        "memory://{namespace}/{id}",
        "code://file/{+path}",
      ]);
      const { prompts } = await to.client.listPrompts();
      expect(prompts.map(({ name }) => name)).toEqual([
        "onboard_project",
        "recall_context",
        "save_session",
        "explain_symbol",
      ]);
    }
  });

  it("are read", async () => {
    for (const { to } of connected) {
      const status = await to.client.readResource({ uri: "haypile://status" });
      expect(JSON.parse((status.contents[0] as { text: string }).text)).toMatchObject({
        issues: [],
      });
      const file = await to.client.readResource({ uri: "code://file/src/retry.ts" });
      expect((file.contents[0] as { text: string }).text).toContain("export function backoffDelay");
      const whole = await to.client.readResource({ uri: `code://file/${root}/docs/guide.md` });
      expect((whole.contents[0] as { text: string }).text).toContain("# Guide");
      const { text } = await call(to.client, "remember", {
        text: "Read me as a resource.",
        namespace: "own space",
      });
      const id = /\b[0-9a-z]{16}\b/u.exec(text)?.[0];
      const memory = await to.client.readResource({ uri: `memory://own%20space/${id}` });
      expect((memory.contents[0] as { text: string }).text).toMatch(
        /^Stored text follows[\s\S]*Read me as a resource\./u,
      );
      for (const uri of [
        "memory://other/m_none",
        "code://file/src/none.ts",
        "code://file/../../etc/passwd",
        "code://file//etc/passwd",
      ]) {
        await expect(to.client.readResource({ uri })).rejects.toThrow();
      }
    }
  });

  it("fill in prompts and complete their arguments", async () => {
    for (const { to } of connected) {
      await call(to.client, "remember", {
        text: "The parser is written by hand.",
        namespace: "space two",
      });
      const recalled = await to.client.getPrompt({
        name: "recall_context",
        arguments: { topic: "parser", namespace: "space two" },
      });
      expect(JSON.stringify(recalled.messages)).toContain("The parser is written by hand.");
      const explained = await to.client.getPrompt({
        name: "explain_symbol",
        arguments: { name: "retry" },
      });
      expect(JSON.stringify(explained.messages)).toContain("src/retry.ts:");
      await to.client.getPrompt({ name: "save_session" });
      await to.client.getPrompt({ name: "onboard_project", arguments: {} });
      const names = await to.client.complete({
        ref: { type: "ref/prompt", name: "explain_symbol" },
        argument: { name: "name", value: "backoff" },
      });
      expect(names.completion.values).toEqual(["backoffDelay"]);
      const spaces = await to.client.complete({
        ref: { type: "ref/resource", uri: "memory://{namespace}/{id}" },
        argument: { name: "namespace", value: "space" },
      });
      expect(spaces.completion.values).toEqual(["space two"]);
    }
  });
});
