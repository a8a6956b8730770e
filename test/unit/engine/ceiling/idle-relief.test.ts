import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { IdleRelief } from "../../../../src/engine/ceiling/idle-relief.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("relief after work", () => {
  it("comes once, some time after the last work", () => {
    let times = 0;
    const relief = new IdleRelief(1000, () => {
      times += 1;
    });
    relief.worked();
    vi.advanceTimersByTime(900);
    relief.worked();
    vi.advanceTimersByTime(900);
    expect(times).toBe(0);
    vi.advanceTimersByTime(100);
    expect(times).toBe(1);
    vi.advanceTimersByTime(10_000);
    expect(times).toBe(1);
    relief.worked();
    vi.advanceTimersByTime(1000);
    expect(times).toBe(2);
  });

  it("does not come after closing, nor where idle models stay", () => {
    let times = 0;
    const count = () => {
      times += 1;
    };
    const closed = new IdleRelief(1000, count);
    closed.worked();
    closed.close();
    closed.worked();
    new IdleRelief(0, count).worked();
    vi.advanceTimersByTime(10_000);
    expect(times).toBe(0);
  });
});
