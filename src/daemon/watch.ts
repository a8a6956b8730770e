/*
 * Who ends the daemon when its event loop does not: a thread of the native core (native/watchdog.h) takes the
 * signals and answers at a socket of its own. It passes on what it was told, and ends the process when nobody
 * begins to leave, or leaving does not come to an end.
 */
import { loadBinding } from "../native/load.ts";

/** Who asked the daemon to leave: a client at the control socket, or a signal. */
export type WatchWord = "stop" | "signal";

export interface Watch {
  /** Opens the control socket. @returns its address; undefined: it has none here */
  listen(control: string): string | undefined;
  /** Leaving has begun: the process is ended when it is still there after so long. */
  leaving(withinMs: number): void;
  close(): void;
}

export const noWatch: Watch = {
  listen: () => undefined,
  leaving: () => undefined,
  close: () => undefined,
};

export interface WatchOptions {
  version: string;
  /** A line is added to it when the process is ended. */
  logPath: string;
  onWord: (word: WatchWord) => void;
}

/** Takes signals from now on. Where there is no native watchdog, the event loop takes them. */
export function openWatch({ version, logPath, onWord }: WatchOptions): Watch {
  try {
    const { watchdog } = loadBinding();
    if (watchdog !== undefined) {
      watchdog.start(version, logPath, (word) => onWord(word as WatchWord));
      return {
        listen: (control) => (watchdog.listen(control) ? control : undefined),
        leaving: (withinMs) => watchdog.leaving(withinMs),
        close: () => watchdog.stop(),
      };
    }
  } catch {
    // Calls that need the addon say what is wrong with it; a daemon that can say so has to run.
  }
  return watchByEventLoop(onWord);
}

/** Ctrl-Break of a Windows console. */
const ofConsole = process.platform === "win32" ? (["SIGBREAK"] as const) : [];

function watchByEventLoop(onWord: (word: WatchWord) => void): Watch {
  const signals = ["SIGTERM", "SIGINT", "SIGHUP", ...ofConsole] as const;
  const onSignal = (): void => onWord("signal");
  for (const signal of signals) process.on(signal, onSignal);
  return {
    ...noWatch,
    close: () => {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
