/*
 * What the panel knows: the hours behind (daemon/ram), the seconds since then (the hub's samples), and the receipt. Asked for when
 * something happened, and every so often; nothing while the tab is hidden.
 */
import { useEffect, useState } from "preact/hooks";
import type { FootprintSample, RamOverTime } from "../../../../src/ports/answers/daemon/ram.ts";
import { ask } from "../../api/client.ts";
import { onHappening, onReconnection } from "../../api/events.ts";
import { readable } from "../../parts/use-answer.ts";

export const ranges = { "5m": 300_000, "1h": 3_600_000, "6h": 21_600_000 } as const;
export type Range = keyof typeof ranges;

/** Points of a chart at most. */
const points = 240;
/** Samples kept beside what was asked for: five minutes of them. */
const mostLive = 300;
/** After a longer pause what was before is left to the hours behind. */
const longestPauseMs = 5_000;
const everyMs = 60_000;
/** What happened is asked for this long after it was heard of, once for all of a burst. */
const burstMs = 1_500;

export interface RamState {
  behind: RamOverTime | undefined;
  /** A second apart, without a pause; where they begin they stand for what is behind. */
  live: readonly FootprintSample[];
  error: Error | undefined;
  again: () => void;
}

export function useRam(range: Range): RamState {
  const [behind, setBehind] = useState<RamOverTime>();
  const [live, setLive] = useState<readonly FootprintSample[]>([]);
  const [error, setError] = useState<Error>();
  const [turn, setTurn] = useState(0);
  const again = (): void => setTurn((now) => now + 1);
  useEffect(() => {
    const stop = new AbortController();
    let known: number | undefined;
    let soon: ReturnType<typeof setTimeout> | undefined;
    const fetchNow = async (): Promise<void> => {
      clearTimeout(soon);
      soon = undefined;
      if (document.hidden) return;
      try {
        const since = Date.now() - ranges[range];
        const answer = await ask<RamOverTime>("daemon/ram", { since, points }, stop.signal);
        known = answer.now.moments;
        setBehind(answer);
        setError(undefined);
      } catch (failure) {
        if (!stop.signal.aborted) setError(readable(failure));
      }
    };
    void fetchNow();
    const timer = setInterval(() => void fetchNow(), everyMs);
    const end = onHappening(({ kind, value }) => {
      if (kind !== "sample" || document.hidden) return;
      const sample = value as FootprintSample;
      if (sample.about !== "memory") return;
      setLive((before) =>
        sample.at - (before.at(-1)?.at ?? 0) > longestPauseMs
          ? [sample]
          : [...before.slice(1 - mostLive), sample],
      );
      if (known !== undefined && sample.moments !== known) {
        soon ??= setTimeout(() => void fetchNow(), burstMs);
      }
    });
    const seen = (): void => {
      if (!document.hidden) void fetchNow();
    };
    document.addEventListener("visibilitychange", seen);
    const endBack = onReconnection(() => void fetchNow());
    return () => {
      stop.abort();
      clearTimeout(soon);
      clearInterval(timer);
      end();
      endBack();
      document.removeEventListener("visibilitychange", seen);
    };
  }, [range, turn]);
  return { behind, live, error, again };
}
