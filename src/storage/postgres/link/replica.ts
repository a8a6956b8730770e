/*
 * A replica that may be asked while it is fresh: it has replayed all that the primary had written at a moment that lies no
 * further back than said, and after the last write of this link. No clock of another machine is asked. What it has replayed
 * says something only where both are of one cluster, which their own number tells.
 */
import type { Connection } from "./connection.ts";
import type { Failure } from "./words.ts";

/** SQLSTATE: no right to do so. */
const noRight = "42501";

export class FreshReplica {
  readonly #connection: Connection;
  readonly #stalenessMs: number;
  readonly #writtenAtMs: () => number;
  /** It is as the primary was then, at least. */
  #freshAsOfMs = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;

  constructor(connection: Connection, stalenessMs: number, writtenAtMs: () => number) {
    this.#connection = connection;
    this.#stalenessMs = stalenessMs;
    this.#writtenAtMs = writtenAtMs;
  }

  /** Undefined: it is behind or away, and the primary is to be asked. */
  async ifFresh(primary: Connection): Promise<Connection | undefined> {
    if (!this.#isFresh()) {
      this.#looking ??= this.#look(primary).finally(() => {
        this.#looking = undefined;
      });
      await this.#looking;
    }
    return this.#isFresh() ? this.#connection : undefined;
  }

  close(): void {
    this.#connection.close();
  }

  #isFresh(): boolean {
    const { isUp } = this.#connection;
    const from = Math.max(this.#writtenAtMs(), performance.now() - this.#stalenessMs);
    return isUp && this.#freshAsOfMs >= from;
  }

  async #look(primary: Connection): Promise<void> {
    const asked = performance.now();
    try {
      const [own, other] = [await clusterOf(primary), await clusterOf(this.#connection)];
      if (own !== other && own !== "" && other !== "") return;
      const there = await primary.ask({ text: "SELECT pg_current_wal_lsn()::text" });
      const lsn = there.rows[0]?.[0] as string;
      const here = await this.#connection.ask({
        text: "SELECT coalesce(pg_last_wal_replay_lsn() >= $1::pg_lsn, false)",
        values: [lsn],
      });
      if (here.rows[0]?.[0] === true) this.#freshAsOfMs = asked;
    } catch {
      // It is asked again for the next question; meanwhile the primary answers.
    }
  }
}

/** By connection, as it was on the one that is numbered so. */
const clusters = new WeakMap<Connection, { generation: number; number: string }>();

/** The number that a cluster and its replicas have in common; "": this server does not tell it to everybody. @throws Failure */
async function clusterOf(connection: Connection): Promise<string> {
  const known = clusters.get(connection);
  if (known !== undefined && known.generation === connection.generation) return known.number;
  let number = "";
  try {
    const text = "SELECT system_identifier::text FROM pg_control_system()";
    number = String((await connection.ask({ text })).rows[0]?.[0]);
  } catch (error) {
    if ((error as Failure).code !== noRight) throw error;
  }
  clusters.set(connection, { generation: connection.generation, number });
  return number;
}
