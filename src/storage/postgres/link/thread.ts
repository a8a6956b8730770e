/*
 * The thread of a link: it speaks to the server for those who stand still until it has an answer, and for those who do
 * not. The synchronous calls have a connection of their own; the others share what is left.
 */
import { parentPort, workerData } from "node:worker_threads";
import { Connection, failureOf } from "./connection.ts";
import { FreshReplica } from "./replica.ts";
import { SyncCalls } from "./sync-calls.ts";
import {
  type Failure,
  type FromThread,
  type LaterCall,
  type SyncCall,
  type ThreadWork,
  type ToThread,
  upAt,
  upState,
} from "./words.ts";

const work = workerData as ThreadWork;
const shared = new Int32Array(work.shared);
const { place, schema, limitMs, connectMs } = work;
const own = { place, schema, limitMs, connectMs };

function tell(said: FromThread): void {
  parentPort?.postMessage(said);
}

function setUp(state: number): void {
  Atomics.store(shared, upAt, state);
  Atomics.notify(shared, upAt);
}

const primary = new Connection(
  { ...own, probes: true },
  {
    up: () => {
      setUp(upState.up);
      tell({ kind: "up" });
    },
    away: (failure) => {
      setUp(upState.away);
      tell({ kind: "away", failure });
    },
    told: (channel, payload) => tell({ kind: "told", channel, payload }),
  },
);
const sync = new SyncCalls(primary, shared, (answer) => work.port.postMessage(answer));

const others: Connection[] = [];
const replica =
  work.replica &&
  new FreshReplica(
    new Connection({ ...own, place: work.replica.place, isReplica: true }),
    work.replica.stalenessMs,
    () => sync.writtenAtMs,
  );

/** The one with least to do; one more while there may be. */
function another(): Connection {
  const idle = others.find(({ running }) => running === 0);
  if (idle !== undefined) return idle;
  if (others.length < Math.max(1, work.connections - 1)) {
    const made = new Connection(own);
    others.push(made);
    return made;
  }
  return others.reduce((least, one) => (one.running < least.running ? one : least));
}

/** Few need it, so nobody keeps one. */
const turnIdleMs = 10_000;
let turns: Connection | undefined;
let turnsEnd: NodeJS.Timeout | undefined;

function ofTurns(): Connection {
  turns ??= new Connection(own);
  clearTimeout(turnsEnd);
  turnsEnd = setTimeout(closeTurns, turnIdleMs).unref();
  return turns;
}

function closeTurns(): void {
  turns?.close();
  turns = undefined;
}

const running = new Map<number, { connection: Connection; isCancelled: boolean }>();

async function later(call: LaterCall): Promise<void> {
  const { id, on } = call;
  const fresh = on === "replica" ? await replica?.ifFresh(another()) : undefined;
  const connection = fresh ?? (on === "turn" ? ofTurns() : another());
  const state = { connection, isCancelled: false };
  running.set(id, state);
  try {
    const answer = await connection.ask(call);
    tell({ kind: "later", id, answer: { id, ...answer } });
  } catch (error) {
    tell({ kind: "failed", id, failure: error as Failure });
  } finally {
    running.delete(id);
  }
}

function cancel(id: number): void {
  const state = running.get(id);
  if (state === undefined || state.isCancelled || state.connection.running > 1) return;
  state.isCancelled = true;
  void state.connection.cancel().catch(() => undefined);
}

parentPort?.on("message", (said: ToThread) => {
  switch (said.kind) {
    case "later":
      later(said).catch((error) =>
        tell({ kind: "failed", id: said.id, failure: failureOf(error, { isAway: true }) }),
      );
      return;
    case "cancel":
      return cancel(said.id);
    case "listen":
      return primary.listen(said.channel);
    case "nudge":
      return primary.nudge();
    case "close":
      for (const one of [primary, ...others]) one.close();
      closeTurns();
      replica?.close();
      work.port.close();
      parentPort?.close();
  }
});
work.port.on("message", (call: SyncCall) => sync.take(call));
primary.start();
