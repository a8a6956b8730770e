/* The list of tools as clients see it: budget, names, annotations, schemas, and which request reaches which. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
import { Client, InMemoryTransport } from "@modelcontextprotocol/client";
import { beforeAll, describe, expect, it } from "vitest";
import type { McpBackend, McpOptions } from "../../src/mcp/backend/backend.ts";
import { instructions } from "../../src/mcp/instructions.ts";
import { createServerFactory } from "../../src/mcp/server.ts";
import { repository } from "../helpers/model.ts";
import { requests } from "./requests.ts";

type Listed = Awaited<ReturnType<Client["listTools"]>>["tools"][number];
let listed: Listed[];

async function listTools(options: McpOptions): Promise<Listed[]> {
  const [near, far] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: "test", version: "1" });
  // Nothing is asked of the backend.
  await createServerFactory({} as McpBackend, options)({})().connect(near);
  await client.connect(far);
  const { tools } = await client.listTools();
  await client.close();
  return tools;
}

beforeAll(async () => {
  listed = await listTools({});
});

const names = (tools: readonly Listed[]): string[] => tools.map(({ name }) => name);

describe("the list of tools", () => {
  it("is always the same, in the same order", async () => {
    expect(names(listed)).toEqual([
      "remember",
      "recall",
      "forget",
      "find_code",
      "find_symbol",
      "outline",
      "repo_map",
      "references",
      "read",
      "index_path",
      "index_status",
      "status",
      "why",
    ]);
    expect(await listTools({})).toEqual(listed);
  });

  it("costs no more than 2,600 tokens of name, description and schema", async () => {
    // WordPiece makes a piece of every sign of JSON. The list of 2026-11-29 had 4,168 of them and, counted
    // once with o200k (gpt-tokenizer 3), 2,454 tokens.
    const piecesPerToken = 4168 / 2454;
    const path = join(repository, "models", "all-minilm-l6-v2", "tokenizer.json");
    const tokenizer = new Tokenizer(JSON.parse(await readFile(path, "utf8")), {});
    const text = listed.map(({ name, description, inputSchema }) =>
      JSON.stringify({ name, description, inputSchema }),
    );
    const pieces = tokenizer.encode(text.join("\n"), { add_special_tokens: false }).ids.length;
    expect(pieces).toBeGreaterThan(2000);
    expect(pieces / piecesPerToken).toBeLessThanOrEqual(2600);
  });

  it("fits what hosts allow: names of 18 letters, descriptions and instructions under 2 KB, plain schemas", () => {
    for (const { name, description = "", inputSchema } of listed) {
      expect(name).toMatch(/^[a-z_]{3,18}$/u);
      expect(Buffer.byteLength(description)).toBeLessThan(2048);
      expect(inputSchema).toMatchObject({ type: "object", additionalProperties: false });
      expect(JSON.stringify(inputSchema)).not.toMatch(/"(?:anyOf|oneOf|allOf|\$ref|pattern)"/u);
    }
    expect(Buffer.byteLength(instructions)).toBeLessThan(2048);
    expect(instructions.split(/[.\n]/u)[0]).toMatch(/memory.*recall.*find_code/u);
  });

  it("says all four hints of every tool", () => {
    const writing = listed.filter(({ annotations }) => annotations?.readOnlyHint !== true);
    expect(names(writing)).toEqual(["remember", "forget", "index_path"]);
    for (const { name, annotations } of listed) {
      expect(annotations).toEqual({
        readOnlyHint: !names(writing).includes(name),
        destructiveHint: name === "forget",
        idempotentHint: true,
        openWorldHint: false,
      });
    }
  });

  it("loses tools by the options, and keeps its order", async () => {
    expect(names(await listTools({ readOnly: true }))).toEqual(
      names(listed).filter((name) => !["remember", "forget", "index_path"].includes(name)),
    );
    expect(names(await listTools({ tools: ["memory"] }))).toEqual(["remember", "recall", "forget"]);
    expect(names(await listTools({ tools: ["admin", "code"] }))).toEqual(names(listed).slice(3));
  });
});

describe("65 requests", () => {
  it("have the tool they should reach among the first three by their words", () => {
    const all = Object.entries(requests).flatMap(([tool, own]) =>
      own.map((request) => ({ tool, request })),
    );
    expect(all).toHaveLength(65);
    expect(Object.keys(requests)).toEqual(names(listed));
    const places = all.map(({ tool, request }) => ({ tool, request, rank: rankOf(tool, request) }));
    expect(places.filter(({ rank }) => rank > 3)).toEqual([]);
    const first = places.filter(({ rank }) => rank === 1).length;
    expect(first).toBeGreaterThanOrEqual(45);
  });
});

/** BM25 of a request against what a model reads of each tool. */
function rankOf(tool: string, request: string): number {
  const documents = listed.map(({ name, description = "", inputSchema }) => ({
    name,
    words: wordsOf(
      `${name} ${description} ${JSON.stringify(Object.entries(inputSchema.properties ?? {}))}`,
    ),
  }));
  const average = documents.reduce((sum, { words }) => sum + words.length, 0) / documents.length;
  const scores = documents.map(({ name, words }) => {
    let score = 0;
    for (const word of new Set(wordsOf(request))) {
      const holders = documents.filter((other) => other.words.includes(word)).length;
      const count = words.filter((one) => one === word).length;
      const rarity = Math.log(1 + (documents.length - holders + 0.5) / (holders + 0.5));
      score += (rarity * count * 2.2) / (count + 1.2 * (0.25 + (0.75 * words.length) / average));
    }
    return { name, score };
  });
  const own = scores.find(({ name }) => name === tool)?.score ?? 0;
  return 1 + scores.filter(({ name, score }) => name !== tool && score >= own).length;
}

function wordsOf(text: string): string[] {
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  return words
    .map((word) => word.replace(/(?:ies|ing|es|ed|s|e)$/u, ""))
    .filter((word) => word.length > 2);
}
