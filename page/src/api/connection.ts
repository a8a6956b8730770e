/* Whether the daemon answers: the stream of happenings is open while somebody is signed in. */
import { useEffect, useState } from "preact/hooks";
import { onConnection, startEvents } from "./events.ts";
import type { SessionState } from "./session.ts";

export function useConnection(session: SessionState): boolean {
  const [isConnected, setConnected] = useState(false);
  useEffect(() => {
    if (session !== "signed-in") return;
    const end = onConnection(setConnected);
    const stop = startEvents();
    return () => {
      stop();
      end();
    };
  }, [session]);
  return isConnected;
}
