import { describe, expect, test } from "vitest";
import { LazyModel } from "../../../../src/engine/models/lazy-model.ts";
import { ModelPool } from "../../../../src/engine/models/model-pool.ts";

/** Each takes 40 of 100. */
function make(count: number) {
  let used = 0;
  const pool = new ModelPool();
  const models = Array.from({ length: count }, () => {
    const model = new LazyModel("model part", async () => {
      used += 40;
      return {
        close: async () => {
          used -= 40;
        },
      };
    });
    pool.add(model);
    return model;
  });
  return { pool, models, room: () => 100 - used };
}

async function useInTurn(models: readonly LazyModel<{ close(): Promise<void> }>[]): Promise<void> {
  for (const model of models) {
    await model.ready();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

const isLoaded = (model: LazyModel<{ close(): Promise<void> }>): boolean =>
  model.loaded !== undefined;

describe("ModelPool", () => {
  test("keeps no more than it may, but never unloads one in use", async () => {
    const { pool, models } = make(3);
    pool.most = 2;
    const load = async (at: number): Promise<void> => {
      await pool.makePlace();
      await useInTurn([models[at] as LazyModel<{ close(): Promise<void> }>]);
    };
    for (const at of [0, 1, 0, 2]) await load(at);
    expect(models.map(isLoaded)).toEqual([true, false, true]);
    pool.most = 1;
    const unpin = models[0]?.pin();
    await pool.makePlace();
    expect(models.map(isLoaded)).toEqual([true, false, false]);
    unpin?.();
    pool.most = undefined;
    await useInTurn(models);
    await pool.makePlace();
    expect(models.map(isLoaded)).toEqual([true, true, true]);
  });

  test("unloads the longest unused, and no more than it has to", async () => {
    const { pool, models, room } = make(2);
    await useInTurn(models);
    await models[0]?.ready();
    await pool.makeRoom(40, room);
    expect(models.map(isLoaded)).toEqual([true, false]);
    await pool.makeRoom(60, room);
    expect(models.map(isLoaded)).toEqual([true, false]);
  });

  test("leaves what is pinned or in use, also when there is not enough", async () => {
    const { pool, models, room } = make(2);
    await useInTurn(models);
    const unpin = models[0]?.pin();
    await models[1]?.use(async () => {
      await pool.makeRoom(100, room);
      expect(models.map(isLoaded)).toEqual([true, true]);
    });
    unpin?.();
    await pool.makeRoom(100, room);
    expect(models.map(isLoaded)).toEqual([false, false]);
  });

  test("forgets a model that was taken out, and unloads it no more", async () => {
    const { pool } = make(1);
    const other = new LazyModel("model other", async () => ({ close: async () => {} }));
    const leave = pool.add(other);
    await other.ready();
    leave();
    leave();
    expect(pool.size).toBe(1);
    await pool.makeRoom(1e9, () => 0);
    expect(isLoaded(other)).toBe(true);
    await other.close();
  });
});
