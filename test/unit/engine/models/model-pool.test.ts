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
});
