/*
 * A link whose statements are noted: how often each is asked, how long is waited for it, and the CPU time of the connection's
 * process at the server until the next one begins there. What is sent without waiting is part of the statement that
 * is waited for next. It stands between a store and its link, so the store is the real one.
 */
import type {
  LaterOptions,
  PgLink,
  StatementOptions,
} from "../../src/storage/postgres/link/link.ts";
import { percentile } from "./parts.ts";
import { cpuMsOf } from "./server-cpu.ts";

export interface Noted {
  /** How often, in one call. */
  each: number;
  /** Of one statement, milliseconds. */
  waitedP50: number;
  waitedP95: number;
  /** All of this statement in one call, milliseconds. */
  waitedEach: number;
  serverCpuEach: number;
}

interface Connection {
  pid: number;
  cpuMs: number;
  /** Undefined: nothing was asked yet, or what was sent is waited for by nobody yet. */
  name: string | undefined;
}

const others = "not within a statement";

/** Where a statement is asked: these have connections of their own. */
const places = ["sync", "primary", "turn", "graph", "words"] as const;
type Place = (typeof places)[number];

export class Ledger {
  readonly #connections = new Map<Place, Connection>();
  #waited = new Map<string, number[]>();
  #cpuMs = new Map<string, number>();
  #sent = 0;

  /** Begins anew. The connections of this link are asked who they are, since some end when they are not used. */
  async begin(link: PgLink): Promise<void> {
    const ask = "SELECT pg_backend_pid() AS pid";
    for (const place of places) {
      const [row] =
        place === "sync"
          ? link.rows<{ pid: number }>(ask)
          : await link.later<{ pid: number }>(ask, [], { on: place });
      const pid = row?.pid ?? 0;
      this.#connections.set(place, { pid, cpuMs: cpuMsOf(pid), name: undefined });
    }
    this.#waited = new Map();
    this.#cpuMs = new Map();
    this.#sent = 0;
  }

  /** Of all calls since it began. */
  end(calls: number): {
    statements: Record<string, Noted>;
    sentEach: number;
    waitsEach: number;
    serverCpuEach: number;
  } {
    for (const place of places) this.#count(place);
    const names = new Set([...this.#waited.keys(), ...this.#cpuMs.keys()]);
    const cpuOf = (name: string): number => this.#cpuMs.get(name) ?? 0;
    const statements = [...names]
      .sort((one, other) => cpuOf(other) - cpuOf(one))
      .map((name): [string, Noted] => {
        const times = this.#waited.get(name) ?? [];
        const waited = times.reduce((sum, one) => sum + one, 0);
        return [
          name,
          {
            each: rounded(times.length / calls),
            waitedP50: percentile(times, 0.5),
            waitedP95: percentile(times, 0.95),
            waitedEach: rounded(waited / calls),
            serverCpuEach: rounded(cpuOf(name) / calls),
          },
        ];
      });
    return {
      statements: Object.fromEntries(statements),
      waitsEach: rounded(sumOf([...this.#waited.values()].map(({ length }) => length)) / calls),
      sentEach: rounded(this.#sent / calls),
      serverCpuEach: rounded(sumOf([...this.#cpuMs.values()]) / calls),
    };
  }

  /** The same link, whose statements are noted here. */
  noting(link: PgLink): PgLink {
    return new Proxy(link, {
      get: (target, name) => {
        const value = Reflect.get(target, name, target) as unknown;
        if (typeof value !== "function") return value;
        const call = value.bind(target) as (...given: unknown[]) => unknown;
        switch (name) {
          case "rows":
          case "lists":
          case "run":
            return (text: string, values?: unknown, options?: StatementOptions) => {
              const began = this.#asked("sync", nameOf(text, options));
              try {
                return call(text, values, options);
              } finally {
                this.#answered(nameOf(text, options), began);
              }
            };
          case "later":
            return async (text: string, values?: unknown, options?: LaterOptions) => {
              const { on = "primary" } = options ?? {};
              const began = this.#asked(on === "replica" ? "primary" : on, nameOf(text, options));
              try {
                return await (call(text, values, options) as Promise<unknown>);
              } finally {
                this.#answered(nameOf(text, options), began);
              }
            };
          case "send":
          case "gather":
            return (...given: unknown[]) => {
              this.#sent += 1;
              this.#hold();
              return call(...given);
            };
          case "transaction":
            return (work: () => unknown) => this.#transaction(target, work);
          default:
            return call;
        }
      },
    });
  }

  #transaction(link: PgLink, work: () => unknown): unknown {
    if (link.inTransaction) return link.transaction(work);
    this.#hold();
    let began = 0;
    try {
      return link.transaction(() => {
        const result = work();
        began = this.#asked("sync", "COMMIT");
        return result;
      });
    } finally {
      if (began > 0) this.#answered("COMMIT", began);
    }
  }

  #asked(place: Place, name: string): number {
    const connection = this.#connections.get(place);
    if (connection !== undefined) {
      if (connection.name !== undefined) this.#count(place);
      connection.name = name;
    }
    return performance.now();
  }

  #answered(name: string, began: number): void {
    const times = this.#waited.get(name) ?? [];
    times.push(performance.now() - began);
    this.#waited.set(name, times);
  }

  /** What comes now is of the statement that is waited for next. */
  #hold(): void {
    const connection = this.#connections.get("sync");
    if (connection?.name === undefined) return;
    this.#count("sync");
    connection.name = undefined;
  }

  #count(place: Place): void {
    const connection = this.#connections.get(place);
    if (connection === undefined) return;
    const now = cpuMsOf(connection.pid);
    const name = connection.name ?? others;
    // Less than before: the process is gone.
    const spent = Math.max(0, now - connection.cpuMs);
    if (spent > 0) this.#cpuMs.set(name, (this.#cpuMs.get(name) ?? 0) + spent);
    connection.cpuMs = now;
  }
}

/** The name it is prepared by, or how it begins; of all tables that are written anew together. */
function nameOf(text: string, options: StatementOptions | undefined): string {
  if (text.startsWith("VACUUM")) return text.slice(0, text.lastIndexOf(" "));
  return options?.name ?? text.replaceAll(/\s+/gu, " ").trim().slice(0, 60);
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0);
}

function rounded(value: number): number {
  return Number(value.toFixed(3));
}
