/*
 * Time left of a run, replayed: a run as it was (src/engine of this repository, 2 CPUs; "busy": beside a browser and seven
 * others, so that its speed changed tenfold), and runs that are made up: a cache at first, a machine that slows down, one that stands still.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Pace } from "../../../../src/engine/index/pace.ts";
import type { IndexProgress } from "../../../../src/ports/answers/index-run.ts";
import { repository } from "../../../helpers/model.ts";
import { seededRandom } from "../../../helpers/temp-tree.ts";

/** Milliseconds since the first vector, chunks and tokens done. */
type Step = [number, number, number];
interface Recorded {
  total: number;
  tokens: number;
  seen: Step[];
}

function progressAt([, chunksDone, tokensDone]: Step, { total, tokens }: Recorded): IndexProgress {
  return {
    ...{ phase: "embed", filesDone: 9, filesTotal: 9, bytes: 1, rssBytes: 1 },
    ...{ chunksDone, chunksTotal: total, tokensDone, tokensTotal: tokens },
  };
}

/** What is shown at each step, beside what was true. */
function replay(run: Recorded): { at: number; shown: number | undefined; left: number }[] {
  const pace = new Pace();
  const end = run.seen.at(-1)?.[0] ?? 0;
  return run.seen.map((step) => {
    const shown = pace.note(progressAt(step, run), 5_000 + step[0]);
    return { at: step[0], shown, left: end - step[0] };
  });
}

/** The largest step away from running down with the clock, as a share of what was shown. */
function largestJump(told: ReturnType<typeof replay>): number {
  let most = 0;
  for (const [index, { at, shown }] of told.entries()) {
    const before = told[index - 1];
    if (shown === undefined || before?.shown === undefined) continue;
    const expected = Math.max(0, before.shown - (at - before.at));
    // The last second is a second whatever it was held to be.
    if (expected < 3_000 || shown === 0) continue;
    most = Math.max(most, Math.abs(shown - expected) / expected);
  }
  return most;
}

/** A run at a speed that changes: chunks a second from each moment on, in seconds. */
function madeUp(total: number, speeds: readonly [number, number][], perChunk = 100): Recorded {
  const seen: Step[] = [[0, 0, 0]];
  const random = seededRandom(7);
  let chunks = 0;
  let tokens = 0;
  for (let ms = 500; chunks < total; ms += 500) {
    const speed = speeds.findLast(([from]) => ms >= from * 1_000)?.[1] ?? 0;
    const done = Math.round(speed * 0.5 * (0.6 + 0.8 * random()));
    chunks = Math.min(total, chunks + done);
    // What a cache has takes no tokens.
    if (speed < 1_000) tokens += done * perChunk;
    seen.push([ms, chunks, tokens]);
  }
  return { total, tokens: total * perChunk, seen };
}

describe("time left", () => {
  const path = join(repository, "test", "fixtures", "index-progress.json");
  const recorded = JSON.parse(readFileSync(path, "utf8")) as Record<"calm" | "busy", Recorded>;

  it("of a run as it was is near the truth", () => {
    const told = replay(recorded.calm);
    const end = told.at(-1)?.at ?? 0;
    const errors = told
      .filter(({ at, left }) => at > end * 0.2 && left > 5_000)
      .map(({ shown = 0, left }) => Math.abs(shown - left) / left)
      .sort((a, b) => a - b);
    expect(errors.length).toBeGreaterThan(20);
    expect(errors[Math.floor(errors.length / 2)]).toBeLessThan(0.25);
    expect(errors.at(-1)).toBeLessThan(0.5);
  });

  it.each(["calm", "busy"] as const)("does not jump, and ends at nothing: %s", (name) => {
    const run = recorded[name];
    expect(run.seen.length).toBeGreaterThan(200);
    const told = replay(run);
    expect(told[0]?.shown).toBeUndefined();
    expect(told.at(-1)?.shown).toBe(0);
    const first = told.findIndex(({ shown }) => shown !== undefined);
    expect(told[first]?.at).toBeLessThan(5_000);
    // Once known it stays known.
    expect(told.slice(first).every(({ shown }) => shown !== undefined)).toBe(true);
    expect(largestJump(told)).toBeLessThan(0.35);
  });

  it("is none in phases whose whole is not known", () => {
    const pace = new Pace();
    const run = madeUp(1_000, [[0, 50]]);
    for (const phase of ["scan", "read", "scip"] as const) {
      expect(pace.note({ ...progressAt([0, 0, 0], run), phase }, 60_000)).toBeUndefined();
    }
  });

  it("forgets the speed of a cache", () => {
    // 4,000 chunks of a cache in two seconds; then 2,000 that are made, in 40.
    const told = replay(
      madeUp(6_000, [
        [0, 2_000],
        [2, 50],
      ]),
    );
    const half = told.filter(({ at }) => at > 20_000);
    for (const { shown = 0, left } of half) expect(Math.abs(shown - left)).toBeLessThan(15_000);
    expect(largestJump(told)).toBeLessThan(0.6);
  });

  it("follows a machine that slows down, without a jump", () => {
    const told = replay(
      madeUp(4_000, [
        [0, 80],
        [25, 20],
      ]),
    );
    const late = told.filter(({ at, left }) => at > 60_000 && left > 10_000);
    expect(late.length).toBeGreaterThan(20);
    for (const { shown = 0, left } of late) expect(Math.abs(shown - left) / left).toBeLessThan(0.6);
    expect(largestJump(told)).toBeLessThan(0.3);
  });

  it("stands still with a run that does, and is no less than nothing", () => {
    const told = replay(
      madeUp(2_000, [
        [0, 50],
        [10, 0],
        [60, 50],
      ]),
    );
    for (const { shown = 0 } of told) expect(shown).toBeGreaterThanOrEqual(0);
    expect(told.at(-1)?.shown).toBe(0);
  });
});
