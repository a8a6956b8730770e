/* What a query string says to a call of the daemon, where every value is text. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { World } from "../../page/world.ts";
import { ask, bearer } from "../asking.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const world = new World();
beforeAll(async () => await world.start());
afterAll(async () => await world.end());

it("takes numbers of queries and ram by GET, and refuses what is none", async () => {
  const port = Number(new URL(world.origin).port);
  const headers = bearer(readFileSync(join(world.data, "http-token"), "utf8").trim());
  const get = (path: string) => ask(port, `/api/v1/daemon/${path}`, { headers });
  for (const text of ["one", "two", "three"]) await world.ask("memories/recall", { query: text });
  const { status, body } = await get("queries?limit=2&slowest=1&since=0&call=recall");
  expect(status).toBe(200);
  const report = JSON.parse(body) as { recent: unknown[]; slowest: unknown[] };
  expect([report.recent.length, report.slowest.length]).toEqual([2, 1]);
  expect((await get("ram?since=0&points=10")).status).toBe(200);
  expect((await get("queries?limit=many")).status).toBe(400);
  expect((await get("ram?points=")).status).toBe(400);
});
