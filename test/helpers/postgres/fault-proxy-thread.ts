/*
 * The thread of a FaultProxy: it hands bytes on between clients and a server, and does to them what it is told. It has a
 * thread of its own because the clients of a test stand still while they wait for an answer.
 */
import { connect, createServer, type Server, type Socket } from "node:net";
import { parentPort, workerData } from "node:worker_threads";

export type Order =
  | { what: "pass" | "refuse" | "stall" | "cut" | "seen" | "close" }
  /** Of the bytes that arrive, each `every`th lot comes so much later, as a packet that had to be sent again. */
  | { what: "lossy"; every: number; delayMs: number }
  /** When a client sends `text` for the `nth` time: the connection breaks before it has arrived, or after it was answered. */
  | { what: "cutAt"; text: string; when: "before" | "after"; nth: number };

export interface Seen {
  connections: number;
  cuts: number;
  delayed: number;
  bytes: number;
}

const target = workerData as { host: string; port: number };
const pairs = new Set<[Socket, Socket]>();
const seen: Seen = { connections: 0, cuts: 0, delayed: 0, bytes: 0 };
let server: Server | undefined;
let port = 0;
let isStalled = false;
let loss: { every: number; delayMs: number } | undefined;
let lots = 0;
let watched: { text: string; when: "before" | "after"; nth: number } | undefined;

function listen(): Promise<void> {
  if (server !== undefined) return Promise.resolve();
  return new Promise((done, fail) => {
    const made = createServer({ pauseOnConnect: true }, join);
    made.once("error", fail);
    made.listen(port, "127.0.0.1", () => {
      const address = made.address();
      if (typeof address === "object" && address !== null) port = address.port;
      server = made;
      done();
    });
  });
}

function join(client: Socket): void {
  seen.connections += 1;
  const away = connect(target);
  const pair: [Socket, Socket] = [client, away];
  pairs.add(pair);
  const end = (): void => {
    pairs.delete(pair);
    client.destroy();
    away.destroy();
  };
  for (const one of pair) {
    one.setNoDelay(true);
    one.on("error", end);
    one.on("close", end);
  }
  handOn(client, away, (bytes) => isCutBefore(bytes, pair));
  handOn(away, client, () => isCutAfter(pair));
  client.resume();
}

const answered = new WeakSet<[Socket, Socket]>();

function isCutBefore(bytes: Buffer, pair: [Socket, Socket]): boolean {
  if (watched === undefined || !bytes.includes(watched.text)) return false;
  watched.nth -= 1;
  if (watched.nth > 0) return false;
  const { when } = watched;
  watched = undefined;
  if (when === "after") {
    answered.add(pair);
    return false;
  }
  cut(pair);
  return true;
}

function isCutAfter(pair: [Socket, Socket]): boolean {
  if (!answered.has(pair)) return false;
  cut(pair);
  return true;
}

function cut(pair: [Socket, Socket]): void {
  seen.cuts += 1;
  for (const one of pair) one.resetAndDestroy();
}

/** In their order: a lot that is late holds up those behind it. */
function handOn(from: Socket, to: Socket, isCut: (bytes: Buffer) => boolean): void {
  let last: Promise<void> = Promise.resolve();
  from.on("data", (bytes: Buffer) => {
    seen.bytes += bytes.length;
    lots += 1;
    const lateMs = loss !== undefined && lots % loss.every === 0 ? loss.delayMs : 0;
    if (lateMs > 0) seen.delayed += 1;
    last = last.then(async () => {
      if (lateMs > 0) await new Promise((done) => setTimeout(done, lateMs));
      while (isStalled && !from.destroyed) await new Promise((done) => setTimeout(done, 10));
      if (from.destroyed || to.destroyed || isCut(bytes)) return;
      to.write(bytes);
    });
  });
}

async function follow(order: Order): Promise<Seen | number> {
  switch (order.what) {
    case "pass":
      isStalled = false;
      loss = undefined;
      watched = undefined;
      await listen();
      return port;
    case "refuse":
      server?.close();
      server = undefined;
      for (const pair of pairs) cut(pair);
      return port;
    case "stall":
      isStalled = true;
      return port;
    case "cut":
      for (const pair of pairs) cut(pair);
      return port;
    case "lossy":
      loss = order;
      return port;
    case "cutAt":
      watched = { ...order };
      return port;
    case "seen":
      return seen;
    case "close":
      server?.close();
      for (const pair of pairs) for (const one of pair) one.destroy();
      setImmediate(() => process.exit(0));
      return port;
  }
}

parentPort?.on("message", ({ id, order }: { id: number; order: Order }) => {
  follow(order).then(
    (answer) => parentPort?.postMessage({ id, answer }),
    (error: unknown) => parentPort?.postMessage({ id, error: String(error) }),
  );
});
