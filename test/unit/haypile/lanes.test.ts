import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { type Lane, type LaneLimits, Lanes } from "../../../src/haypile/lanes.ts";

const small: Record<Lane, LaneLimits> = {
  interactive: { running: 2, runningOfClient: 1, queued: 6, queuedOfClient: 3 },
  background: { running: 1, runningOfClient: 1, queued: 2, queuedOfClient: 2 },
};

/** Work that ends when told. */
function held(): {
  work: () => Promise<string>;
  end: (value?: string) => void;
  began: () => boolean;
} {
  const { promise, resolve } = Promise.withResolvers<string>();
  let isBegun = false;
  return {
    work: () => {
      isBegun = true;
      return promise;
    },
    end: (value = "done") => resolve(value),
    began: () => isBegun,
  };
}

describe("lanes", () => {
  it("never let background work take the place of what somebody waits for", async () => {
    const lanes = new Lanes(small);
    const index = held();
    const running = lanes.run("background", "a", index.work);
    await wait(0);
    expect(index.began()).toBe(true);
    expect(await lanes.run("interactive", "a", () => "recalled")).toBe("recalled");
    const second = held();
    const waiting = lanes.run("background", "b", second.work);
    await wait(0);
    expect(second.began()).toBe(false);
    expect(lanes.hasBackground).toBe(true);
    index.end("indexed");
    expect(await running).toBe("indexed");
    second.end();
    await waiting;
    expect(lanes.hasBackground).toBe(false);
    expect(lanes.counts().background).toEqual({ running: 0, queued: 0, done: 2, refused: 0 });
  });

  it("give clients turns: one with many calls does not hold up another", async () => {
    const lanes = new Lanes({
      ...small,
      interactive: { running: 1, runningOfClient: 1, queued: 100, queuedOfClient: 100 },
    });
    const order: string[] = [];
    const calls = ["a1", "a2", "a3", "a4", "b1", "c1", "b2"].map((name) =>
      lanes.run("interactive", name.charAt(0), async () => {
        order.push(name);
        await wait(1);
      }),
    );
    await Promise.all(calls);
    expect(order).toEqual(["a1", "a2", "b1", "c1", "a3", "b2", "a4"]);
  });

  it("refuse at once what finds its queue full, by client and by lane", async () => {
    const lanes = new Lanes(small);
    const all = Array.from({ length: 4 }, () => held());
    const calls = all.map(({ work }) => lanes.run("interactive", "greedy", work));
    await expect(lanes.run("interactive", "greedy", () => 1)).rejects.toMatchObject({
      code: "HAYPILE_OVERLOADED",
      data: { lane: "interactive", ofClient: 3 },
    });
    expect(await lanes.run("interactive", "modest", () => 2)).toBe(2);
    expect(lanes.counts().interactive).toMatchObject({ running: 1, queued: 3, refused: 1 });
    for (const { end } of all) end();
    await Promise.all(calls);
  });

  it("take a call that is given up out of the queue, and pass errors on", async () => {
    const lanes = new Lanes(small);
    const first = held();
    const running = lanes.run("background", "a", first.work);
    const stop = new AbortController();
    let isRun = false;
    const waiting = lanes.run("background", "a", () => (isRun = true), stop.signal);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: "HAYPILE_ABORTED" });
    await expect(lanes.run("background", "a", () => 1, stop.signal)).rejects.toMatchObject({
      code: "HAYPILE_ABORTED",
    });
    expect(lanes.counts().background).toMatchObject({ running: 1, queued: 0 });
    first.end();
    await running;
    expect(isRun).toBe(false);
    await expect(
      lanes.run("background", "a", () => {
        throw new Error("broken");
      }),
    ).rejects.toThrow("broken");
    expect(lanes.counts().background).toMatchObject({ running: 0, done: 2 });
  });
});
