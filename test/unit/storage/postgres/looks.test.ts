import { describe, expect, it } from "vitest";
import { Looks } from "../../../../src/storage/postgres/vectors/looks.ts";

describe("Looks", () => {
  /** @returns searches before the next look */
  const searches = (looks: Looks): number => {
    let count = 0;
    while (!looks.isDue()) count += 1;
    return count;
  };

  it("are due at once, and not while one is under way", async () => {
    const looks = new Looks();
    expect(looks.isDue()).toBe(true);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const noted = looks.note(promise);
    expect([looks.isDue(), looks.isDue()]).toEqual([false, false]);
    resolve(true);
    await noted;
    expect(searches(looks)).toBe(4_096);
  });

  it("are due soon after one that failed, later after each further one, and soon again after one that went well", async () => {
    const looks = new Looks();
    const between: number[] = [];
    for (let tries = 0; tries < 10; tries += 1) {
      await looks.note(Promise.resolve(false));
      between.push(searches(looks));
    }
    expect(between.slice(0, 3)).toEqual([16, 32, 64]);
    expect(between.at(-1)).toBe(4_096);
    await looks.note(Promise.resolve(true));
    await looks.note(Promise.resolve(false));
    expect(searches(looks)).toBe(16);
  });
});
