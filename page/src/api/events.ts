/*
 * The stream of happenings (GET /api/v1/events), read with fetch since an EventSource can send no header. A browser opens six
 * connections to one host, so of all pages of a browser one reads the stream and tells the others; while no page is seen,
 * none does.
 */
import { authorization } from "./client.ts";
import { refused } from "./session.ts";

export type Happening = { kind: string; value: unknown };
type Listener = (happening: Happening) => void;

const listeners = new Set<Listener>();
const stateListeners = new Set<(isConnected: boolean) => void>();
const backListeners = new Set<() => void>();
let stop: AbortController | undefined;
let isConnected: boolean | undefined;

/** Listens while the page is signed in. @returns ends it */
export function onHappening(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Told whenever it is known whether the daemon answers. @returns ends it */
export function onConnection(listener: (isConnected: boolean) => void): () => void {
  stateListeners.add(listener);
  return () => void stateListeners.delete(listener);
}

/** Called each time the stream begins anew: something may have been missed. @returns ends it */
export function onReconnection(back: () => void): () => void {
  backListeners.add(back);
  return () => void backListeners.delete(back);
}

const firstWaitMs = 500;
const mostWaitMs = 10_000;
/** The name of the lock, and of what the pages say to each other. */
const shared = "haypile-events";

/** What one page says to the others. */
type Said = { is: "event"; happening: Happening } | { is: "state"; now: boolean } | { is: "ask" };

/** Connects, and again whenever the connection ends, until stopped. */
export function startEvents(): () => void {
  stop?.abort();
  const own = new AbortController();
  stop = own;
  const channel = new BroadcastChannel(shared);
  let isReader = false;
  const say = (said: Said): void => channel.postMessage(said);
  channel.onmessage = ({ data }: MessageEvent<Said>) => {
    if (data.is === "ask") {
      if (isReader && isConnected !== undefined) say({ is: "state", now: isConnected });
    } else if (!isReader) hear(data);
  };
  own.signal.addEventListener("abort", () => channel.close());
  const lead = async (): Promise<void> => {
    isReader = true;
    const hidden = new AbortController();
    const left = (): void => {
      if (document.hidden) hidden.abort();
    };
    document.addEventListener("visibilitychange", left);
    try {
      await run(AbortSignal.any([own.signal, hidden.signal]), (said) => {
        hear(said);
        if (!own.signal.aborted) say(said);
      });
    } finally {
      document.removeEventListener("visibilitychange", left);
      isReader = false;
    }
  };
  void (async () => {
    say({ is: "ask" });
    while (!own.signal.aborted) {
      await seen(own.signal);
      if (own.signal.aborted) return;
      // Without locks (no secure context) each page reads for itself.
      if (navigator.locks === undefined) await lead();
      else {
        await navigator.locks
          .request(shared, { signal: own.signal }, () => (document.hidden ? undefined : lead()))
          .catch(() => undefined);
      }
    }
  })();
  return () => own.abort();
}

/** When the page is seen. */
function seen(signal: AbortSignal): Promise<void> {
  if (!document.hidden || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      if (document.hidden && !signal.aborted) return;
      document.removeEventListener("visibilitychange", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    document.addEventListener("visibilitychange", done);
    signal.addEventListener("abort", done);
  });
}

async function run(signal: AbortSignal, say: (said: Said) => void): Promise<void> {
  let waitMs = firstWaitMs;
  while (!signal.aborted) {
    try {
      const answer = await fetch("/api/v1/events", { headers: authorization(), signal });
      if (answer.status === 401) return refused();
      if (answer.ok && answer.body !== null) {
        waitMs = firstWaitMs;
        say({ is: "state", now: true });
        await read(answer.body, (happening) => say({ is: "event", happening }));
      }
    } catch {
      // Told below: the connection is lost, and tried again.
    }
    if (signal.aborted) return;
    say({ is: "state", now: false });
    await pause(waitMs, signal);
    waitMs = Math.min(mostWaitMs, waitMs * 2);
  }
}

/** Until the time is up, or somebody who may know better than the clock looks or says that there is a network. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      removeEventListener("focus", done);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    addEventListener("focus", done);
    addEventListener("online", done);
    signal.addEventListener("abort", done, { once: true });
  });
}

async function read(
  body: ReadableStream<Uint8Array>,
  onEvent: (happening: Happening) => void,
): Promise<void> {
  const lines = body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await lines.read();
    if (done) return;
    const events = (rest + value).split("\n\n");
    rest = events.pop() ?? "";
    for (const event of events) {
      const happening = parsed(event);
      if (happening !== undefined) onEvent(happening);
    }
  }
}

function parsed(event: string): Happening | undefined {
  let kind = "message";
  let data = "";
  for (const line of event.split("\n")) {
    if (line.startsWith("event: ")) kind = line.slice(7);
    else if (line.startsWith("data: ")) data += line.slice(6);
  }
  return data === "" ? undefined : { kind, value: JSON.parse(data) as unknown };
}

function hear(said: Said): void {
  if (said.is === "event") {
    for (const listener of [...listeners]) listener(said.happening);
  } else if (said.is === "state") {
    const isAnew = said.now && isConnected !== undefined;
    isConnected = said.now;
    for (const listener of [...stateListeners]) listener(said.now);
    if (isAnew) for (const back of [...backListeners]) back();
  }
}
