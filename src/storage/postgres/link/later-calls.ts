/* What was asked of the thread and nobody stands still for: each waits for its answer, or until it is given up. */
import { abortedError } from "../../../base/abort.ts";
import { linkError } from "./errors.ts";
import type { LaterOptions, PgRow, PgSideSession, PgValue } from "./link.ts";
import { type Failure, named, type Rows, type ToThread } from "./words.ts";

interface Waiting {
  done: (rows: Rows) => void;
  fail: (error: unknown) => void;
}

export interface LaterParts {
  /** Of the link, for messages. */
  name: string;
  say: (said: ToThread) => void;
  /** Of the link, across all its calls. */
  nextId: () => number;
  /** @throws HaypileError where the link is closed */
  assertOpen: () => void;
  /** Called when something is waited for, and when a wait is over. */
  changed: () => void;
}

export class LaterCalls {
  readonly #parts: LaterParts;
  readonly #waiting = new Map<number, Waiting>();

  constructor(parts: LaterParts) {
    this.#parts = parts;
  }

  get count(): number {
    return this.#waiting.size;
  }

  /** @param session a connection of its own; undefined: `on` says which */
  async ask<Row extends object = PgRow>(
    text: string,
    values: readonly PgValue[] = [],
    { signal, on = "primary", name, limitMs }: LaterOptions = {},
    session?: number,
  ): Promise<Row[]> {
    const { nextId, say, assertOpen } = this.#parts;
    assertOpen();
    if (signal?.aborted) throw abortedError("The question to the team's store", "");
    const id = nextId();
    const stop = (): void => {
      say({ kind: "cancel", id });
      this.#waiting.get(id)?.fail(abortedError("The question to the team's store", ""));
    };
    signal?.addEventListener("abort", stop, { once: true });
    try {
      const asked = { kind: "later", id, on, session, text, values, name, limitMs } as const;
      return named<Row>(await this.#answer(asked));
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  }

  session(): PgSideSession {
    const { nextId, assertOpen } = this.#parts;
    const session = nextId();
    let ended: Promise<unknown> | undefined;
    return {
      later: async <Row extends object = PgRow>(
        text: string,
        values: readonly PgValue[] = [],
        options: Omit<LaterOptions, "on"> = {},
      ) => {
        if (ended !== undefined) throw new Error("a session was asked after its end");
        return await this.ask<Row>(text, values, options, session);
      },
      end: async () => {
        ended ??= (async () => {
          // With the link its connections end.
          try {
            assertOpen();
          } catch {
            return;
          }
          await this.#answer({ kind: "end", id: nextId(), session }).catch(() => undefined);
        })();
        await ended;
      },
    };
  }

  done(id: number, answer: Rows): void {
    this.#waiting.get(id)?.done(answer);
  }

  failed(id: number, failure: Failure): void {
    this.#waiting.get(id)?.fail(linkError(this.#parts.name, failure));
  }

  failAll(error: () => unknown): void {
    for (const { fail } of this.#waiting.values()) fail(error());
  }

  async #answer(asked: Extract<ToThread, { id: number }>): Promise<Rows> {
    const { say, changed } = this.#parts;
    try {
      return await new Promise<Rows>((done, fail) => {
        this.#waiting.set(asked.id, { done, fail });
        changed();
        say(asked);
      });
    } finally {
      this.#waiting.delete(asked.id);
      changed();
    }
  }
}
