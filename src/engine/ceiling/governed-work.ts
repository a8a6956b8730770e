/* Work of parsers and of the database that asks for room under a limit, with what it is foretold to need. */
import { HaypileError } from "../../base/errors.ts";
import { privateBytes } from "../../governor/gauge.ts";
import type { Governor } from "../../governor/governor.ts";
import { parsePeakBytes } from "../../governor/work-prediction.ts";
import type { RunInRoom } from "../../ports/footprint.ts";
import type { ParseOutcome } from "../../ports/syntax.ts";

export interface GovernedWork {
  /** Parses a file when there is room; where there is none for ten seconds it goes without a tree, and the next run tries again. */
  parse(
    file: { language: string; text: string },
    run: () => Promise<ParseOutcome>,
  ): Promise<ParseOutcome>;
  /** Makes or merges segments of bits; what finds no room is refused and made later. */
  segments: RunInRoom;
}

/** Shorter files need less than parse processes differ by themselves, characters. */
const fewestChars = 50_000;
const parseWaitMs = 10_000;
const segmentWaitMs = 10_000;

/** @param children ids of the parse processes that run now */
export function governedWork(governor: Governor, children: () => readonly number[]): GovernedWork {
  return {
    parse: async ({ language, text }, run) => {
      if (text.length < fewestChars) return await run();
      const nowBytes = children().reduce((sum, pid) => sum + privateBytes(pid), 0);
      const peakBytes = parsePeakBytes(language, text.length, nowBytes);
      const bytes = peakBytes - nowBytes;
      const what = `parsing a file of ${Math.round(text.length / 1000)} kB`;
      const request = { what, bytes, peakBytes, step: "parse", waitMs: parseWaitMs } as const;
      try {
        return await governor.during(request, run);
      } catch (error) {
        const isShort = HaypileError.isInstance(error) && error.code === "HAYPILE_OVERLOADED";
        if (isShort) return { failed: "no-memory" };
        throw error;
      }
    },
    segments: async (bytes, run) =>
      await governor.during(
        {
          what: "making the bits of vectors",
          bytes,
          step: "segment of bits",
          waitMs: segmentWaitMs,
        },
        run,
      ),
  };
}
