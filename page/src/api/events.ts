/* The stream of happenings (GET /api/v1/events), read with fetch since an EventSource can send no header. */
import { authorization } from "./client.ts";

export type Happening = { kind: string; value: unknown };
type Listener = (happening: Happening) => void;

const listeners = new Set<Listener>();
const stateListeners = new Set<(isConnected: boolean) => void>();
let stop: AbortController | undefined;

/** Listens while the page is signed in. @returns ends it */
export function onHappening(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export function onConnection(listener: (isConnected: boolean) => void): () => void {
  stateListeners.add(listener);
  return () => void stateListeners.delete(listener);
}

const firstWaitMs = 500;
const mostWaitMs = 10_000;

/** Connects, and again whenever the connection ends, until stopped. */
export function startEvents(): () => void {
  stop?.abort();
  const own = new AbortController();
  stop = own;
  void run(own.signal);
  return () => own.abort();
}

async function run(signal: AbortSignal): Promise<void> {
  let waitMs = firstWaitMs;
  while (!signal.aborted) {
    try {
      const answer = await fetch("/api/v1/events", { headers: authorization(), signal });
      if (answer.ok && answer.body !== null) {
        waitMs = firstWaitMs;
        tellState(true);
        await read(answer.body);
      }
    } catch {
      // Told below: the connection is lost, and tried again.
    }
    if (signal.aborted) return;
    tellState(false);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    waitMs = Math.min(mostWaitMs, waitMs * 2);
  }
}

async function read(body: ReadableStream<Uint8Array>): Promise<void> {
  const lines = body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await lines.read();
    if (done) return;
    const events = (rest + value).split("\n\n");
    rest = events.pop() ?? "";
    for (const event of events) tell(event);
  }
}

function tell(event: string): void {
  let kind = "message";
  let data = "";
  for (const line of event.split("\n")) {
    if (line.startsWith("event: ")) kind = line.slice(7);
    else if (line.startsWith("data: ")) data += line.slice(6);
  }
  if (data === "") return;
  const value = JSON.parse(data) as unknown;
  for (const listener of [...listeners]) listener({ kind, value });
}

function tellState(isConnected: boolean): void {
  for (const listener of [...stateListeners]) listener(isConnected);
}
