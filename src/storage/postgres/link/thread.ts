/*
 * The thread of a link: it speaks to the server for those who stand still until it has an answer, and for those who do
 * not. The synchronous calls have a connection of their own; the others share what is left.
 */
import { parentPort, workerData } from "node:worker_threads";
import { Beside } from "./beside.ts";
import { Connection, failureOf } from "./connection.ts";
import type { LaterPlace } from "./link.ts";
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
const patient = { ...own, isPatient: true };

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
    const made = new Connection(patient);
    others.push(made);
    return made;
  }
  return others.reduce((least, one) => (one.running < least.running ? one : least));
}

const beside = {
  turn: new Beside(patient),
  graph: new Beside(patient),
  words: new Beside(patient),
};
/** By the number of their session. */
const sessions = new Map<number, Connection>();

function ofSession(session: number): Connection {
  const connection = sessions.get(session) ?? new Connection({ ...own, isOnce: true });
  sessions.set(session, connection);
  return connection;
}

interface Asked {
  /** Undefined: it is not known yet who is asked. */
  connection: Connection | undefined;
  isCancelled: boolean;
}

const running = new Map<number, Asked>();

async function later(call: LaterCall): Promise<void> {
  const { id, on, session } = call;
  const aside = session === undefined && isBeside(on) ? beside[on] : undefined;
  const state: Asked = { connection: undefined, isCancelled: false };
  running.set(id, state);
  try {
    if (session !== undefined) state.connection = ofSession(session);
    const fresh = on === "replica" ? await replica?.ifFresh(another()) : undefined;
    // Nobody waits for it any more.
    if (state.isCancelled) return;
    const connection = state.connection ?? fresh ?? aside?.take() ?? another();
    state.connection = connection;
    const answer = await connection.ask(call);
    tell({ kind: "later", id, answer: { id, ...answer } });
  } catch (error) {
    tell({ kind: "failed", id, failure: error as Failure });
  } finally {
    running.delete(id);
    aside?.rest();
  }
}

function isBeside(on: LaterPlace): on is keyof typeof beside {
  return Object.hasOwn(beside, on);
}

async function end(id: number, session: number): Promise<void> {
  const connection = sessions.get(session);
  sessions.delete(session);
  await connection?.finish();
  tell({ kind: "later", id, answer: { id, fields: [], rows: [], count: 0 } });
}

function cancel(id: number): void {
  const state = running.get(id);
  if (state === undefined || state.isCancelled) return;
  const { connection } = state;
  if (connection !== undefined && connection.running > 1) return;
  state.isCancelled = true;
  void connection?.cancel().catch(() => undefined);
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
    case "end":
      return void end(said.id, said.session);
    case "listen":
      return primary.listen(said.channel);
    case "nudge":
      return primary.nudge();
    case "close":
      for (const one of [primary, ...others, ...sessions.values()]) one.close();
      for (const aside of Object.values(beside)) aside.close();
      replica?.close();
      work.port.close();
      parentPort?.close();
  }
});
work.port.on("message", (call: SyncCall) => sync.take(call));
primary.start();
