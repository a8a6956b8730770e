/*
 * Sixteen clients, in four processes, write and ask while their PostgreSQL server is killed (immediate) three times. Nothing
 * that was acknowledged is lost, nothing is there twice, and no client sees an error: they wait for the server.
 * HAYPILE_STORE_SECONDS=60 lets them work that long, each in a process; bench/team/kills.ts measures it.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MemoryService } from "../../src/memories/service.ts";
import {
  databaseOn,
  type PostgresServer,
  type TestDatabase,
  testServer,
  whyNoPostgres,
} from "../helpers/postgres.ts";
import { lostOf, runBusyClients } from "../helpers/stores/busy-clients.ts";
import { openPostgresMemories } from "../helpers/stores/open-postgres.ts";

const kills = 3;
const seconds = Number(process.env.HAYPILE_STORE_SECONDS ?? 2);

describe.skipIf(whyNoPostgres !== undefined)("a server that is killed", () => {
  let server: PostgresServer;
  let database: TestDatabase;
  beforeAll(async () => {
    server = await testServer();
    database = await databaseOn(server);
  });
  afterAll(() => server?.close());

  it("loses nothing, doubles nothing, and no client fails", async () => {
    openPostgresMemories({ url: database.url }).close();
    const result = await runBusyClients({
      server,
      url: database.url,
      clients: 16,
      processes: seconds >= 60 ? 16 : 4,
      kills,
      betweenMs: (seconds * 1_000) / (kills + 1),
      leastRounds: 2,
      awayMs: 300,
      // A busy machine may be ten times slower.
      waitMs: 120_000,
    });
    expect(result.failures).toEqual([]);
    expect(result.acknowledged).toBeGreaterThanOrEqual(16 * 2 * (kills + 1));
    const store = openPostgresMemories({ url: database.url });
    const memories = new MemoryService({ store, isScheduled: () => true });
    expect(await lostOf(memories, result)).toEqual([]);
    await memories.close();
  }, 600_000);
});
