import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openLink } from "../../../src/storage/postgres/link/open.ts";
import { FaultProxy } from "../../helpers/postgres/fault-proxy.ts";
import { type TestDatabase, testDatabase, whyNoPostgres } from "../../helpers/postgres.ts";

describe.skipIf(whyNoPostgres !== undefined)("the bad network of tests", () => {
  let database: TestDatabase;
  let proxy: FaultProxy;
  beforeAll(async () => {
    database = await testDatabase();
    await database.ask("CREATE TABLE counted (a int)");
    proxy = await FaultProxy.before(database.url);
  });
  afterAll(async () => {
    await proxy.close();
    await database.close();
  });

  const open = () =>
    openLink({ url: proxy.through(database.url), connectMs: 1_000, limitMs: 1_000 });
  const codeOf = (work: () => unknown): unknown => {
    try {
      work();
      return undefined;
    } catch (error) {
      return (error as { code?: string }).code;
    }
  };

  it("lets all through", () => {
    const link = open();
    expect(link.rows("SELECT 1 AS a")).toEqual([{ a: 1 }]);
    link.close();
  });

  it("refuses, cuts and stalls", async () => {
    const link = open();
    expect(link.lists("SELECT 1")).toEqual([[1]]);
    await proxy.refuse();
    expect(codeOf(() => link.lists("SELECT 1"))).toBe("HAYPILE_STORE_AWAY");
    await proxy.pass();
    await link.untilUp(20_000);
    expect(link.lists("SELECT 2")).toEqual([[2]]);
    await proxy.stall();
    expect(codeOf(() => link.lists("SELECT 1"))).toBe("HAYPILE_STORE_AWAY");
    await proxy.pass();
    await link.untilUp(20_000);
    expect(link.lists("SELECT 3")).toEqual([[3]]);
    link.close();
  });

  it("loses a commit before it arrives, and the answer to one", async () => {
    const link = open();
    const add = (value: number) =>
      link.transaction(() => link.send("INSERT INTO public.counted VALUES ($1)", [value]));
    await proxy.cutAt("COMMIT", "before");
    expect(codeOf(() => add(1))).toBe("HAYPILE_STORE_AWAY");
    await link.untilUp(20_000);
    await proxy.cutAt("COMMIT", "after");
    expect(codeOf(() => add(2))).toBe("HAYPILE_STORE_AWAY");
    await link.untilUp(20_000);
    expect(link.lists("SELECT a FROM public.counted")).toEqual([[2]]);
    expect((await proxy.seen()).cuts).toBeGreaterThanOrEqual(2);
    link.close();
  });

  it("is slow where packets have to be sent again", async () => {
    const link = open();
    await proxy.lossy(3, 20);
    for (let round = 0; round < 10; round += 1) expect(link.lists("SELECT 1")).toEqual([[1]]);
    expect((await proxy.seen()).delayed).toBeGreaterThan(5);
    await proxy.pass();
    link.close();
  });
});
