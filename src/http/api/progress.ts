/* A long call as a stream: how far it is, and at the end what came of it. */
import type { EventSource } from "../streams.ts";
import { errorBody } from "./refusal.ts";

/**
 * @param run the call; its signal is aborted when the client goes away
 * @returns events "progress", then one "result" or "error" with what the answer would have been
 */
export function callAsEvents(
  run: (signal: AbortSignal, onProgress: (value: unknown) => void) => Promise<unknown>,
): EventSource {
  const stop = new AbortController();
  let latest: string | undefined;
  return {
    begin: (sink) => {
      const onProgress = (value: unknown): void => {
        // Of what a slow client has not read yet only the newest is worth anything.
        const text = JSON.stringify(value);
        if (sink.isOpen) sink.send("progress", text);
        else latest = text;
      };
      run(stop.signal, onProgress)
        .then(
          (result) => sink.send("result", JSON.stringify(result ?? null)),
          (error: unknown) => sink.send("error", JSON.stringify(errorBody(error))),
        )
        .finally(() => sink.end());
      return () => stop.abort();
    },
    onRoom: (sink) => {
      if (latest === undefined) return;
      sink.send("progress", latest);
      latest = undefined;
    },
  };
}
