/* A link as its users hold it: it asks the thread, and stands still where the port it serves is synchronous. */
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import { abortedError } from "../../../base/abort.ts";
import { HaypileError } from "../../../base/errors.ts";
import {
  enterStore,
  leaveStore,
  noteStoreAway,
  noteStoreUp,
} from "../../../base/measures/stores.ts";
import { ownModule } from "../../../base/package/own-package.ts";
import { linkError } from "./errors.ts";
import { LaterCalls } from "./later-calls.ts";
import type {
  LaterOptions,
  LinkOptions,
  PgLink,
  PgList,
  PgRow,
  PgSideSession,
  PgValue,
  StatementOptions,
} from "./link.ts";
import { nameOfPlace, placeOf } from "./place.ts";
import {
  answersAt,
  type Failure,
  type FromThread,
  named,
  type Rows,
  type SyncAnswer,
  type SyncCall,
  type ThreadWork,
  type ToThread,
  upAt,
  upState,
} from "./words.ts";

const defaultLimitMs = 10_000;
const defaultConnectMs = 5_000;
/** Beyond its limit a statement's answer comes by then, or the thread has ended. */
const graceMs = 5_000;
/** Calls that are gathered into one statement. */
const mostGathered = 500;

/**
 * Nothing is asked of the server yet; the first call waits for the connection.
 * @throws HaypileError HAYPILE_USAGE for a URL that is none
 */
export function openLink(options: LinkOptions): PgLink {
  return new ThreadLink(options);
}

class ThreadLink implements PgLink {
  readonly name: string;
  readonly user: string;
  readonly schema: string;
  readonly #worker: Worker;
  readonly #shared = new Int32Array(new SharedArrayBuffer(8));
  readonly #port: InstanceType<typeof MessageChannel>["port1"];
  readonly #limitMs: number;
  readonly #connectMs: number;
  readonly #later: LaterCalls;
  readonly #told = new Map<string, Set<(payload: string) => void>>();
  readonly #untilUp = new Set<() => void>();
  #ids = 0;
  #depth = 0;
  #gathered:
    | { text: string; lists: PgList[][]; options: StatementOptions; calls: number }
    | undefined;
  #isClosed = false;
  connected = 0;
  /** Why the thread has ended by itself. */
  #ended: Failure | undefined;
  #why: Failure | undefined;

  constructor(options: LinkOptions) {
    const place = placeOf(options);
    this.schema = place.schema ?? "haypile";
    this.name = nameOfPlace({ ...place, schema: this.schema });
    this.user = place.user;
    this.#limitMs = options.limitMs ?? defaultLimitMs;
    this.#connectMs = options.connectMs ?? defaultConnectMs;
    const { replica } = options;
    const channel = new MessageChannel();
    const work: ThreadWork = {
      place,
      schema: this.schema,
      replica: replica && {
        place: placeOf({
          password: options.password,
          isPasswordFinal: options.isPasswordFinal,
          ...replica,
        }),
        stalenessMs: replica.stalenessMs,
      },
      limitMs: this.#limitMs,
      connectMs: this.#connectMs,
      connections: options.connections ?? 2,
      shared: this.#shared.buffer as SharedArrayBuffer,
      port: channel.port2,
    };
    this.#port = channel.port1;
    this.#worker = new Worker(ownModule("storage/postgres/link/thread"), {
      workerData: work,
      transferList: [channel.port2],
      execArgv: ["--disable-warning=ExperimentalWarning"],
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    this.#worker.on("message", (said: FromThread) => this.#hear(said));
    this.#worker.on("error", (error) => this.#end(error));
    this.#worker.on("exit", () => this.#end(new Error("the thread of the link ended")));
    this.#worker.unref();
    this.#port.unref();
    this.#later = new LaterCalls({
      name: this.name,
      say: (said) => this.#say(said),
      nextId: () => {
        this.#ids += 1;
        return this.#ids;
      },
      assertOpen: () => this.#assertOpen(),
      changed: () => this.#holdOn(),
    });
    enterStore(this.name);
  }

  get inTransaction(): boolean {
    return this.#depth > 0;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get isUp(): boolean {
    return this.#state() === upState.up;
  }

  rows<Row extends object = PgRow>(
    text: string,
    values: readonly PgValue[] = [],
    options: StatementOptions = {},
  ): Row[] {
    return named<Row>(this.#wait({ text, values, ...options }));
  }

  lists(
    text: string,
    values: readonly PgValue[] = [],
    options: StatementOptions = {},
  ): unknown[][] {
    return this.#wait({ text, values, ...options }).rows;
  }

  run(text: string, values: readonly PgValue[] = [], options: StatementOptions = {}): number {
    return this.#wait({ text, values, ...options }).count;
  }

  send(text: string, values: readonly PgValue[] = [], options: StatementOptions = {}): void {
    if (this.#depth === 0) {
      throw new Error("send() was called outside of a transaction: nobody would see its error");
    }
    this.#assertOpen();
    this.#post({ text, values, ...options }, "send");
  }

  gather(text: string, lists: readonly PgList[], options: StatementOptions = {}): void {
    if (this.#gathered?.text !== text || this.#gathered.calls >= mostGathered) {
      this.#sendGathered();
      this.#gathered = { text, lists: lists.map(() => []), options, calls: 0 };
    }
    this.#gathered.calls += 1;
    for (const [at, list] of lists.entries()) this.#gathered.lists[at]?.push(list);
  }

  #sendGathered(): void {
    const gathered = this.#gathered;
    this.#gathered = undefined;
    if (gathered === undefined) return;
    const { text, lists, options } = gathered;
    this.send(
      text,
      lists.map((of) => of.flat()),
      options,
    );
  }

  transaction<T>(work: () => T): T {
    this.#assertOpen();
    const isInner = this.#depth > 0;
    const save = `part_${this.#depth}`;
    if (isInner) this.#post({ text: `SAVEPOINT ${save}` }, "send");
    else this.#post({ text: "BEGIN" }, "send", "begin");
    this.#depth += 1;
    let result: T;
    try {
      result = work();
      this.#sendGathered();
    } catch (error) {
      this.#gathered = undefined;
      this.#depth -= 1;
      if (this.#isClosed) throw error;
      if (isInner) this.#post({ text: `ROLLBACK TO SAVEPOINT ${save}` }, "send");
      else this.#post({ text: "ROLLBACK" }, "send", "rollback");
      throw error;
    }
    this.#depth -= 1;
    if (isInner) this.#post({ text: `RELEASE SAVEPOINT ${save}` }, "send");
    else this.#wait({ text: "COMMIT", values: [] }, "commit");
    return result;
  }

  later<Row extends object = PgRow>(
    text: string,
    values?: readonly PgValue[],
    options?: LaterOptions,
  ): Promise<Row[]> {
    return this.#later.ask<Row>(text, values, options);
  }

  session(): PgSideSession {
    return this.#later.session();
  }

  onNotify(channel: string, told: (payload: string) => void): () => void {
    this.#assertOpen();
    if (!/^[a-z_][a-z0-9_]{0,62}$/u.test(channel)) throw new Error(`no channel: ${channel}`);
    const all = this.#told.get(channel) ?? new Set();
    if (all.size === 0) this.#say({ kind: "listen", channel });
    all.add(told);
    this.#told.set(channel, all);
    return () => void all.delete(told);
  }

  async untilUp(limitMs: number, signal?: AbortSignal): Promise<void> {
    this.#assertOpen();
    if (this.isUp) return;
    this.#say({ kind: "nudge" });
    await new Promise<void>((done, fail) => {
      const over = (error: unknown): void => {
        clearTimeout(timer);
        this.#untilUp.delete(look);
        signal?.removeEventListener("abort", stop);
        this.#holdOn();
        if (error === undefined) done();
        else fail(error);
      };
      const look = (): void => {
        if (this.#isClosed) over(this.#closedError());
        else if (this.#ended !== undefined) over(linkError(this.name, this.#ended));
        else if (this.isUp) over(undefined);
      };
      const stop = (): void => over(abortedError("Waiting for the team's store", ""));
      const timer = setTimeout(() => over(this.#awayError()), limitMs);
      this.#untilUp.add(look);
      this.#worker.ref();
      signal?.addEventListener("abort", stop, { once: true });
      if (signal?.aborted) stop();
      else look();
    });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    leaveStore(this.name);
    this.#say({ kind: "close" });
    this.#port.close();
    this.#later.failAll(() => this.#closedError());
    for (const look of [...this.#untilUp]) look();
    const timer = setTimeout(() => void this.#worker.terminate(), 1_000);
    timer.unref();
    this.#worker.once("exit", () => clearTimeout(timer));
  }

  #wait(statement: Partial<SyncCall> & { text: string }, part?: SyncCall["part"]): Rows {
    this.#assertOpen();
    const id = this.#post(statement, "wait", part);
    const limitMs = (statement.limitMs ?? this.#limitMs) + this.#connectMs + graceMs;
    const end = performance.now() + limitMs;
    for (;;) {
      const seen = Atomics.load(this.#shared, answersAt);
      const received = receiveMessageOnPort(this.#port) as { message: SyncAnswer } | undefined;
      if (received === undefined) {
        const left = end - performance.now();
        if (left <= 0) throw this.#awayError(part === "commit");
        Atomics.wait(this.#shared, answersAt, seen, left);
        continue;
      }
      const { message } = received;
      // An answer that came after its limit.
      if (message.id !== id) continue;
      if ("failure" in message) throw linkError(this.name, message.failure);
      return message;
    }
  }

  #post(
    { text, values = [], name, limitMs }: Partial<SyncCall> & { text: string },
    way: SyncCall["way"],
    part?: SyncCall["part"],
  ): number {
    // They come before it.
    this.#sendGathered();
    this.#ids += 1;
    const id = this.#ids;
    this.#port.postMessage({ id, way, part, text, values, name, limitMs } satisfies SyncCall);
    return id;
  }

  #say(said: ToThread): void {
    this.#worker.postMessage(said);
  }

  #hear(said: FromThread): void {
    switch (said.kind) {
      case "later":
        // In a turn of its own: while one asks again in the turn of its answer, and is answered at once, messages are all that runs.
        setImmediate(() => this.#later.done(said.id, said.answer));
        return;
      case "failed":
        if (said.failure.isAway && !this.isUp) this.#noteAway(said.failure);
        this.#later.failed(said.id, said.failure);
        return;
      case "told":
        for (const told of this.#told.get(said.channel) ?? []) told(said.payload);
        return;
      case "up":
        if (this.isUp) noteStoreUp(this.name);
        this.connected += 1;
        for (const look of [...this.#untilUp]) look();
        return;
      case "away":
        this.#why = said.failure;
        if (!this.isUp) this.#noteAway(said.failure);
    }
  }

  #noteAway(failure: Failure): void {
    if (this.#isClosed) return;
    const { code, message } = linkError(this.name, failure);
    noteStoreAway(this.name, { code, why: message });
  }

  /** A process that waits for nothing else may end. */
  #holdOn(): void {
    if (this.#later.count === 0 && this.#untilUp.size === 0) this.#worker.unref();
    else this.#worker.ref();
  }

  #end(error: unknown): void {
    if (this.#isClosed || this.#ended !== undefined) return;
    const message = error instanceof Error ? error.message : String(error);
    const met = { code: undefined, isInDoubt: false, isLate: false, isAway: true };
    this.#ended = { ...met, message };
    Atomics.store(this.#shared, upAt, upState.away);
    const { name } = this;
    this.#later.failAll(() => linkError(name, this.#ended as Failure));
    for (const look of [...this.#untilUp]) look();
  }

  #state(): number {
    return Atomics.load(this.#shared, upAt);
  }

  #awayError(isInDoubt = false): HaypileError {
    const met = { code: undefined, message: "it did not answer", isLate: true, isAway: true };
    return linkError(this.name, { ...(this.#why ?? met), isInDoubt });
  }

  #assertOpen(): void {
    if (this.#isClosed) throw this.#closedError();
    if (this.#ended !== undefined) throw linkError(this.name, this.#ended);
  }

  #closedError(): HaypileError {
    return new HaypileError(
      "HAYPILE_CLOSED",
      `The link to ${this.name} was closed before this call.`,
    );
  }
}
