/*
 * What the daemon answers to a call, as state of a component. It is asked when the call changes, when again() is called, when the
 * connection comes back, and every so often if that is said; not while the tab is hidden. An older answer never
 * replaces a newer one: what is asked no more is aborted. The last answer stays while the same is asked again.
 */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ask } from "../api/client.ts";
import { onReconnection } from "../api/events.ts";

export interface Answered<Answer> {
  value: Answer | undefined;
  /** Why the last question has no answer; the value of an earlier one may be there beside it. */
  error: Error | undefined;
  isAsking: boolean;
  /** Asks anew. */
  again: () => void;
}

/**
 * @param path below /api/v1: "daemon/stats"; undefined: nothing is asked, and there is no value
 * @param said arguments and options of the call by name
 * @param everyMs asks again so long after each answer; undefined: only once
 */
export function useAnswer<Answer>(
  path: string | undefined,
  said: Record<string, unknown> = {},
  everyMs?: number,
): Answered<Answer> {
  const key = path === undefined ? undefined : `${path} ${JSON.stringify(said)}`;
  const [state, setState] = useState<{ key: string | undefined; value?: Answer; error?: Error }>({
    key: undefined,
  });
  const [isAsking, setAsking] = useState(false);
  const [turn, setTurn] = useState(0);
  const question = useRef({ path, said });
  question.current = { path, said };
  const again = useCallback(() => setTurn((before) => before + 1), []);

  // The key says all that is asked, and a turn asks it anew.
  useEffect(() => {
    const { path: place, said: words } = question.current;
    if (place === undefined) return setState({ key: undefined });
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const askNow = async (): Promise<void> => {
      setAsking(true);
      try {
        const value = await ask<Answer>(place, words, stop.signal);
        if (!stop.signal.aborted) setState({ key, value });
      } catch (error) {
        if (stop.signal.aborted) return;
        setState((before) => ({
          ...(before.key === key && before.value !== undefined && { value: before.value }),
          key,
          error: readable(error),
        }));
      }
      if (stop.signal.aborted) return;
      setAsking(false);
      if (everyMs !== undefined) timer = setTimeout(whenSeen, everyMs);
    };
    const whenSeen = (): void => {
      timer = undefined;
      if (document.hidden) return;
      void askNow();
    };
    const seen = (): void => {
      if (!document.hidden && timer === undefined && everyMs !== undefined) whenSeen();
    };
    void askNow();
    document.addEventListener("visibilitychange", seen);
    return () => {
      stop.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [key, turn, everyMs]);

  useEffect(() => onReconnection(again), [again]);
  const isOfThis = state.key === key;
  return {
    value: isOfThis ? state.value : undefined,
    error: isOfThis ? state.error : undefined,
    isAsking,
    again,
  };
}

/** An error as a sentence: fetch says no more than that it failed. */
export function readable(error: unknown): Error {
  if (error instanceof TypeError)
    return new Error(
      'The daemon does not answer. "haypile start" starts it; this page goes on by itself.',
    );
  return error instanceof Error ? error : new Error(String(error));
}

/** The time, renewed every so often while the tab is seen: for "5 min ago". */
export function useNow(everyMs = 30_000): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setNow(Date.now());
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
