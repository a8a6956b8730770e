/* Every tool with arguments made up from its own schema: each call has an answer in words, none breaks the server. */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, InMemoryTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createServerFactory } from "../../src/mcp/server.ts";
import { fromSchema, type Schema } from "../helpers/from-schema.ts";
import { type TestHome, testProject } from "../helpers/mcp.ts";
import { seededRandom } from "../helpers/random.ts";

let data: string;
let root: string;
let home: TestHome;
let client: Client;

beforeAll(async () => {
  data = realpathSync(mkdtempSync(join(tmpdir(), "haypile-fuzz-")));
  ({ root, home } = await testProject(data));
  const [near, far] = InMemoryTransport.createLinkedPair();
  client = new Client({ name: "fuzz", version: "1" });
  await createServerFactory(home)({ root })().connect(near);
  await client.connect(far);
});

afterAll(async () => {
  await client.close();
  await home.close();
  rmSync(data, { recursive: true, force: true });
});

describe("arguments from the schema", () => {
  it("get an answer from every tool, whatever they are", async () => {
    const { tools } = await client.listTools();
    expect(tools).toHaveLength(13);
    const seen: Record<string, { fine: number; refused: number }> = {};
    for (const [number, { name, inputSchema }] of tools.entries()) {
      const counts = { fine: 0, refused: 0 };
      seen[name] = counts;
      for (let round = 0; round < 60; round += 1) {
        const next = seededRandom(number * 1000 + round);
        const args = fromSchema(inputSchema as Schema, next, round % 3 === 0 ? 0.15 : 0) as Record<
          string,
          unknown
        >;
        if (typeof args !== "object" || args === null || Array.isArray(args)) continue;
        // A made-up commit is none: most rounds ask about now.
        if (round % 4 !== 0) delete args.at;
        if ("wait_seconds" in args && typeof args.wait_seconds === "number") args.wait_seconds = 1;
        const result = await client.callTool({ name, arguments: args });
        const [first] = result.content as { type: string; text: string }[];
        const said = { name, args, text: first?.text ?? "" };
        expect(said.text.length, JSON.stringify(said)).toBeGreaterThan(0);
        expect(said.text, JSON.stringify(said)).not.toMatch(
          /for a reason inside Haypile|root:x:0|\n\s+at .*\.ts:\d+/u,
        );
        if (result.isError === true) counts.refused += 1;
        else counts.fine += 1;
      }
    }
    // Each tool was really reached, and really refused something.
    for (const [name, counts] of Object.entries(seen)) {
      expect({ name, ok: counts.fine > 0 }).toEqual({ name, ok: true });
      expect({ name, ok: counts.refused > 0 }).toEqual({ name, ok: true });
    }
    expect(
      (await client.callTool({ name: "read", arguments: { target: "src/retry.ts:1" } })).isError,
    ).toBeUndefined();
  });
});
