/* What haypile doctor says of the servers that the settings name. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Environment, readEnvironment } from "../../../src/config/environment/env.ts";
import { checkStores, keptOnServers } from "../../../src/engine/doctor/doctor-stores.ts";
import { Team } from "../../../src/engine/team/team.ts";
import { type TestDatabase, testDatabase, whyNoPostgres } from "../../helpers/postgres.ts";

/** Nobody listens there. */
const away = "postgres://me@127.0.0.1:1/haypile";
let folder: string;
let database: TestDatabase;

beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "haypile-doctor-stores-")));
  mkdirSync(join(folder, "config"));
  database = await testDatabase();
});
afterEach(async () => {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

function saying(text: string): Environment {
  writeFileSync(join(folder, "config", "haypile.toml"), text);
  return readEnvironment({
    HOME: folder,
    HAYPILE_DATA_DIR: join(folder, "data"),
    HAYPILE_CONFIG_DIR: join(folder, "config"),
  });
}

describe.skipIf(whyNoPostgres !== undefined)("the checks of servers", () => {
  it("are of those that the settings name, and tell how a call over one would end", async () => {
    expect(await checkStores(saying(""))).toEqual([]);
    expect(keptOnServers(saying(""))).toEqual({ memories: false, indexes: false });
    const memories = `[memories]\nstore = "${away}"\n`;
    expect(keptOnServers(saying(memories))).toEqual({ memories: true, indexes: false });
    expect(await checkStores(saying(memories))).toMatchObject([
      { name: "store of memories", state: "failed", code: "HAYPILE_STORE_AWAY" },
    ]);
  });

  it("are of the server also where its address names a project", async () => {
    const named = new URL(database.url);
    named.searchParams.set("project", "app");
    const environment = saying(`[store]\nurl = "${named.href}"\n`);
    expect(await checkStores(environment)).toMatchObject([
      { name: "store of memories and indexes", state: "ok" },
    ]);
    for (const store of [undefined, named.href]) {
      const team = Team.open(store, environment);
      expect(team.name).not.toContain("project");
      team.close();
    }
  });

  it("say of a replica that fails what is wrong with it, and that the store is well", async () => {
    const store = `[store]\nurl = "${database.url}"\n`;
    expect(await checkStores(saying(store))).toMatchObject([
      { name: "store of memories and indexes", state: "ok" },
    ]);
    const [check] = await checkStores(saying(`${store}replica = "${away}"\n`));
    expect(check).toMatchObject({ name: "store of memories and indexes", state: "note" });
    expect(check?.detail).toMatch(/PostgreSQL \d+.*its replica: .*127\.0\.0\.1:1\/haypile cannot/u);
  });
});
