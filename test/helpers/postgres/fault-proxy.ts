/*
 * A bad network between clients and a PostgreSQL server: it refuses, stalls, cuts and loses, when it is told to. Connections
 * go to `url(database)`; each order is done when its promise resolves.
 */
import { Worker } from "node:worker_threads";
import type { Order, Seen } from "./fault-proxy-thread.ts";

type Waiting = Map<
  number,
  (said: { answer?: Seen | number | undefined; error?: string | undefined }) => void
>;

export class FaultProxy {
  readonly port: number;
  readonly #worker: Worker;
  readonly #waiting: Waiting;
  #ids = 1;

  private constructor(worker: Worker, port: number, waiting: Waiting) {
    this.#worker = worker;
    this.port = port;
    this.#waiting = waiting;
  }

  /** In front of the server at this URL. */
  static async before(url: string): Promise<FaultProxy> {
    const { hostname, port } = new URL(url);
    const worker = new Worker(new URL("fault-proxy-thread.ts", import.meta.url), {
      workerData: { host: hostname, port: Number(port) },
      execArgv: ["--disable-warning=ExperimentalWarning"],
    });
    worker.unref();
    const waiting: Waiting = new Map();
    worker.on("message", ({ id, ...said }) => {
      waiting.get(id)?.(said);
      waiting.delete(id);
    });
    worker.on("error", (error) => {
      for (const done of waiting.values()) done({ error: String(error) });
    });
    const port0 = await asked(worker, waiting, 0, { what: "pass" });
    return new FaultProxy(worker, port0 as number, waiting);
  }

  /** The same database through here. */
  through(url: string): string {
    const changed = new URL(url);
    changed.port = String(this.port);
    return changed.href;
  }

  /** All goes as it should, again. */
  pass(): Promise<unknown> {
    return this.#order({ what: "pass" });
  }

  /** Nobody listens, and what was connected is not. */
  refuse(): Promise<unknown> {
    return this.#order({ what: "refuse" });
  }

  /** Connections are taken and stay, and nothing goes through them. */
  stall(): Promise<unknown> {
    return this.#order({ what: "stall" });
  }

  /** All connections break; new ones are taken. */
  cut(): Promise<unknown> {
    return this.#order({ what: "cut" });
  }

  lossy(every = 10, delayMs = 200): Promise<unknown> {
    return this.#order({ what: "lossy", every, delayMs });
  }

  /** Once: where a client sends `text` the `nth` time from now. "after": the server did it, and nobody hears of it. */
  cutAt(text: string, when: "before" | "after", nth = 1): Promise<unknown> {
    return this.#order({ what: "cutAt", text, when, nth });
  }

  async seen(): Promise<Seen> {
    return (await this.#order({ what: "seen" })) as Seen;
  }

  async close(): Promise<void> {
    const ended = new Promise((done) => this.#worker.once("exit", done));
    void this.#order({ what: "close" }).catch(() => undefined);
    await ended;
  }

  #order(order: Order): Promise<unknown> {
    this.#ids += 1;
    return asked(this.#worker, this.#waiting, this.#ids, order);
  }
}

function asked(worker: Worker, waiting: Waiting, id: number, order: Order): Promise<unknown> {
  return new Promise((done, fail) => {
    // Whoever waits for an order may have nothing else to wait for.
    worker.ref();
    waiting.set(id, ({ answer, error }) => {
      if (waiting.size <= 1) worker.unref();
      if (error === undefined) done(answer);
      else fail(new Error(error));
    });
    worker.postMessage({ id, order });
  });
}
