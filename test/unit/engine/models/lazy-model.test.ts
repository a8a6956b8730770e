import { describe, expect, test, vi } from "vitest";
import { LazyModel } from "../../../../src/engine/models/lazy-model.ts";

class Part {
  isClosed = false;
  async close(): Promise<void> {
    this.isClosed = true;
  }
}

function make(idleMs?: number) {
  const made: Part[] = [];
  let unloads = 0;
  const model = new LazyModel(
    "model part",
    async () => {
      const part = new Part();
      made.push(part);
      return part;
    },
    {
      idleMs,
      onUnload: () => {
        unloads += 1;
      },
    },
  );
  return { model, made, unloads: () => unloads };
}

describe("LazyModel", () => {
  test("is loaded once for callers that come together", async () => {
    const { model, made } = make();
    await Promise.all([model.ready(), model.use(async () => 1), model.ready()]);
    expect(made.length).toBe(1);
    await model.close();
    expect(made[0]?.isClosed).toBe(true);
    await expect(model.ready()).rejects.toMatchObject({ code: "HAYPILE_CLOSED" });
  });

  test("is never unloaded while in use or pinned; the next use loads it again", async () => {
    const { model, made, unloads } = make();
    await model.use(async (part) => {
      expect(await model.unload()).toBe(false);
      expect(part.isClosed).toBe(false);
    });
    const unpin = model.pin();
    expect(await model.unload()).toBe(false);
    unpin();
    unpin();
    expect(await model.unload()).toBe(true);
    expect(await model.unload()).toBe(false);
    expect(model.loaded).toBeUndefined();
    expect(model.isStarted).toBe(false);
    expect(unloads()).toBe(1);
    await model.ready();
    expect(made.map(({ isClosed }) => isClosed)).toEqual([true, false]);
    await model.close();
  });

  test("unloads itself after it was idle, counted from the end of the last use", async () => {
    vi.useFakeTimers();
    try {
      const { model, made } = make(1000);
      await model.ready();
      await vi.advanceTimersByTimeAsync(900);
      await model.use(async () => {
        await vi.advanceTimersByTimeAsync(5000);
      });
      expect(made[0]?.isClosed).toBe(false);
      await vi.advanceTimersByTimeAsync(900);
      expect(made[0]?.isClosed).toBe(false);
      await vi.advanceTimersByTimeAsync(200);
      expect(made[0]?.isClosed).toBe(true);
      await model.close();
    } finally {
      vi.useRealTimers();
    }
  });

  test("a load that comes while it is unloaded waits for the end of that", async () => {
    const { model, made } = make();
    await model.ready();
    const unloading = model.unload();
    const again = model.ready();
    expect(await unloading).toBe(true);
    await again;
    expect(made.length).toBe(2);
    expect(model.loaded).toBe(made[1]);
    await model.close();
  });

  test("a load that failed is tried again", async () => {
    let tries = 0;
    const model = new LazyModel("model part", async () => {
      tries += 1;
      if (tries === 1) throw new Error("not now");
      return new Part();
    });
    await expect(model.ready()).rejects.toThrow("not now");
    expect(model.isStarted).toBe(false);
    await model.ready();
    expect(tries).toBe(2);
    await model.close();
  });
});
