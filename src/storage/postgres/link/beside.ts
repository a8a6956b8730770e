/* A connection beside the others, for what keeps a lock. Few need one, so it ends when it was not used for a while. */
import { Connection, type ConnectionOptions } from "./connection.ts";

const idleMs = 10_000;

export class Beside {
  readonly #options: ConnectionOptions;
  #connection: Connection | undefined;
  #end: NodeJS.Timeout | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** The same until rest() was called for so long after the last answer. */
  take(): Connection {
    clearTimeout(this.#end);
    this.#connection ??= new Connection(this.#options);
    return this.#connection;
  }

  /** Called after each answer. */
  rest(): void {
    clearTimeout(this.#end);
    if (this.#connection?.running === 0) this.#end = setTimeout(() => this.close(), idleMs).unref();
  }

  close(): void {
    clearTimeout(this.#end);
    this.#connection?.close();
    this.#connection = undefined;
  }
}
