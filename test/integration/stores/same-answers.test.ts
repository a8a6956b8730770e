/*
 * The same operations and questions, made up from a seed, on memories in a file of SQLite and on a PostgreSQL server: the same
 * answers, in the same order up to ties. Both get the same clock and the same ids. What fails is made shorter and told.
 *
 *   HAYPILE_STORE_SEED=7 HAYPILE_STORE_OPERATIONS=20000 npx vitest run test/integration/stores/same-answers.test.ts
 */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { whyNoPostgres } from "../../helpers/postgres.ts";
import { seededRandom } from "../../helpers/random.ts";
import { shrink } from "../../helpers/stores/differ.ts";
import { makeOperations, type Operation } from "../../helpers/stores/operations.ts";
import {
  type Rules,
  runOnBoth,
  type Side,
  sqliteSide,
  type Tally,
} from "../../helpers/stores/sides.ts";

const seed = Number(process.env.HAYPILE_STORE_SEED ?? 20);
const count = Number(process.env.HAYPILE_STORE_OPERATIONS ?? 2_000);

/** Chance is the one thing that is not as it is: ids follow from the operation that makes them. */
const ids = vi.hoisted(() => ({ next: (): string => "" }));
vi.mock("../../../src/memories/writing/new-key.ts", () => ({ newKey: () => ids.next() }));

const rules: Rules = {
  setTime: (now) => vi.setSystemTime(now),
  setSeed: (of) => {
    const random = seededRandom(of);
    ids.next = () =>
      Array.from(
        { length: 16 },
        () => "0123456789abcdefghjkmnpqrstvwxyz"[Math.floor(random() * 32)],
      ).join("");
  },
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

async function expectSame(open: () => Promise<Side>): Promise<void> {
  const operations = makeOperations(seed, count);
  const tally: Tally = {};
  const found = await differs(operations, open, tally);
  if (found === undefined) return console.table(tally);
  const until = operations.slice(0, found.at + 1);
  const short = await shrink(until, async (some) => (await differs(some, open)) !== undefined);
  const last = (await differs(short, open)) ?? found;
  expect.fail(
    `seed ${seed}, operation ${found.at}: ${found.where}\nshortened to ${short.length}, where it is ${last.where}:\n${short.map((one) => JSON.stringify(one)).join("\n")}`,
  );
}

it("two files", async () => {
  await expectSame(async () => sqliteSide());
});
