/* What status, stats and the daemon's health say of a store that is away: at once, however long a call would wait for it. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { storeStates, storesAway } from "../../../src/base/measures/stores.ts";
import { type Environment, readEnvironment } from "../../../src/config/environment/env.ts";
import { healthOf, type Reading } from "../../../src/daemon/metrics/metrics.ts";
import { readConfiguration } from "../../../src/engine/configure.ts";
import { indexServer } from "../../../src/engine/store/index-server.ts";
import { withoutProject } from "../../../src/engine/store/project-of-address.ts";
import { borrowLink } from "../../../src/engine/store/shared-links.ts";
import { storeFor } from "../../../src/engine/store/store-for.ts";
import { reportStores } from "../../../src/engine/store/store-states.ts";
import { openLink } from "../../../src/storage/postgres/link/open.ts";
import { cli } from "../../helpers/cli.ts";
import { databaseOn, freePort, testServer, whyNoPostgres } from "../../helpers/postgres.ts";

/** Nobody listens there. */
const away = "postgres://me@127.0.0.1:1/haypile";
let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "haypile-stores-away-")));
  mkdirSync(join(folder, "config"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function codeOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

function saying(text: string): Environment {
  writeFileSync(join(folder, "config", "haypile.toml"), text);
  return readEnvironment({
    HOME: folder,
    HAYPILE_DATA_DIR: join(folder, "data"),
    HAYPILE_CONFIG_DIR: join(folder, "config"),
  });
}

describe("a store that is away", () => {
  it("is named with why and what to do, before the wait for it is over", async () => {
    // Longer than a test may take: who waits for it fails here.
    const report = await reportStores(saying(`[store]\nurl = "${away}"\nwait = "600s"\n`));
    expect(report).toEqual([
      {
        store: away,
        isUp: false,
        since: expect.stringMatching(/^\d{4}-.*Z$/u),
        code: "HAYPILE_STORE_AWAY",
        why: expect.stringContaining("it goes on by itself once the server answers"),
        keeps: ["memories", "indexes"],
      },
    ]);
    expect(await reportStores(saying(""))).toEqual([]);
  });

  it("keeps no link of who looked for the index of a folder there", () => {
    const environment = saying(`[index]\nstore = "${away}"\n`);
    const configuration = readConfiguration(undefined, {}, environment);
    const options = storeFor("index", configuration, environment);
    if (options === undefined) throw new Error("no store");
    const own = { ...options, url: withoutProject(options.url).url };
    const kept = borrowLink(own);
    const code = codeOf(() => indexServer(configuration, environment, folder, true));
    expect(code).toBe("HAYPILE_STORE_AWAY");
    kept.giveBack();
    expect(kept.link.isClosed).toBe(true);
  });

  it("that takes connections and says nothing is away as well", async () => {
    const silent: Server = createServer(() => undefined);
    await new Promise<void>((done) => silent.listen(0, "127.0.0.1", done));
    const { port } = silent.address() as AddressInfo;
    const url = `postgres://me@127.0.0.1:${port}/haypile`;
    const [report] = await reportStores(saying(`[memories]\nstore = "${url}"\n`));
    silent.close();
    expect(report).toMatchObject({ store: url, isUp: false, keeps: ["memories"] });
  });

  it("is in status and stats, which answer all the same", async () => {
    saying(`[memories]\nstore = "${away}"\n`);
    writeFileSync(join(folder, "a.md"), "# Bees\n\nThey hum.\n");
    const run = (...words: string[]) =>
      cli([...words, "--path", folder, "--here", "--json"], {
        data: folder,
        env: { HAYPILE_CONFIG_DIR: join(folder, "config"), HAYPILE_STORE_WAIT: "600s" },
      });
    const indexed = await cli(["index", folder, "--here"], { data: folder });
    expect(indexed.code, indexed.stderr).toBe(0);
    const status = await run("status");
    expect(status.code, status.stderr).toBe(0);
    expect(JSON.parse(status.stdout).stores).toMatchObject([{ store: away, isUp: false }]);
    const stats = await run("stats");
    expect(stats.code, stats.stderr).toBe(0);
    expect(JSON.parse(stats.stdout)).toMatchObject({
      stores: [{ store: away, isUp: false, code: "HAYPILE_STORE_AWAY" }],
      databases: [{ sort: "index" }],
    });
  });
});

describe.skipIf(whyNoPostgres !== undefined)("the health of a process", () => {
  it("names a store from when it goes until it is back", async () => {
    const reading = { clients: {}, calls: [], storesAway: [] } as unknown as Reading;
    expect(healthOf(reading)).not.toHaveProperty("storesAway");
    const port = await freePort();
    const server = await testServer({ port });
    const { url } = await databaseOn(server);
    const link = openLink({ url, connectMs: 1_000 });
    const states = () => storeStates().filter(({ store }) => store === link.name);
    try {
      await link.later("SELECT 1");
      await vi.waitFor(() => expect(states()).toMatchObject([{ isUp: true }]), 30_000);
      await server.stop("immediate");
      await vi.waitFor(() => expect(states()).toMatchObject([{ isUp: false }]), 30_000);
      const told = healthOf({ ...reading, storesAway: storesAway() }).storesAway;
      expect(told?.find(({ store }) => store === link.name)).toMatchObject({
        code: "HAYPILE_STORE_AWAY",
        why: expect.stringContaining("Try again"),
      });
      await server.start();
      await link.untilUp(60_000);
      await vi.waitFor(() => expect(states()).toMatchObject([{ isUp: true }]), 30_000);
      expect(states()[0]).not.toHaveProperty("why", expect.any(String));
      link.close();
      expect(states()).toEqual([]);
    } finally {
      link.close();
      await server.close();
    }
  });
});
