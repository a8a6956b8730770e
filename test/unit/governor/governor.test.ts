import { getEventListeners } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import { Governor, type GovernorOptions } from "../../../src/governor/governor.ts";
import { ladderOrder } from "../../../src/governor/ladder.ts";
import { defaultPolicy } from "../../../src/governor/marks.ts";
import type { LadderStepName } from "../../../src/ports/footprint.ts";
import { ScriptedClock, ScriptedGauge } from "../../helpers/scripted-footprint.ts";

const mb = 1e6;
/** The scripted clock runs ahead of real timers. */
const patient = 1e12;
const open: Governor[] = [];

function make(options: Partial<GovernorOptions> = {}) {
  const gauge = new ScriptedGauge();
  const clock = new ScriptedClock();
  let reliefs = 0;
  const governor = new Governor({
    limitBytes: 100 * mb,
    gauge,
    clock,
    relieve: () => {
      reliefs += 1;
    },
    policy: { ...defaultPolicy, everyMs: 0 },
    ...options,
  });
  open.push(governor);
  const events: string[] = [];
  const register = (...names: LadderStepName[]): void => {
    for (const name of names) {
      governor.register({
        name,
        take: () => events.push(`take ${name}`),
        undo: () => events.push(`undo ${name}`),
      });
    }
  };
  const look = (ownBytes: number, afterMs: number) => {
    gauge.ownBytes = ownBytes;
    clock.ms += afterMs;
    return governor.look();
  };
  return { governor, gauge, clock, events, register, look, reliefs: () => reliefs };
}

afterEach(() => {
  for (const governor of open.splice(0)) governor.close();
});

describe("levels", () => {
  test("children count, and so does what others leave free", () => {
    const { governor, gauge, look } = make();
    expect(look(50 * mb, 0)).toBe("calm");
    gauge.childBytes = 40 * mb;
    expect(look(50 * mb, 0)).toBe("warning");
    gauge.childBytes = 0;
    gauge.freeBytes = 2 * mb;
    expect(look(50 * mb, 0)).toBe("critical");
    expect(governor.state()).toMatchObject({ usedBytes: 98 * mb, mostUsedBytes: 98 * mb });
  });

  test("pages are given back from the warning mark on, not at every look", () => {
    const { look, reliefs } = make();
    look(80 * mb, 1000);
    expect(reliefs()).toBe(0);
    look(90 * mb, 1000);
    look(90 * mb, 10);
    expect(reliefs()).toBe(1);
    look(90 * mb, 1000);
    expect(reliefs()).toBe(2);
  });

  test("a limit changed while running takes effect at once", () => {
    const { governor, look, events, register } = make();
    register("smaller batches");
    expect(look(50 * mb, 1000)).toBe("calm");
    governor.setLimit(52 * mb);
    expect(governor.state().level).toBe("critical");
    expect(events).toEqual(["take smaller batches"]);
  });
});

describe("ladder", () => {
  test("goes down a step at a time in the order of the ladder, and up the same way", () => {
    const { events, register, look } = make();
    register("reranker off", "fewer workers", "smaller batches");
    look(99 * mb, 1000);
    look(99 * mb, 1);
    expect(events).toEqual(["take smaller batches"]);
    look(99 * mb, 1000);
    look(99 * mb, 1000);
    look(99 * mb, 1000);
    expect(events.splice(0)).toEqual([
      "take smaller batches",
      "take fewer workers",
      "take reranker off",
    ]);
    for (let i = 0; i < 12; i += 1) look(10 * mb, 1000);
    expect(events).toEqual(["undo reranker off", "undo fewer workers"]);
    for (let i = 0; i < 6; i += 1) look(10 * mb, 1000);
    expect(events.at(-1)).toBe("undo smaller batches");
  });

  test("a clock that jumps back holds nothing up", () => {
    const { clock, events, register, look } = make();
    register("smaller batches", "fewer workers");
    look(99 * mb, 1e9);
    clock.ms = 5;
    look(99 * mb, 0);
    expect(events).toEqual(["take smaller batches", "take fewer workers"]);
    clock.ms = 1e9;
    look(10 * mb, 0);
    clock.ms = 0;
    look(10 * mb, 0);
    expect(events.at(-1)).toBe("undo fewer workers");
  });

  test("between the marks nothing is taken and nothing undone", () => {
    const { events, register, look } = make();
    register(...ladderOrder);
    look(99 * mb, 1000);
    for (let i = 0; i < 60; i += 1) look(82 * mb, 1000);
    expect(events).toEqual(["take smaller batches"]);
  });

  test("a part that registers late finds its step taken", () => {
    const { governor, look, events, register } = make();
    register("smaller batches");
    look(99 * mb, 1000);
    register("smaller batches");
    expect(events).toEqual(["take smaller batches", "take smaller batches"]);
    expect(governor.state().steps).toEqual(["smaller batches"]);
  });

  test("a part that went away is neither asked nor undone, and others of its step still are", () => {
    const { governor, look, events, register } = make();
    register("smaller batches");
    const gone: string[] = [];
    const leaves = (["smaller batches", "smaller caches"] as const).map((name) =>
      governor.register({
        name,
        take: () => gone.push(`take ${name}`),
        undo: () => gone.push(`undo ${name}`),
      }),
    );
    look(99 * mb, 1000);
    look(99 * mb, 1000);
    expect(governor.state().steps).toEqual(["smaller batches", "smaller caches"]);
    for (const leave of [...leaves, ...leaves]) leave();
    expect(governor.registered).toBe(1);
    expect(governor.state().steps).toEqual(["smaller batches"]);
    for (let i = 0; i < 20; i += 1) look(10 * mb, 6_000);
    expect(gone).toEqual(["take smaller batches", "take smaller caches"]);
    expect(events).toEqual(["take smaller batches", "undo smaller batches"]);
  });

  test("one that registers the same step twice leaves once for each", () => {
    const { governor } = make();
    const step = { name: "smaller caches", take: () => {}, undo: () => {} } as const;
    const leave = governor.register(step);
    governor.register(step);
    leave();
    leave();
    expect(governor.registered).toBe(1);
  });
});

describe("batches", () => {
  test("shrink, wait above the limit, and end where new text gets static vectors only", async () => {
    const { governor, gauge, clock, register, look } = make();
    register("smaller batches");
    expect(await governor.batch(512)).toBe(512);
    look(99 * mb, 1000);
    expect(await governor.batch(512)).toBe(64);
    gauge.ownBytes = 120 * mb;
    clock.onSleep = () => {
      if (clock.ms > 2_500) gauge.ownBytes = 60 * mb;
    };
    const before = clock.ms;
    expect(await governor.batch(512)).toBe(64);
    expect(clock.ms).toBeGreaterThan(before);
    clock.onSleep = undefined;
    register("static model for new text");
    for (let i = 0; i < 10; i += 1) look(99 * mb, 1000);
    expect(await governor.batch(512)).toBe(0);
  });

  test("a caller that stops does not wait", async () => {
    const { governor, gauge, clock } = make();
    gauge.ownBytes = 150 * mb;
    const before = clock.ms;
    expect(await governor.batch(512, AbortSignal.abort())).toBe(512);
    expect(clock.ms).toBe(before);
  });
});

describe("admission", () => {
  test("what fits goes on, the next waits for its room", async () => {
    const { governor, look } = make();
    look(40 * mb, 0);
    const first = await governor.admit({ what: "a", bytes: 50 * mb });
    const order: string[] = [];
    const second = governor.admit({ what: "b", bytes: 30 * mb }).then((grant) => {
      order.push("b");
      return grant;
    });
    const small = governor.admit({ what: "c", bytes: 1 * mb }).then(() => order.push("c"));
    await new Promise((resolve) => setImmediate(resolve));
    expect(order).toEqual([]);
    expect(governor.state().waiting).toBe(2);
    first.release();
    first.release();
    (await second).release();
    await small;
    expect(order).toEqual(["b", "c"]);
  });

  test("waits no longer than it was told, and says why", async () => {
    const { governor, look } = make();
    look(90 * mb, 0);
    await expect(governor.admit({ what: "a load", bytes: 50 * mb, waitMs: 200 })).rejects.toThrow(
      expect.objectContaining({
        code: "HAYPILE_OVERLOADED",
        message: expect.stringContaining("a load, which needs about 50 MB"),
      }),
    );
    expect(governor.state()).toMatchObject({ waiting: 0, refused: 1 });
  });

  test("the queue is bounded: of many callers each is served or refused, none lost", async () => {
    const { governor, look } = make({ queueLength: 20 });
    look(40 * mb, 0);
    let running = 0;
    let most = 0;
    const outcomes = await Promise.allSettled(
      Array.from({ length: 64 }, (_, i) =>
        governor.during({ what: `caller ${i}`, bytes: 10 * mb, waitMs: patient }, async () => {
          running += 1;
          most = Math.max(most, running);
          await new Promise((resolve) => setTimeout(resolve, 2));
          running -= 1;
        }),
      ),
    );
    const served = outcomes.filter(({ status }) => status === "fulfilled").length;
    const codes = outcomes.flatMap((one) => (one.status === "rejected" ? [one.reason.code] : []));
    expect(served).toBe(25);
    expect(new Set(codes)).toEqual(new Set(["HAYPILE_OVERLOADED"]));
    expect(served + codes.length).toBe(64);
    expect(most).toBe(5);
  });

  test("small work never keeps what it needs inside from its memory", async () => {
    const { governor, look } = make();
    look(40 * mb, 0);
    let load: Promise<string> | undefined;
    const loadOnce = () => {
      load ??= governor.during(
        { what: "a load", bytes: 50 * mb, waitMs: patient },
        async () => "model",
      );
      return load;
    };
    let running = 0;
    let most = 0;
    const callers = Array.from({ length: 64 }, () =>
      governor.amongFew({ what: "a search", bytes: 2 * mb, waitMs: patient }, async () => {
        running += 1;
        most = Math.max(most, running);
        const model = await loadOnce();
        await new Promise((resolve) => setTimeout(resolve, 1));
        running -= 1;
        return model;
      }),
    );
    expect(new Set(await Promise.all(callers))).toEqual(new Set(["model"]));
    expect(most).toBe(8);
    expect(governor.state()).toMatchObject({ waiting: 0, refused: 0 });
  });

  test("an aborted caller leaves the queue; the others stay", async () => {
    const { governor, look } = make();
    look(90 * mb, 0);
    const stop = new AbortController();
    const gone = governor.admit({ what: "a", bytes: 50 * mb, signal: stop.signal });
    const stays = governor.admit({ what: "b", bytes: 50 * mb, waitMs: 60_000 });
    stop.abort();
    await expect(gone).rejects.toMatchObject({ code: "HAYPILE_ABORTED" });
    look(10 * mb, 0);
    (await stays).release();
  });

  test("nobody listens to a signal any more when the wait is over", async () => {
    const { governor, gauge, clock } = make();
    const stop = new AbortController();
    for (let i = 0; i < 20; i += 1) {
      gauge.ownBytes = 90 * mb;
      clock.onSleep = () => {
        gauge.ownBytes = 10 * mb;
      };
      const request = { what: "a part", bytes: 20 * mb, signal: stop.signal, waitMs: patient };
      (await governor.admit(request)).release();
    }
    expect(getEventListeners(stop.signal, "abort")).toEqual([]);
  });

  test("at the end of the ladder new work is refused, until memory is there again", async () => {
    const { governor, register, look } = make();
    register("no new work");
    look(99 * mb, 1000);
    await expect(governor.admit({ what: "a", bytes: 1 })).rejects.toMatchObject({
      code: "HAYPILE_OVERLOADED",
    });
    for (let i = 0; i < 12; i += 1) look(10 * mb, 1000);
    (await governor.admit({ what: "a", bytes: 1 })).release();
  });

  test("close() refuses those who wait", async () => {
    const { governor, look } = make();
    look(90 * mb, 0);
    const waiting = governor.admit({ what: "a", bytes: 50 * mb });
    governor.close();
    await expect(waiting).rejects.toMatchObject({ code: "HAYPILE_CLOSED" });
  });
});
