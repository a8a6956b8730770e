/* A server of clients whose store goes away and comes back: it says so, names nobody its address, and serves again by itself. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  databaseOn,
  type PostgresServer,
  testServer,
  whyNoPostgres,
} from "../../helpers/postgres.ts";
import { ask, bearer, json } from "../asking.ts";
import { serveData, startServer, type TestServer } from "./serving.ts";

describe.skipIf(whyNoPostgres !== undefined)("a server whose store is away", () => {
  const place = serveData();
  let store: PostgresServer;
  let url: string;
  let server: TestServer;

  beforeAll(async () => {
    store = await testServer();
    url = (await databaseOn(store)).url;
    process.env.HAYPILE_STORE = url;
    process.env.HAYPILE_STORE_WAIT = "500ms";
    await store.stop("fast");
    server = await startServer();
  });

  afterAll(async () => {
    await server.stop();
    await store.close();
    delete process.env.HAYPILE_STORE;
    delete process.env.HAYPILE_STORE_WAIT;
    place.remove();
  });

  const statusOf = async (path: string): Promise<number> => (await ask(server.port, path)).status;

  it("runs, is not ready, and is again when the store is there, at its start and later", async () => {
    const token = server.client("crew", { write: ["team"] });
    const kept: string[] = [];
    for (const text of ["The first.", "The second."]) {
      expect([await statusOf("/health"), await statusOf("/ready")]).toEqual([200, 503]);
      const refused = await ask(server.port, "/api/v1/memories/list", { headers: bearer(token) });
      expect(refused.status).toBe(503);
      const { code, message, data } = JSON.parse(refused.body).error;
      expect([code, data]).toEqual(["HAYPILE_STORE_AWAY", {}]);
      expect(message).not.toMatch(/postgres:|127\.0\.0\.1|ECONN/u);
      expect(refused.body).not.toContain(String(new URL(url).port));

      await store.start();
      await server.untilReady();
      const made = await ask(server.port, "/api/v1/memories/remember", {
        method: "POST",
        headers: { ...json, ...bearer(token) },
        body: JSON.stringify({ text }),
      });
      expect(made.status, made.body).toBe(200);
      kept.push(JSON.parse(made.body).id);
      const listed = await ask(server.port, "/api/v1/memories/list", { headers: bearer(token) });
      expect(JSON.parse(listed.body).total).toBe(kept.length);
      await store.stop("immediate");
      // What was just said is good for a second.
      while ((await statusOf("/ready")) === 200) await new Promise((done) => setTimeout(done, 50));
    }
    await store.start();
    await server.untilReady();
  });
});
