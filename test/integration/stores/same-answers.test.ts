/*
 * The same operations and questions, made up from a seed, on memories in a file of SQLite and on a PostgreSQL server: the same
 * answers, in the same order up to ties. Both get the same clock and the same ids. What fails is made shorter and told.
 *
 * A run of all tests does 600 of them; 2,000 do each of the 26 kinds many times:
 *
 *   HAYPILE_STORE_SEED=7 HAYPILE_STORE_OPERATIONS=2000 npx vitest run test/integration/stores/same-answers.test.ts
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type TestDatabase, testDatabase, whyNoPostgres } from "../../helpers/postgres.ts";
import { shrink } from "../../helpers/stores/differ.ts";
import { makeOperations, type Operation } from "../../helpers/stores/operations.ts";
import { seededIds } from "../../helpers/stores/seeded-ids.ts";
import {
  postgresSide,
  type Rules,
  runOnBoth,
  type Side,
  sqliteSide,
  type Tally,
} from "../../helpers/stores/sides.ts";

const seed = Number(process.env.HAYPILE_STORE_SEED ?? 20);
const count = Number(process.env.HAYPILE_STORE_OPERATIONS ?? 600);

/** Chance is the one thing that is not as it is: ids follow from the operation that makes them. */
vi.mock("../../../src/memories/writing/new-key.ts", async () => {
  const { seededIds } = await import("../../helpers/stores/seeded-ids.ts");
  return { newKey: () => seededIds.next() };
});

const rules: Rules = {
  setTime: (now) => vi.setSystemTime(now),
  setSeed: (of) => seededIds.setSeed(of),
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

async function differs(
  operations: readonly Operation[],
  open: () => Promise<Side>,
  tally: Tally = {},
) {
  const sides: [Side, Side] = [sqliteSide(), await open()];
  try {
    return await runOnBoth(sides, operations, rules, tally);
  } finally {
    for (const side of sides) await side.close();
  }
}

/** @returns the shortest run that differs, told; undefined: none does */
async function told(open: () => Promise<Side>, many: number): Promise<string | Tally> {
  const operations = makeOperations(seed, many);
  const tally: Tally = {};
  const found = await differs(operations, open, tally);
  if (found === undefined) return tally;
  process.stderr.write(`operation ${found.at}: ${found.where}\n`);
  const until = operations.slice(0, found.at + 1);
  const short = await shrink(until, async (some) => (await differs(some, open)) !== undefined);
  const last = (await differs(short, open)) ?? found;
  const lines = short.map((one) => JSON.stringify(one)).join("\n");
  return `seed ${seed}, operation ${found.at}: ${found.where}\n${short.length} operations do it: ${last.where}\n${lines}`;
}

describe("a run on two stores", () => {
  it("tells where they differ, in few operations", async () => {
    const found = await told(async () => {
      const side = sqliteSide();
      const { relations } = side.store;
      // A store that forgets what people said of a memory.
      relations.addNote = () => undefined;
      return side;
    }, 400);
    expect(found).toMatch(/operations do it: answer\[\d+\]|operations do it: answer: /u);
    expect((found as string).split("\n").length).toBeLessThan(20);
  });

  it("finds two files to be the same", async () => {
    expect(await told(async () => sqliteSide(), 200)).toBeTypeOf("object");
  });
});

describe.skipIf(whyNoPostgres !== undefined)("memories in SQLite and in PostgreSQL", () => {
  let database: TestDatabase;
  let runs = 0;
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database?.close());

  it(`answer ${count} operations and questions alike`, async () => {
    const tally = await told(async () => {
      runs += 1;
      return postgresSide(database.url, `run_${runs}`);
    }, count);
    if (typeof tally === "string") expect.fail(tally);
    // It has measured something: each was done, and answers had something in them.
    const all = Object.entries(tally);
    if (count < 2_000) return;
    expect(all.filter(([, { done }]) => done === 0)).toEqual([]);
    expect(all).toHaveLength(26);
    expect(tally.recall?.items).toBeGreaterThan(count / 2);
    expect(tally.list?.items).toBeGreaterThan(count / 10);
  }, 1_800_000);
});
