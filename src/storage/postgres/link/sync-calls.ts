/* Synchronous calls in their order, with the transaction that they are in. */
import type { Connection } from "./connection.ts";
import { failureOf } from "./connection.ts";
import { answersAt, type Failure, type Rows, type SyncAnswer, type SyncCall } from "./words.ts";

export class SyncCalls {
  readonly #connection: Connection;
  readonly #shared: Int32Array;
  readonly #answer: (answer: SyncAnswer) => void;
  #last: Promise<void> = Promise.resolve();
  /** Of the transaction that is open: the connection it began on, and what went wrong in it first. */
  #open: { generation: number; failure: Failure | undefined } | undefined;
  /** When something was committed last, as performance.now() tells it. */
  writtenAtMs = 0;

  constructor(connection: Connection, shared: Int32Array, answer: (answer: SyncAnswer) => void) {
    this.#connection = connection;
    this.#shared = shared;
    this.#answer = answer;
  }

  take(call: SyncCall): void {
    this.#last = this.#last.then(() => this.#one(call));
  }

  async #one(call: SyncCall): Promise<void> {
    const { id, way } = call;
    try {
      const rows = await this.#run(call);
      if (way === "wait") this.#tell({ id, ...rows });
    } catch (error) {
      const failure = isFailure(error) ? error : failureOf(error);
      if (this.#open !== undefined) this.#open.failure ??= failure;
      if (way === "wait") this.#tell({ id, failure });
    }
  }

  async #run(call: SyncCall): Promise<{ fields: string[]; rows: unknown[][]; count: number }> {
    const { part } = call;
    const connection = this.#connection;
    if (part === "begin") {
      this.#open = { generation: notBegun, failure: undefined };
      return nothing;
    }
    const open = this.#open;
    if (open?.generation === notBegun && open.failure === undefined) {
      if (part !== undefined) {
        this.#open = undefined;
        return nothing;
      }
      // What has no values begins it in the same message; a limit of its own is taken back with the transaction it was set in.
      const { name, values, limitMs } = call;
      const isAlone = values.length === 0 && name === undefined && limitMs === undefined;
      const answer = await this.#begin(open, isAlone ? `BEGIN; ${call.text}` : "BEGIN");
      if (isAlone) return answer;
    }
    if (part === undefined) {
      if (open !== undefined) this.#assertGoes(open);
      const answer = await connection.ask(call);
      if (open === undefined && !reads.test(call.text)) this.writtenAtMs = performance.now();
      return answer;
    }
    this.#open = undefined;
    const isSame = open !== undefined && open.generation === connection.generation;
    if (part === "rollback" || open?.failure !== undefined || !isSame) {
      if (isSame && connection.isUp) await connection.ask({ text: "ROLLBACK" }).catch(() => {});
      if (part === "rollback") return nothing;
      throw open?.failure ?? broken;
    }
    try {
      return await connection.ask(call);
    } catch (error) {
      const failure = error as Failure;
      const isBroken = failure.isAway || failure.isLate;
      throw isBroken ? { ...failure, isInDoubt: true } : failure;
    } finally {
      this.writtenAtMs = performance.now();
    }
  }

  async #begin(open: { generation: number }, text: string): Promise<Omit<Rows, "id">> {
    try {
      return await this.#connection.ask({ text });
    } finally {
      open.generation = this.#connection.generation;
    }
  }

  /** A statement of a transaction whose connection is gone must not run by itself on the next one. */
  #assertGoes(open: { generation: number; failure: Failure | undefined }): void {
    if (open.failure !== undefined) throw open.failure;
    if (open.generation !== this.#connection.generation || !this.#connection.isUp) throw broken;
  }

  #tell(answer: SyncAnswer): void {
    this.#answer(answer);
    Atomics.add(this.#shared, answersAt, 1);
    Atomics.notify(this.#shared, answersAt);
  }
}

/** What writes stands in a transaction, or begins with another word. */
const reads = /^\s*(?:SELECT|SET|SHOW|EXPLAIN|LISTEN)\b/iu;

/** Of a transaction of which the server has not heard yet. */
const notBegun = -1;
const nothing: Omit<Rows, "id"> = { fields: [], rows: [], count: 0 };

const broken: Failure = failureOf(
  new Error("the connection broke in the middle of a transaction, which was taken back"),
  { isAway: true },
);

function isFailure(error: unknown): error is Failure {
  return typeof error === "object" && error !== null && "isInDoubt" in error;
}
